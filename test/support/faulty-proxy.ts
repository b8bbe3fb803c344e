import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import type { StorageService } from '../../emulator/emulator';
import type { LocalService } from '../../emulator/loopback';

/** How a service, or the way to it, treats a request. */
export type Behaviour =
  /** As if there were no proxy. */
  | { readonly kind: 'pass' }
  /** An answer of the service's own: too many requests, or a fault of its own. Nothing is applied. */
  | { readonly kind: 'throttle' | 'fail' }
  /** Nobody listens. Requests are not seen then, so they cannot be counted. */
  | { readonly kind: 'refuse' }
  /** Something that is no answer, before the request is applied or after. */
  | { readonly kind: NoAnswer; readonly applied: boolean }
  /** Silence, until the request that was held back is let through by {@link FaultyProxy.letThrough}. */
  | { readonly kind: 'hold' };

/**
 * - `reset`: the connection is cut
 * - `silence`: nothing comes, for longer than any client waits
 * - `stall`: the head of an answer comes, its body does not
 * - `dribble`: the body comes too slowly to ever end, but never pauses
 * - `garbage`: bytes that are not HTTP
 * - `unreadable`: an answer that says 200, with a page in place of what was asked for, as of a captive portal
 */
export type NoAnswer = 'reset' | 'silence' | 'stall' | 'dribble' | 'garbage' | 'unreadable';

/** A proxy that can be told to fail. */
export interface FaultyProxy extends LocalService {
  /** Requests seen since the start. */
  readonly requests: number;
  /**
   * Treats the next requests so.
   *
   * @param count after so many, requests pass again. @default - until told otherwise
   */
  behave(behaviour: Behaviour, count?: number): Promise<void>;
  /** Sends on what was held back, though nobody waits for it any more. @returns once all of it was answered */
  letThrough(): Promise<void>;
}

interface Upstream {
  readonly host: string;
  readonly port: number;
}

const PASS: Behaviour = { kind: 'pass' };
const DRIBBLE_MILLISECONDS = 100;
/** By which AWS could tell what happened to the request. */
const REQUEST_ID = 'FAULTYPROXY';
const HEAD_END = '\r\n\r\n';
const PAGE = '<!doctype html><title>Sign in to the network</title>';
const ENDLESS_HEAD = `HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 1000${HEAD_END}`;

/** What the services say of themselves when they are busy or broken. */
const REFUSALS: Readonly<Record<StorageService, Readonly<Record<'throttle' | 'fail', string>>>> = {
  s3: {
    throttle: s3Error('503 Slow Down', 'SlowDown'),
    fail: s3Error('500 Internal Server Error', 'InternalError'),
  },
  dynamodb: {
    throttle: dynamoDbError('400 Bad Request', 'com.amazon.coral.availability#ThrottlingException'),
    fail: dynamoDbError('500 Internal Server Error', 'com.amazonaws.dynamodb.v20120810#InternalServerError'),
  },
};

/** Stands between the functions and a service, on a free port of 127.0.0.1. Bytes are passed on as they came: signatures hold. */
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

  /** Remembers a socket for as long as it is open. Its errors are the other side's matter. */
  private own(socket: Socket): Socket {
    this.sockets.add(socket);
    return socket.on('error', () => socket.destroy()).on('close', () => this.sockets.delete(socket));
  }

  /** Cuts a connection into requests. A client sends the next one when it has its answer, so one is under way at a time. */
  private accept(client: Socket): void {
    let received: Buffer = Buffer.alloc(0);
    let upstream: Socket | undefined;
    const pass = (request: Buffer): void => {
      upstream ??= this.connect()
        .on('data', (chunk) => client.write(chunk))
        .on('close', () => client.destroy());
      upstream.write(request);
    };
    this.own(client).on('close', () => upstream?.destroy());
    client.on('data', (chunk) => {
      received = Buffer.concat([received, chunk]);
      const length = requestLength(received);
      if (length !== undefined && received.length >= length) {
        const request = received.subarray(0, length);
        received = received.subarray(length);
        this.treat(request, client, pass);
      }
    });
  }

  private treat(request: Buffer, client: Socket, pass: (request: Buffer) => void): void {
    this.requests++;
    const behaviour = this.next();
    switch (behaviour.kind) {
      case 'pass':
        pass(request);
        return;
      case 'throttle':
      case 'fail':
        client.write(REFUSALS[this.service][behaviour.kind]);
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

  /** Has the service do what a request asks for. Its answer is the proof that it did, and goes no further. */
  private async apply(request: Buffer): Promise<void> {
    const upstream = this.connect();
    upstream.write(request);
    await new Promise((resolve) => upstream.once('data', resolve).once('close', resolve));
    upstream.destroy();
  }

  private connect(): Socket {
    return this.own(connect({ ...this.upstream, noDelay: true }));
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
      client.write(answer('200 OK', 'text/html', PAGE));
  }
}

/** Length of the request that the bytes start with, once its head is there. What the SDK sends has its length in its head. */
function requestLength(received: Buffer): number | undefined {
  const head = received.indexOf(HEAD_END);
  if (head === -1) {
    return undefined;
  }
  const [, length = '0'] = /^content-length: *(\d+)/im.exec(received.toString('latin1', 0, head)) ?? [];
  return head + HEAD_END.length + Number(length);
}

function s3Error(status: string, code: string): string {
  return answer(status, `application/xml\r\nx-amz-request-id: ${REQUEST_ID}`, `<Error><Code>${code}</Code></Error>`);
}

function dynamoDbError(status: string, type: string): string {
  const body = JSON.stringify({ __type: type, message: 'by the faulty proxy' });
  return answer(status, `application/x-amz-json-1.0\r\nx-amzn-RequestId: ${REQUEST_ID}`, body);
}

function answer(status: string, contentType: string, body: string): string {
  return `HTTP/1.1 ${status}\r\nContent-Type: ${contentType}\r\nContent-Length: ${body.length}${HEAD_END}${body}`;
}
