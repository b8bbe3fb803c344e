import type { ServerResponse } from 'node:http';
import { proveIdentity } from '../identity';
import { type LocalService, readBody, serveOnLoopback } from '../loopback';
import { LOCAL_REGION } from '../template/template';
import type { ApiModel } from './api-model';
import { Gateway, type GatewayOptions, MAX_BODY_BYTES } from './gateway';
import type { GatewayReply } from './gateway-response';
import { gatewayRequest } from './request-context';

/** The local emulator's API Gateway. */
export interface LocalGateway extends LocalService {
  /** Base address of the API, with a trailing slash. */
  readonly apiEndpoint: string;
}

/**
 * Serves the API on 127.0.0.1.
 *
 * @param port 0: any free port
 * @param identityToken what the emulator proves to clients that it knows
 */
export async function startGateway(
  options: GatewayOptions,
  port: number,
  identityToken: string,
): Promise<LocalGateway> {
  const gateway = new Gateway(options);
  const { api, now } = options;
  const service = await serveOnLoopback(
    async (message, response) => {
      const proof = proveIdentity(identityToken, message.url);
      if (proof !== undefined) {
        return void response.end(proof);
      }
      const receivedAt = now();
      const body = await readBody(message, MAX_BODY_BYTES + 1);
      send(response, await gateway.handle(gatewayRequest(message, body, receivedAt)));
    },
    { port, now, names: api.domains.map(({ name }) => name) },
  );
  return { ...service, apiEndpoint: apiEndpoint(api, service.endpoint) };
}

/** Returns the base addresses that the API would have on AWS. */
export function deployedEndpoints({ id, stage, domains }: ApiModel): readonly string[] {
  return [
    `https://${id}.execute-api.${LOCAL_REGION}.amazonaws.com/${stage}/`,
    ...domains.map(({ name, basePath }) => `https://${name}${basePath}/`),
  ];
}

function apiEndpoint({ stage, domains, defaultEndpoint }: ApiModel, loopback: string): string {
  const [domain] = domains;
  return defaultEndpoint === 'disabled' && domain !== undefined
    ? `http://${domain.name}:${new URL(loopback).port}${domain.basePath}/`
    : `${loopback}/${stage}/`;
}

function send(response: ServerResponse, reply: GatewayReply): void {
  for (const [name, value] of reply.headers) {
    response.appendHeader(name, value);
  }
  response.statusCode = reply.status;
  response.end(reply.body);
}
