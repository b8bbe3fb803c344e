import { Agent, request } from 'node:https';
import { credentialScope, type SignedParts, sha256, signature, timestampOf } from './signature';

const {
  AWS_ACCESS_KEY_ID: accessKeyId = '',
  AWS_SESSION_TOKEN: token = '',
  AWS_ENDPOINT_URL_DYNAMODB: tableEndpoint = '',
  AWS_ENDPOINT_URL_S3: bucketEndpoint = '',
} = process.env;
const agent = new Agent({ keepAlive: true });

/** Calls an operation of DynamoDB. */
export async function callTable(operation: string, parameters: object): Promise<string> {
  const headers = { 'content-type': 'application/x-amz-json-1.0', 'x-amz-target': `DynamoDB_20120810.${operation}` };
  return await call(tableEndpoint, 'dynamodb', 'POST', '/', headers, JSON.stringify(parameters));
}

/** Asks S3 for the first byte of an object. */
export async function firstByteOf(path: string): Promise<string> {
  return await call(bucketEndpoint, 's3', 'GET', path, { range: 'bytes=0-0' }, '');
}

async function call(
  endpoint: string,
  service: SignedParts['service'],
  method: SignedParts['method'],
  path: string,
  more: Readonly<Record<string, string>>,
  body: string,
): Promise<string> {
  const { hostname, port, host } = new URL(endpoint);
  const timestamp = timestampOf(new Date());
  const payloadHash = sha256(body);
  const all = {
    ...more,
    host,
    'x-amz-content-sha256': payloadHash,
    'x-amz-date': timestamp,
    'x-amz-security-token': token,
  };
  const headers = Object.fromEntries(Object.entries(all).sort(([a], [b]) => (a < b ? -1 : 1)));
  const signed = signature({ service, method, path, query: '', headers, payloadHash }, timestamp);
  const credential = `${accessKeyId}/${credentialScope(service, timestamp)}`;
  const names = Object.keys(headers).join(';');
  const authorization = `AWS4-HMAC-SHA256 Credential=${credential}, SignedHeaders=${names}, Signature=${signed}`;
  return await new Promise((resolve, reject) => {
    const outgoing = request(
      { agent, hostname, port, path, method, headers: { ...headers, authorization, 'content-length': body.length } },
      (incoming) => {
        let text = '';
        incoming.on('data', (chunk) => {
          text += chunk;
        });
        incoming.on('end', () => resolve(text));
      },
    );
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}
