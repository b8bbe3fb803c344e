import type { APIGatewayProxyEvent, APIGatewayProxyResult } from 'aws-lambda';
import type { Nonce } from '../../lambda/link/nonce';
import { unsealDestination } from '../../lambda/link/sealed-destination';

/** Redirects to a stored URL like `access-object`, but without its checks. For the benchmark only. */
export async function handler(event: APIGatewayProxyEvent): Promise<APIGatewayProxyResult> {
  const nonce = event.multiValueQueryStringParameters?.['nonce']?.[0] as Nonce;
  const destination = unsealDestination(
    nonce,
    Buffer.from(event.requestContext.authorizer?.['sealed'], 'base64'),
    'download',
  );
  return { statusCode: 302, headers: { Location: 'url' in destination ? destination.url : '' }, body: '' };
}
