import { Readable } from 'node:stream';
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { tableClient } from './table-client';

/** DynamoDB's response to a delete that returns an item. */
const RESPONSE = JSON.stringify({
  Attributes: { nonce_id: { S: '' }, sealed: { B: 'AA==' }, expires_at: { N: '0' }, created_by: { S: '' } },
});

/**
 * Creates a client that serializes, signs and parses as usual, but makes no network request: every call gets a fixed
 * response. One call during init compiles code that would otherwise delay the first reader by 20 ms. During init,
 * Lambda gives the function a full CPU.
 */
export function warmUpClient(): DynamoDBDocumentClient {
  return tableClient({ requestHandler: { handle } });
}

async function handle() {
  const body = Readable.from([Buffer.from(RESPONSE)]);
  return { response: { statusCode: 200, headers: { 'content-type': 'application/x-amz-json-1.0' }, body } };
}
