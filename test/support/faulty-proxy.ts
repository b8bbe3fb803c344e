import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import type { StorageService } from '../../emulator/emulator';
import type { LocalService } from '../../emulator/iam/principal';

/** What happens to a request on its way to a service. */
export type Behaviour =
  /** It passes. */
  | { readonly kind: 'pass' }
  /** The service responds that it is throttled, or with a 500. The request is not applied. */
  | { readonly kind: 'throttle' | 'fail' }
  /** Nothing listens. {@link FaultyProxy.requests} does not count these requests. */
  | { readonly kind: 'refuse' }
  /** There is no usable response, whether or not the request was applied. */
  | { readonly kind: NoAnswer; readonly applied: boolean }
  /** There is no response, and the request waits for {@link FaultyProxy.letThrough}. */
  | { readonly kind: 'hold' };

/**
 * - `reset`: the connection is cut
 * - `silence`: nothing arrives
 * - `stall`: headers arrive, but no body
 * - `dribble`: the body arrives byte by byte and never ends
 * - `garbage`: the bytes are not HTTP
 * - `unreadable`: a 200 with an HTML page, as from a captive portal
 */
export type NoAnswer = 'reset' | 'silence' | 'stall' | 'dribble' | 'garbage' | 'unreadable';

/** A proxy that fails on demand. */
export interface FaultyProxy extends LocalService {
  /** Requests since the start. */
  readonly requests: number;
  /**
   * Sets the behaviour for the next requests.
   *
   * @param count number of requests, after which requests pass again. @default - until the next call
   */
  behave(behaviour: Behaviour, count?: number): Promise<void>;
  /** Sends the held requests to the service, and waits until it has applied them. */
  letThrough(): Promise<void>;
}

interface Upstream {
  readonly host: string;
  readonly port: number;
}

const PASS: Behaviour = { kind: 'pass' };
const DRIBBLE_MILLISECONDS = 100;
const REQUEST_ID = 'FAULTYPROXY';
const HEAD_END = '\r\n\r\n';
const PAGE = '<!doctype html><title>Sign in to the network</title>';
const ENDLESS_HEAD = `HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 1000${HEAD_END}`;

/** Error responses of the services. */
const ERRORS: Readonly<Record<StorageService, Readonly<Record<'throttle' | 'fail', string>>>> = {
  s3: {
    throttle: s3Error('503 Slow Down', 'SlowDown'),
    fail: s3Error('500 Internal Server Error', 'InternalError'),
  },
  dynamodb: {
    throttle: dynamoDbError('400 Bad Request', 'com.amazon.coral.availability#ThrottlingException'),
    fail: dynamoDbError('500 Internal Server Error', 'com.amazonaws.dynamodb.v20120810#InternalServerError'),
  },
};

/** Starts a proxy before a service, on a free port of 127.0.0.1. It forwards bytes unchanged, so signatures hold. */
export async function startFaultyProxy(service: StorageService, endpoint: string): Promise<FaultyProxy> {
  const { hostname: host, port } = new URL(endpoint);
  const proxy = new TcpProxy(service, { host, port: Number(port) });
  await proxy.listen();
  return proxy;
}

class TcpProxy implements FaultyProxy {
  requests = 0;
  private readonly service: StorageService;
  private readonly upstream: Upstream;
  private readonly server: Server;
  private readonly sockets = new Set<Socket>();
  private readonly held: Buffer[] = [];
  private behaviour = PASS;
  private left = Number.POSITIVE_INFINITY;
  private port = 0;

  constructor(service: StorageService, upstream: Upstream) {
    this.service = service;
    this.upstream = upstream;
    this.server = createServer({ noDelay: true }, (client) => this.accept(client));
  }

