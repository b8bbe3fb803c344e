import type { IncomingMessage, ServerResponse } from 'node:http';
import { serveOnLoopback } from '../loopback';
import type { LocalService } from '../principal';
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
  return await serveOnLoopback(async (message, response) => {
    const receivedAt = options.now();
    const body = await readBody(message);
    const reply = await gateway.handle(gatewayRequest(message, body, receivedAt));
    send(response, reply);
  }, port);
}

/** Reads a body to its end, and keeps as much as it may have, and a byte more: enough to see that it is too long. */
async function readBody(message: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let room = MAX_BODY_BYTES + 1;
  for await (const chunk of message) {
    const kept = (chunk as Buffer).subarray(0, room);
    chunks.push(kept);
    room -= kept.length;
  }
  return Buffer.concat(chunks);
}

function send(response: ServerResponse, reply: GatewayReply): void {
  for (const [name, value] of reply.headers) {
    response.appendHeader(name, value);
  }
  response.statusCode = reply.status;
  response.end(reply.body);
}
