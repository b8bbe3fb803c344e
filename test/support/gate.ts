import { once } from 'node:events';
import { type IncomingMessage, request, type ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { type LocalService, serveOnLoopback } from '../../emulator/loopback';

/** When to forward a request. */
export interface GateKeeper {
  /** Called when a request begins. The gate forwards it once the promise resolves. */
  readonly admit: (request: IncomingMessage) => Promise<void>;
  /**
   * Called when the body is complete. The gate forwards the request once the promise resolves, even if its sender is
   * gone.
   *
   * @default - the body is forwarded as it arrives
   */
  readonly admitWhole?: (request: IncomingMessage) => Promise<void>;
}

/** Starts a reverse proxy that can hold requests back. Forwards them unchanged, so that signatures stay valid. */
export async function startGate(service: string, { admit, admitWhole }: GateKeeper): Promise<LocalService> {
  const { hostname, port: servicePort } = new URL(service);
  const forward = (incoming: IncomingMessage, response: ServerResponse) => {
    const { method, url: path, headers } = incoming;
    const outgoing = request({ hostname, port: servicePort, method, path, headers, agent: false }, (upstream) => {
      response.writeHead(upstream.statusCode ?? 500, upstream.headers);
      upstream.pipe(response);
    });
    return outgoing.on('error', () => response.destroy());
  };
  const serve = async (incoming: IncomingMessage, response: ServerResponse): Promise<void> => {
    await admit(incoming);
    if (admitWhole !== undefined) {
      const body = await buffer(incoming);
      await admitWhole(incoming);
      await once(forward(incoming, response).end(body), 'close');
    } else if (!response.destroyed) {
      const outgoing = forward(incoming, response);
      // A sender may disconnect before its body is complete.
      incoming.on('error', () => outgoing.destroy());
      response.on('close', () => outgoing.destroy());
      incoming.pipe(outgoing);
    }
  };
  return await serveOnLoopback(serve, { port: 0, now: () => new Date() });
}
