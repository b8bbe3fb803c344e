import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { clientSettings, TIMEOUTS } from '../../../lambda/aws/client-settings';
import { redeemLink } from '../../../lambda/aws/link-table';
import { tableClient } from '../../../lambda/aws/table-client';
import type { LinkId } from '../../../lambda/link/nonce';
import { isAwsFailure } from '../../../lambda/runtime/outage';
import { ROLE_CREDENTIALS } from '../support/engines';
import { failureOf } from '../support/failure-of';

/** Leaves the authorizer half a second of its 5 s timeout to respond. */
const DEADLINE_MILLISECONDS = 4_500;
const HEAD = 'HTTP/1.1 200 OK\r\nContent-Type: application/x-amz-json-1.0\r\nContent-Length: 1000\r\n\r\n';
const THROTTLED = '{"__type":"com.amazon.coral.availability#ThrottlingException"}';

const sockets = new Set<Socket>();
let server: Server;
let endpoint: string;
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
  endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(() => {
  jest.restoreAllMocks();
  for (const socket of sockets) {
    socket.destroy();
  }
  server.close();
});

/** Redeems a link. Returns the error. */
async function failure(settings: { readonly socketTimeout?: number } = {}): Promise<unknown> {
  const client = tableClient({
    endpoint,
    region: 'us-east-1',
    credentials: ROLE_CREDENTIALS,
    requestHandler: { ...TIMEOUTS, ...settings },
  });
  try {
    return await failureOf(redeemLink({ client, name: 'links' }, 'id' as LinkId, 1_000, { formats: [1] }));
  } finally {
    client.config.requestHandler.destroy?.();
  }
}

test('three silent attempts and the waits between them end before the deadline', () => {
  expect(clientSettings().maxAttempts * TIMEOUTS.socketTimeout + 50 + 100).toBeLessThan(DEADLINE_MILLISECONDS);
  expect(TIMEOUTS.connectionTimeout).toBeLessThanOrEqual(TIMEOUTS.socketTimeout);
});

test.each<[string, number, (socket: Socket) => void, { readonly socketTimeout?: number }]>([
  ['is silent', 3, () => {}, { socketTimeout: 50 }],
  ['stalls after its headers', 3, (socket) => socket.write(HEAD), { socketTimeout: 50 }],
  ['resets the connection', 3, (socket) => socket.resetAndDestroy(), {}],
  ['sends half a body', 3, (socket) => socket.end(`${HEAD}{"Item":{}`), {}],
  ['does not speak HTTP', 1, (socket) => socket.end('this is not HTTP\n'), {}],
  ['sends a web page', 1, (socket) => socket.end('HTTP/1.1 200 OK\r\n\r\n<!doctype html>'), {}],
])('a service that %s is called %i times', async (_, attempts, behavior, settings) => {
  respond = behavior;

  const error = await failure(settings);

  expect(error).toMatchObject({ $metadata: { attempts } });
  expect(isAwsFailure(error)).toBe(true);
  expect(requests).toBe(attempts);
});

test('a service that refuses connections is called three times', async () => {
  server.close();
  await once(server, 'close');

  const error = await failure();

  expect(String(error)).toContain('ECONNREFUSED');
  expect(error).toMatchObject({ $metadata: { attempts: 3 } });
});

test.each<[string, (socket: Socket) => void]>([
  ['is silent', () => {}],
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
      const headers = `x-amz-retry-after: 30000\r\nContent-Length: ${THROTTLED.length}`;
      socket.write(`HTTP/1.1 400 Bad Request\r\n${headers}\r\n\r\n${THROTTLED}`);
    },
  ],
])('a call to a service that %s ends at the deadline', async (_, behavior) => {
  // The SDK keeps waiting after the call has ended, which would prevent Jest from exiting.
  const wait = globalThis.setTimeout;
  const waits = jest
    .spyOn(globalThis, 'setTimeout')
    .mockImplementation((callback, milliseconds) =>
      wait(callback, milliseconds === DEADLINE_MILLISECONDS ? 200 : milliseconds).unref(),
    );
  respond = behavior;

  const error = await failure();

  expect(error).toMatchObject({ name: 'AbortError' });
  expect(isAwsFailure(error)).toBe(true);
  expect(waits).toHaveBeenCalledWith(expect.any(Function), DEADLINE_MILLISECONDS);
});
