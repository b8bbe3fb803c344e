import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A door before a service: requests pass when they are let through. */
export interface Gate {
  readonly endpoint: string;
  close(): Promise<void>;
}

/**
 * Stands before a service, on a free port of 127.0.0.1, and passes on what comes as it came: signatures hold.
 *
 * @param admit is asked for each request; it passes when the promise is kept
 */
export async function startGate(service: string, admit: (request: IncomingMessage) => Promise<void>): Promise<Gate> {
  const { host, hostname, port: servicePort } = new URL(service);
  const pass = (incoming: IncomingMessage, response: ServerResponse): void => {
    const { method, url: path } = incoming;
    const headers = { ...incoming.headers, host: incoming.headers.host ?? host };
    const outgoing = request({ hostname, port: servicePort, method, path, headers, agent: false }, (answer) => {
      response.writeHead(answer.statusCode ?? 500, answer.headers);
      answer.pipe(response);
    });
    // Whichever side goes away, the other hears of it.
    outgoing.on('error', () => response.destroy());
    incoming.on('error', () => outgoing.destroy());
    response.on('close', () => outgoing.destroy());
    incoming.pipe(outgoing);
  };
  const server = createServer((incoming, response) => {
    void admit(incoming).then(() => (response.destroyed ? undefined : pass(incoming, response)));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    endpoint: `http://127.0.0.1:${port}`,
    async close() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}
