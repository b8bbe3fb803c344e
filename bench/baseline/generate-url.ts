import { randomBytes } from 'node:crypto';
import type { APIGatewayProxyEvent, APIGatewayProxyResult } from 'aws-lambda';
import { sign } from 'aws4';
import type { PresignedUrl } from '../../lambda/link/destination';
import { linkIdOf, nonceFromBytes } from '../../lambda/link/nonce';
import { sealDestination } from '../../lambda/link/sealed-destination';
import { callTable, readFirstByte } from './aws-request';

/** Issues a link like `generate-url`, but without the SDK and its checks. For the benchmark only. */
export async function handler(event: APIGatewayProxyEvent): Promise<APIGatewayProxyResult> {
  const { bucket_name: bucket, object_name: key } = JSON.parse(event.body ?? '');
  await readFirstByte(bucket, key);
  const nonce = nonceFromBytes(randomBytes(32));
  const description = { fileName: key, sizeBytes: 1, contentType: 'text/plain' };
  const sealed = sealDestination(nonce, { presign: 'now', url: presign(bucket, key), description });
  await callTable('PutItem', {
    TableName: process.env['NONCE_TABLE_NAME'],
    Item: {
      nonce_id: { S: linkIdOf(nonce) },
      sealed: { B: Buffer.from(sealed).toString('base64') },
      expires_at: { N: String(Math.floor(Date.now() / 1000) + 3600) },
      created_by: { S: event.requestContext.identity.userArn },
    },
  });
  return { statusCode: 200, body: `https://${event.requestContext.domainName}/prod/access-object?nonce=${nonce}` };
}

function presign(bucket: string, key: string): PresignedUrl {
  const host = `${bucket}.s3.us-east-1.amazonaws.com`;
  const { path } = sign({ service: 's3', host, path: `/${key}?X-Amz-Expires=3600`, signQuery: true });
  return `https://${host}${path}` as PresignedUrl;
}
