import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse, request as sendRequest } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { buffer } from 'node:stream/consumers';
import type { StorageService } from '../../emulator/emulator';
import type { LocalService } from '../../emulator/loopback';

/** What happens to a request on its way to a service. */
export type Behavior =
  /** The request is forwarded. */
  | { readonly kind: 'pass' }
  /** The service returns a throttling error or a 500. The request is not applied. */
  | { readonly kind: 'throttle' | 'fail' }
  /** Connections are refused. {@link FaultyProxy.requests} does not count these requests. */
  | { readonly kind: 'refuse' }
  /** There is no usable response, whether or not the request was applied. */
  | { readonly kind: NoResponse; readonly applied: boolean }
  /** There is no response, and the request waits for {@link FaultyProxy.letThrough}. */
  | { readonly kind: 'hold' };

/**
 * - `reset`: the connection is closed
 * - `silence`: nothing arrives
 * - `stall`: headers arrive, but no body
 * - `dribble`: the body arrives byte by byte and never ends
 * - `garbage`: the bytes are not HTTP
 * - `unreadable`: a 200 with an HTML page, as from a captive portal
 */
export type NoResponse = 'reset' | 'silence' | 'stall' | 'dribble' | 'garbage' | 'unreadable';

/** Selects what happens to each request. `refuse` is not possible, because it is about connections. */
export type BehaviorOf = (request: IncomingMessage, body: Buffer) => Exclude<Behavior, { readonly kind: 'refuse' }>;

/** A proxy that fails on demand. */
export interface FaultyProxy extends LocalService {
  /** Requests since the start. */
  readonly requests: number;
  /**
   * Sets the behavior for the next requests.
   *
   * @param count number of requests, after which requests pass again. @default - until the next call
   */
  behave(behavior: Behavior | BehaviorOf, count?: number): Promise<void>;
  /** Loses every request on the connections that exist now, as a peer does that is gone. New connections work. */
  abandonConnections(): void;
  /** Requests on abandoned connections. */
  readonly lostRequests: number;
  /** Sends the held requests to the service, and waits until it has applied them. */
  letThrough(): Promise<void>;
}

const PASS: Behavior = { kind: 'pass' };
const DRIBBLE_MILLISECONDS = 100;
const ENDLESS_HEAD = 'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n';
const PAGE = '<!doctype html><title>Sign in to the network</title>';

/** Status and body of a service's errors. */
const ERRORS: Readonly<Record<StorageService, Readonly<Record<'throttle' | 'fail', readonly [number, string]>>>> = {
  s3: {
    throttle: [503, '<Error><Code>SlowDown</Code></Error>'],
    fail: [500, '<Error><Code>InternalError</Code></Error>'],
  },
  dynamodb: {
    throttle: [400, '{"__type":"com.amazonaws.dynamodb.v20120810#ThrottlingException"}'],
    fail: [500, '{"__type":"com.amazonaws.dynamodb.v20120810#InternalServerError"}'],
  },
};

/**
 * Starts a proxy in front of a service, on a free port of 127.0.0.1. Forwards requests unchanged, so that signatures
 * stay valid.
 */
export async function startFaultyProxy(service: StorageService, endpoint: string): Promise<FaultyProxy> {
  const { hostname, port: servicePort } = new URL(endpoint);
  const held: (() => Promise<IncomingMessage>)[] = [];
  let behavior: Behavior | BehaviorOf = PASS;
  let left = Number.POSITIVE_INFINITY;
  let requests = 0;
  let lostRequests = 0;
  let port = 0;
  const connections = new Set<Socket>();
  const abandoned = new WeakSet<Socket>();

  const forward = async ({ method, url: path, headers }: IncomingMessage, body: Buffer): Promise<IncomingMessage> => {
    const outgoing = sendRequest({ hostname, port: servicePort, method, path, headers, agent: false }).end(body);
    const [response] = await once(outgoing, 'response');
    return response;
  };

  const handle = async (incoming: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = await buffer(incoming);
    if (abandoned.has(incoming.socket)) {
      lostRequests++;
      return;
    }
    const selected = left > 0 ? behavior : PASS;
    const current = typeof selected === 'function' ? selected(incoming, body) : selected;
    requests++;
    left--;
    switch (current.kind) {
      case 'pass': {
        const upstream = await forward(incoming, body);
        response.writeHead(upstream.statusCode ?? 500, upstream.headers);
        upstream.pipe(response);
        return;
      }
      case 'throttle':
      case 'fail': {
        const [status, error] = ERRORS[service][current.kind];
        const requestId = service === 's3' ? 'x-amz-request-id' : 'x-amzn-RequestId';
        response.writeHead(status, { [requestId]: 'FAULTYPROXY' }).end(error);
        return;
      }
      case 'hold':
        held.push(() => forward(incoming, body));
        return;
      case 'refuse':
        incoming.socket.resetAndDestroy();
        return;
      default:
        if (current.applied) {
          (await forward(incoming, body)).resume();
        }
        sendNoUsableResponse(current.kind, incoming.socket, response);
    }
  };

  const server = createServer((incoming, response) => void handle(incoming, response).catch(() => response.destroy()));
  server.on('connection', (socket) => {
    connections.add(socket);
    socket.on('close', () => connections.delete(socket));
  });
  const listen = async (): Promise<void> => {
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
    ({ port } = server.address() as AddressInfo);
  };
  const close = async (): Promise<void> => {
    if (server.listening) {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    }
  };
  await listen();
  return {
    endpoint: `http://127.0.0.1:${port}`,
    get requests() {
      return requests;
    },
    async behave(next: Behavior | BehaviorOf, count = Number.POSITIVE_INFINITY): Promise<void> {
      behavior = next;
      left = count;
      if (typeof next !== 'function' && next.kind === 'refuse') {
        await close();
      } else if (!server.listening) {
        await listen();
      }
    },
    abandonConnections(): void {
      for (const socket of connections) {
        abandoned.add(socket);
      }
    },
    get lostRequests() {
      return lostRequests;
    },
    async letThrough(): Promise<void> {
      await Promise.all(held.splice(0).map(async (send) => (await send()).resume()));
    },
    close,
  };
}

/** Sends an unusable response, or none. */
function sendNoUsableResponse(kind: NoResponse, client: Socket, response: ServerResponse): void {
  switch (kind) {
    case 'reset':
      client.resetAndDestroy();
      return;
    case 'silence':
      return;
    case 'stall':
      client.write(ENDLESS_HEAD);
      return;
    case 'dribble': {
      client.write(ENDLESS_HEAD);
      const timer = setInterval(() => client.write(' '), DRIBBLE_MILLISECONDS);
      client.on('close', () => clearInterval(timer));
      return;
    }
    case 'garbage':
      client.end('\u0000 this is not HTTP\n');
      return;
    case 'unreadable':
      response.writeHead(200, { 'Content-Type': 'text/html' }).end(PAGE);
  }
}
