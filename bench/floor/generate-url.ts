import { randomBytes } from 'node:crypto';
import type { APIGatewayProxyEvent, APIGatewayProxyResult } from 'aws-lambda';
import type { PresignedUrl } from '../../lambda/link/destination';
import { linkIdOf, nonceFromBytes } from '../../lambda/link/nonce';
import { sealDestination } from '../../lambda/link/sealed-destination';
import { callTable, firstByteOf } from './aws-request';
import { credentialScope, signature, timestampOf } from './signature';

const { AWS_ACCESS_KEY_ID: accessKeyId = '', AWS_SESSION_TOKEN: token = '' } = process.env;

/** Makes a link as `generate-url` does, by hand. A floor for the bench, and good for nothing else: it checks nothing. */
export async function handler(event: APIGatewayProxyEvent): Promise<APIGatewayProxyResult> {
  const { bucket_name: bucket, object_name: key } = JSON.parse(event.body ?? '');
  await firstByteOf(`/${bucket}/${key}`);
  const now = new Date();
  const nonce = nonceFromBytes(randomBytes(32));
  const sealed = sealDestination(nonce, { presign: 'now', url: presign(bucket, key, now) });
  await callTable('PutItem', {
    TableName: process.env['NONCE_TABLE_NAME'],
    Item: {
      nonce_id: { S: linkIdOf(nonce) },
      sealed: { B: Buffer.from(sealed).toString('base64') },
      expires_at: { N: String(Math.floor(now.getTime() / 1000) + 3600) },
      created_by: { S: event.requestContext.identity.userArn },
    },
  });
  return { statusCode: 200, body: `https://${event.requestContext.domainName}/prod/access-object?nonce=${nonce}` };
}

function presign(bucket: string, key: string, now: Date): PresignedUrl {
  const timestamp = timestampOf(now);
  const host = `${bucket}.s3.us-east-1.amazonaws.com`;
  const query = Object.entries({
    'X-Amz-Algorithm': 'AWS4-HMAC-SHA256',
    'X-Amz-Content-Sha256': 'UNSIGNED-PAYLOAD',
    'X-Amz-Credential': `${accessKeyId}/${credentialScope('s3', timestamp)}`,
    'X-Amz-Date': timestamp,
    'X-Amz-Expires': '3600',
    'X-Amz-Security-Token': token,
    'X-Amz-SignedHeaders': 'host',
    'x-id': 'GetObject',
  })
    .map(([name, value]) => `${name}=${encodeURIComponent(value)}`)
    .join('&');
  const parts = { service: 's3', method: 'GET', path: `/${key}`, query, headers: { host } } as const;
  const signed = signature({ ...parts, payloadHash: 'UNSIGNED-PAYLOAD' }, timestamp);
  return `https://${host}/${key}?${query}&X-Amz-Signature=${signed}` as PresignedUrl;
}
