import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { redeemLink } from '../../../lambda/aws/link-table';
import { tableClient } from '../../../lambda/aws/table-client';
import type { LinkId } from '../../../lambda/link/nonce';
import { isAwsFailure } from '../../../lambda/runtime/outage';
import { ROLE_CREDENTIALS } from '../support/engines';
import { failureOf } from '../support/failure-of';

const HEAD = 'HTTP/1.1 200 OK\r\nContent-Type: application/x-amz-json-1.0\r\nContent-Length: 1000\r\n\r\n';

describe('a call to a faulty service', () => {
  const sockets = new Set<Socket>();
  let server: Server;
  let client: DynamoDBDocumentClient;
  let requests: number;
  let respond: (socket: Socket) => void;
  beforeEach(async () => {
    requests = 0;
    server = createServer((socket) => {
      sockets.add(socket.on('error', () => {}));
      socket.on('data', () => {
        requests++;
        respond(socket);
      });
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    client = tableClient({
      endpoint: `http://127.0.0.1:${port}`,
      region: 'us-east-1',
      credentials: ROLE_CREDENTIALS,
    });
  });
  afterEach(() => {
    jest.restoreAllMocks();
    client.config.requestHandler.destroy?.();
    for (const socket of sockets) {
      socket.destroy();
    }
    server.close();
  });

  const call = () => failureOf(redeemLink({ client, name: 'links' }, 'id' as LinkId, 1_000));

  test.each<[string, (socket: Socket) => void, number]>([
    ['is silent: three attempts', () => {}, 3],
    ['stalls after its headers: three attempts', (socket) => socket.write(HEAD), 3],
    ['resets the connection: three attempts', (socket) => socket.resetAndDestroy(), 3],
    ['sends half a body: three attempts', (socket) => socket.end(`${HEAD}{"Item":{}`), 3],
    ['does not speak HTTP: one attempt', (socket) => socket.end('this is not HTTP\n'), 1],
    ['sends a web page: one attempt', (socket) => socket.end('HTTP/1.1 200 OK\r\n\r\n<!doctype html>'), 1],
  ])('that %s', async (_, behaviour, attempts) => {
    respond = behaviour;

    const error = await call();

    expect(error).toMatchObject({ $metadata: { attempts } });
    expect(isAwsFailure(error)).toBe(true);
    expect(requests).toBe(attempts);
  });

  /** Shortens the deadline, so that the test does not wait for the real one. */
  function shortenDeadline(): void {
    const realTimeout = setTimeout;
    jest
      .spyOn(globalThis, 'setTimeout')
      .mockImplementation((callback, milliseconds) =>
        realTimeout(callback, milliseconds === 4_500 ? 200 : milliseconds),
      );
  }

  test.each<[string, (socket: Socket) => void]>([
    [
      'dribbles its response',
      (socket) => {
        socket.write(HEAD);
        const timer = setInterval(() => socket.write(' '), 20);
        socket.on('close', () => clearInterval(timer));
      },
    ],
    [
      'throttles with a wait of 30 seconds',
      (socket) => {
        const body = '{"__type":"com.amazon.coral.availability#ThrottlingException"}';
        const headers = `x-amz-retry-after: 30000\r\nContent-Length: ${body.length}`;
        socket.write(`HTTP/1.1 400 Bad Request\r\n${headers}\r\n\r\n${body}`);
      },
    ],
    ['is silent for longer than that', () => {}],
  ])('that %s ends at the deadline', async (_, behaviour) => {
    shortenDeadline();
    respond = behaviour;

    const error = await call();

    expect(error).toMatchObject({ name: 'AbortError' });
    expect(isAwsFailure(error)).toBe(true);
    expect(requests).toBe(1);
  });

  test('that refuses connections is made three times', async () => {
    server.close();
    await once(server, 'close');

    const error = await call();

    expect(String(error)).toContain('ECONNREFUSED');
    expect(error).toMatchObject({ $metadata: { attempts: 3 } });
  });
});
