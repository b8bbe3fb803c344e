import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';

/** A reverse proxy that holds requests back until it is told to forward them. */
export interface Gate {
  readonly endpoint: string;
  close(): Promise<void>;
}

/** When to forward a request. */
export interface GateKeeper {
  /** Called when a request begins. The gate forwards it once the promise resolves. */
  readonly admit: (request: IncomingMessage) => Promise<void>;
  /**
   * Called when the body is complete. The gate forwards the request once the promise resolves, even if its sender is gone.
   *
   * @default - the body is forwarded as it arrives
   */
  readonly admitWhole?: (request: IncomingMessage) => Promise<void>;
}

/** Starts a gate before a service, on a free port of 127.0.0.1. It forwards requests unchanged, so signatures hold. */
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
      incoming.on('error', () => outgoing.destroy());
      response.on('close', () => outgoing.destroy());
      incoming.pipe(outgoing);
    }
  };
  // A sender may disconnect before its body is complete.
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
