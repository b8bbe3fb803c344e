import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { LocalService } from './principal';

/** Answers one request. It turns its own failures into answers: if it rejects all the same, the connection is cut. */
export type RequestHandler = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

/**
 * Serves HTTP where only this machine reaches it.
 *
 * @param port 0 takes any free one
 * @returns endpoint, and how to stop: connections are cut, then running handlers are waited for
 * @throws the error of `listen`, for example `EADDRINUSE`
 */
export async function serveOnLoopback(handler: RequestHandler, port: number): Promise<LocalService> {
  const running = new Set<Promise<void>>();
  const server = createServer((request, response) => {
    const run = handler(request, response)
      .catch(() => void response.destroy())
      .finally(() => running.delete(run));
    running.add(run);
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
