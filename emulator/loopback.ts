import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse, STATUS_CODES } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';

/** A local AWS service that listens on 127.0.0.1. */
export interface LocalService {
  /** For example `http://127.0.0.1:4581`. */
  readonly endpoint: string;
  /** Closes open connections, stops listening and releases files. */
  close(): Promise<void>;
}

/**
 * Handles one request. Must turn its failures into responses, because the connection is closed if it rejects.
 *
 * @param askForBody with {@link LoopbackOptions.mayRefuseUnread}: call it before you read the body
 */
export type RequestHandler = (
  request: IncomingMessage,
  response: ServerResponse,
  askForBody: () => void,
) => Promise<void>;

/** Host names that requests may use. Protects against DNS rebinding, because the emulator's access keys are public. */
const LOOPBACK_NAMES: readonly string[] = ['127.0.0.1', 'localhost'];

/** Options of a server on the loopback interface. */
export interface LoopbackOptions {
  /** 0: any free port. */
  readonly port: number;
  /** Time in the `Date` header, which SDK clients use to correct their clock skew. */
  readonly now: () => Date;
  /** Additional host names that requests may use, in lower case. @default - none */
  readonly names?: readonly string[];
  /**
   * Whether the handler may respond to a client with `Expect: 100-continue` before that client sends the body.
   *
   * @default false
   */
  readonly mayRefuseUnread?: boolean;
}

/**
 * Serves HTTP on the loopback interface only.
 *
 * @returns the endpoint and `close`, which closes connections and waits for running handlers
 * @throws the error of `listen`, for example `EADDRINUSE`
 */
export async function serveOnLoopback(
  handler: RequestHandler,
  { port, now, names = [], mayRefuseUnread = false }: LoopbackOptions,
): Promise<LocalService> {
  const running = new Set<Promise<void>>();
  const serve = (request: IncomingMessage, response: ServerResponse, askForBody = (): void => {}): void => {
    response.setHeader('Date', now().toUTCString());
    const name = request.headers.host?.replace(/:\d+$/, '').toLowerCase() ?? '';
    if (![...LOOPBACK_NAMES, ...names].includes(name)) {
      response.writeHead(421, { Connection: 'close' }).end('This server only accepts requests to 127.0.0.1.\n');
      return;
    }
    const run = handler(request, response, askForBody)
      .catch(() => void response.destroy())
      .finally(() => running.delete(run));
    running.add(run);
  };
  const server = createServer((request, response) => serve(request, response));
  if (mayRefuseUnread) {
    server.on('checkContinue', (request, response) => serve(request, response, () => response.writeContinue()));
  }
  // RFC 9110, section 10.1.1: a server may ignore an expectation that it does not support.
  server.on('checkExpectation', (request, response) => serve(request, response));
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Socket) => {
    if (socket.writable) {
      socket.end(malformedRequest(error.code === 'HPE_HEADER_OVERFLOW' ? 431 : 400));
    }
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  const { port: actualPort } = server.address() as AddressInfo;
  return {
    endpoint: `http://127.0.0.1:${actualPort}`,
    async close(): Promise<void> {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
      await Promise.all(running);
    },
  };
}

/**
 * Reads a body to its end, so that the sender receives the response, and keeps the first bytes.
 *
 * @param limit number of bytes to keep; pass the maximum plus one to detect a body that is too long
 */
export async function readBody(request: IncomingMessage, limit: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let room = limit;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    const kept = chunk.subarray(0, room);
    chunks.push(kept);
    room -= kept.length;
  }
  return Buffer.concat(chunks);
}

/** Returns the response to malformed HTTP, as a problem (RFC 9457). */
function malformedRequest(status: 400 | 431): string {
  const title = STATUS_CODES[status];
  const detail = status === 431 ? 'The address and the headers are too long.' : 'The request is not well-formed HTTP.';
  const body = JSON.stringify({ type: 'about:blank', title, status, detail, code: 'RequestRefused' });
  return [
    `HTTP/1.1 ${status} ${title}`,
    'Content-Type: application/problem+json',
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Cache-Control: no-store',
    'Connection: close',
    '',
    body,
  ].join('\r\n');
}
