import type { ServerResponse } from 'node:http';
import type { LocalService } from '../iam/principal';
import { readBody, serveOnLoopback } from '../loopback';
import { Gateway, type GatewayOptions, MAX_BODY_BYTES } from './gateway';
import type { GatewayReply } from './gateway-response';
import { gatewayRequest } from './request-context';

/**
 * Serves the API on 127.0.0.1.
 *
 * @param port 0 for any free one.
 */
export async function startGateway(options: GatewayOptions, port: number): Promise<LocalService> {
  const gateway = new Gateway(options);
  const { now } = options;
  return await serveOnLoopback(
    async (message, response) => {
      const receivedAt = now();
      const body = await readBody(message, MAX_BODY_BYTES + 1);
      send(response, await gateway.handle(gatewayRequest(message, body, receivedAt)));
    },
    { port, now, names: options.api.domains.map(({ name }) => name) },
  );
}

function send(response: ServerResponse, reply: GatewayReply): void {
  for (const [name, value] of reply.headers) {
    response.appendHeader(name, value);
  }
  response.statusCode = reply.status;
  response.end(reply.body);
}
