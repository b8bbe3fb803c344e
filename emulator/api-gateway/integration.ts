import { validateHeaderName, validateHeaderValue } from 'node:http';
import { Fields } from '../template/fields';
import type { GatewayReply } from './gateway-response';

/**
 * Converts the result of a function to a response.
 *
 * @throws Error if the result is malformed; API Gateway then returns 502
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html
 */
export function proxyReply(payload: unknown): GatewayReply {
  const fields = new Fields('function result', payload);
  const status = fields.number('statusCode');
  const multiValue = fields.object('multiValueHeaders');
  const headers = [
    ...Object.entries(fields.strings('headers')),
    ...multiValue.names().flatMap((name) => multiValue.list(name).map((value) => [name, String(value)] as const)),
  ];
  const encoding = fields.boolean('isBase64Encoded', false) ? 'base64' : 'utf8';
  const body = Buffer.from(fields.optionalString('body') ?? '', encoding);
  fields.done();
  for (const [name, value] of headers) {
    validateHeaderName(name);
    validateHeaderValue(name, value);
  }
  const typed = headers.some(([name]) => name.toLowerCase() === 'content-type');
  return { status, headers: typed ? headers : [['Content-Type', 'application/json'], ...headers], body };
}
