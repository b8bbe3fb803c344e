import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse, STATUS_CODES } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { LocalService } from './iam/principal';

/** Answers one request. It turns its own failures into answers: if it rejects all the same, the connection is cut. */
export type RequestHandler = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

/**
 * Names that a request may come in by. A web page can point a name of its own at this machine (DNS rebinding) and would
 * then be at home here: the emulator's keys are no secret.
 */
const LOOPBACK_NAMES: readonly string[] = ['127.0.0.1', 'localhost'];

/** How to serve on the loopback interface. */
export interface LoopbackOptions {
  /** 0 takes any free one. */
  readonly port: number;
  /** What answers are dated by; SDK clients set their clock by it. */
  readonly now: () => Date;
  /** Names in lower case that requests may come in by beside those of the interface. @default - none */
  readonly names?: readonly string[];
}

/**
 * Serves HTTP where only this machine reaches it.
 *
 * @returns endpoint, and how to stop: connections are cut, then running handlers are waited for
 * @throws the error of `listen`, for example `EADDRINUSE`
 */
export async function serveOnLoopback(
  handler: RequestHandler,
  { port, now, names = [] }: LoopbackOptions,
): Promise<LocalService> {
  const running = new Set<Promise<void>>();
  const serve = (request: IncomingMessage, response: ServerResponse): void => {
    response.setHeader('Date', now().toUTCString());
    const name = request.headers.host?.replace(/:\d+$/, '').toLowerCase() ?? '';
    if (![...LOOPBACK_NAMES, ...names].includes(name)) {
      response.writeHead(421, { Connection: 'close' }).end('This server answers to 127.0.0.1 only.\n');
      return;
    }
    const run = handler(request, response)
      .catch(() => void response.destroy())
      .finally(() => running.delete(run));
    running.add(run);
  };
  const server = createServer(serve);
  // An expectation that nobody knows is no reason to refuse a request (RFC 9110, section 10.1.1, lets a server ignore it).
  server.on('checkExpectation', serve);
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
 * Reads a body to its end, so that the sender gets to see the answer, and keeps its beginning.
 *
 * @param limit bytes to keep; one more than is allowed shows that a body is too long.
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

/** Answer to what is no HTTP request, as a problem (RFC 9457). */
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
