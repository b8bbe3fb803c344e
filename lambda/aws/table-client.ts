import type { Readable } from 'node:stream';
import { DynamoDBClient, type DynamoDBClientConfig } from '@aws-sdk/client-dynamodb';
import { CLIENT_SETTINGS } from './client-settings';

const tableEndpoint = process.env['AWS_ENDPOINT_URL_DYNAMODB'] ?? process.env['AWS_ENDPOINT_URL'];

/**
 * All that is set to a value of its own here the SDK would look for in configuration files. Lambda has none, and a client
 * that does not look at the disk can be rehearsed in one turn of the event loop (see rehearsal.ts).
 */
const TABLE_SETTINGS = {
  ...CLIENT_SETTINGS,
  ...(tableEndpoint && { endpoint: tableEndpoint }),
  ignoreConfiguredEndpointUrls: true,
  accountIdEndpointMode: 'disabled',
  authSchemePreference: [],
  disableClockSkewCorrection: false,
  useDualstackEndpoint: false,
  useFipsEndpoint: false,
  userAgentAppId: '',
  streamCollector: wholeBody,
} satisfies DynamoDBClientConfig;

/**
 * A client of DynamoDB.
 *
 * @param changes to its settings.
 */
export function tableClient(changes: DynamoDBClientConfig = {}): DynamoDBClient {
  const client = new DynamoDBClient({ ...TABLE_SETTINGS, ...changes });
  // Takes apart all that is sent and answered, for a logger that is not there.
  client.middlewareStack.remove('loggerMiddleware');
  return client;
}

/**
 * Reads an answer to its end. The SDK's own way asks of each answer whether it is one of a browser's, which loads streams
 * that nobody here uses, and then sends it through another stream: a sixth of what a warm call takes of the processor.
 */
function wholeBody(body: Readable): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    body.on('data', (chunk: Buffer) => chunks.push(chunk));
    body.on('end', () => resolve(Buffer.concat(chunks)));
    body.on('error', reject);
    // After one of these two it changes nothing; without either, it is half an answer.
    body.on('close', () => reject(new Error('half an answer')));
  });
}
