import { Readable } from 'node:stream';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { HttpResponse } from '@smithy/core/protocols';
import { tableClient } from './table-client';

/** How DynamoDB answers a delete that gives back an item. */
const ANSWER = JSON.stringify({
  Attributes: { nonce_id: { S: '' }, sealed: { B: 'AA==' }, expires_at: { N: '0' }, created_by: { S: '' } },
});

/**
 * A client of DynamoDB whose requests never leave this process: each is built, signed and written like any other, and
 * answered on the spot. To try out, while a function loads, what its first caller would wait for: code that is compiled and
 * set up when it first runs.
 */
export function rehearsalClient(): DynamoDBClient {
  // Without what watches the time: here nothing takes any, and a timer could fire after the process was frozen.
  return tableClient({ extensions: [], requestHandler: { handle: answer } });
}

async function answer(): Promise<{ readonly response: HttpResponse }> {
  const body = Readable.from([Buffer.from(ANSWER)]);
  return { response: new HttpResponse({ statusCode: 200, headers: { 'content-type': 'application/json' }, body }) };
}