  get endpoint(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  async listen(): Promise<void> {
    this.server.listen(this.port, '127.0.0.1');
    await once(this.server, 'listening');
    this.port = (this.server.address() as AddressInfo).port;
  }

  async behave(behaviour: Behaviour, count = Number.POSITIVE_INFINITY): Promise<void> {
    this.behaviour = behaviour;
    this.left = count;
    if (behaviour.kind === 'refuse') {
      await this.close();
    } else if (!this.server.listening) {
      await this.listen();
    }
  }

  async letThrough(): Promise<void> {
    await Promise.all(this.held.splice(0).map((request) => this.apply(request)));
  }

  async close(): Promise<void> {
    if (!this.server.listening) {
      return;
    }
    const closed = once(this.server, 'close');
    this.server.close();
    for (const socket of this.sockets) {
      socket.destroy();
    }
    await closed;
  }

  private track(socket: Socket): Socket {
    this.sockets.add(socket);
    return socket.on('error', () => socket.destroy()).on('close', () => this.sockets.delete(socket));
  }

  /** Splits a connection into requests. Clients do not pipeline: one request is under way at a time. */
  private accept(client: Socket): void {
    let received: Buffer = Buffer.alloc(0);
    let upstream: Socket | undefined;
    const pass = (request: Buffer): void => {
      upstream ??= this.connect()
        .on('data', (chunk) => client.write(chunk))
        .on('close', () => client.destroy());
      upstream.write(request);
    };
    this.track(client).on('close', () => upstream?.destroy());
    client.on('data', (chunk) => {
      received = Buffer.concat([received, chunk]);
      const length = requestLength(received);
      if (length !== undefined && received.length >= length) {
        const request = received.subarray(0, length);
        received = received.subarray(length);
        this.handle(request, client, pass);
      }
    });
  }

  private handle(request: Buffer, client: Socket, pass: (request: Buffer) => void): void {
    this.requests++;
    const behaviour = this.next();
    switch (behaviour.kind) {
      case 'pass':
        pass(request);
        return;
      case 'throttle':
      case 'fail':
        client.write(ERRORS[this.service][behaviour.kind]);
        return;
      case 'hold':
        this.held.push(request);
        return;
      case 'refuse':
        client.resetAndDestroy();
        return;
      default:
        void (behaviour.applied ? this.apply(request) : Promise.resolve()).then(() =>
          answerNothing(behaviour.kind, client),
        );
    }
  }

  /** Has the service apply a request, and drops its response. */
  private async apply(request: Buffer): Promise<void> {
    const upstream = this.connect();
    upstream.write(request);
    await new Promise((resolve) => upstream.once('data', resolve).once('close', resolve));
    upstream.destroy();
  }

  private connect(): Socket {
    return this.track(connect({ ...this.upstream, noDelay: true }));
  }

  private next(): Behaviour {
    if (this.left === 0) {
      return PASS;
    }
    this.left--;
    return this.behaviour;
  }
}

function answerNothing(kind: NoAnswer, client: Socket): void {
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
      client.write(response('200 OK', 'text/html', PAGE));
  }
}

/** Length of the first request, once its headers are complete. The SDK always sends `Content-Length`. */
function requestLength(received: Buffer): number | undefined {
  const head = received.indexOf(HEAD_END);
  if (head === -1) {
    return undefined;
  }
  const [, length = '0'] = /^content-length: *(\d+)/im.exec(received.toString('latin1', 0, head)) ?? [];
  return head + HEAD_END.length + Number(length);
}

function s3Error(status: string, code: string): string {
  return response(status, `application/xml\r\nx-amz-request-id: ${REQUEST_ID}`, `<Error><Code>${code}</Code></Error>`);
}

function dynamoDbError(status: string, type: string): string {
  const body = JSON.stringify({ __type: type, message: 'by the faulty proxy' });
  return response(status, `application/x-amz-json-1.0\r\nx-amzn-RequestId: ${REQUEST_ID}`, body);
}

function response(status: string, contentType: string, body: string): string {
  return `HTTP/1.1 ${status}\r\nContent-Type: ${contentType}\r\nContent-Length: ${body.length}${HEAD_END}${body}`;
}
