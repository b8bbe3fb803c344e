import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';

/** A door before a service: requests pass when they are let through. */
export interface Gate {
  readonly endpoint: string;
  close(): Promise<void>;
}

/** What to do with a request. */
export interface GateKeeper {
  /** Asked as soon as a request begins; the request passes when the promise is kept. */
  readonly admit: (request: IncomingMessage) => Promise<void>;
  /**
   * Asked when all of a request has come, if given: it passes then when the promise is kept, whether or not its sender still
   * waits, as a service does with what it has.
   */
  readonly admitWhole?: (request: IncomingMessage) => Promise<void>;
}

/** Stands before a service, on a free port of 127.0.0.1, and passes on what comes as it came: signatures hold. */
export async function startGate(service: string, { admit, admitWhole }: GateKeeper): Promise<Gate> {
  const { hostname, port: servicePort } = new URL(service);
  const forward = (incoming: IncomingMessage, response: ServerResponse) => {
    const { method, url: path, headers } = incoming;
    const outgoing = request({ hostname, port: servicePort, method, path, headers, agent: false }, (answer) => {
      response.writeHead(answer.statusCode ?? 500, answer.headers);
      answer.pipe(response);
    });
    return outgoing.on('error', () => response.destroy());
  };
  const serve = async (incoming: IncomingMessage, response: ServerResponse): Promise<void> => {
    await admit(incoming);
    if (admitWhole !== undefined) {
      const body = await buffer(incoming);
      await admitWhole(incoming);
      forward(incoming, response).end(body);
    } else if (!response.destroyed) {
      const outgoing = forward(incoming, response);
      // Whichever side goes away, the other hears of it.
      incoming.on('error', () => outgoing.destroy());
      response.on('close', () => outgoing.destroy());
      incoming.pipe(outgoing);
    }
  };
  // A sender who goes away before all has come is no failure.
  const server = createServer((incoming, response) => void serve(incoming, response).catch(() => response.destroy()));
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
