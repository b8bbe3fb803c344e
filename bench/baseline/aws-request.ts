import { Agent, request } from 'node:https';
import { sign } from 'aws4';

const agent = new Agent({ keepAlive: true });

/** Calls a DynamoDB operation. */
export async function callTable(operation: string, parameters: object): Promise<string> {
  return await call(process.env['AWS_ENDPOINT_URL_DYNAMODB'], {
    service: 'dynamodb',
    method: 'POST',
    path: '/',
    headers: { 'content-type': 'application/x-amz-json-1.0', 'x-amz-target': `DynamoDB_20120810.${operation}` },
    body: JSON.stringify(parameters),
  });
}

/** Reads the first byte of an object. */
export async function readFirstByte(bucket: string, key: string): Promise<string> {
  const path = `/${bucket}/${key}`;
  const headers = { range: 'bytes=0-0' };
  return await call(process.env['AWS_ENDPOINT_URL_S3'], { service: 's3', method: 'GET', path, headers });
}

async function call(endpoint: string | undefined, unsigned: Parameters<typeof sign>[0] & object): Promise<string> {
  const { hostname, port, host } = new URL(endpoint ?? '');
  const signed = sign({ ...unsigned, host, region: process.env['AWS_REGION'] ?? '' });
  return await new Promise((resolve, reject) => {
    const outgoing = request({ ...signed, agent, hostname, port }, (incoming) => {
      let text = '';
      incoming.setEncoding('utf8');
      incoming.on('data', (chunk: string) => {
        text += chunk;
      });
      incoming.on('end', () => resolve(text));
    });
    outgoing.on('error', reject);
    outgoing.end(unsigned.body);
  });
}
