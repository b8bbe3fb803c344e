import { Readable } from 'node:stream';
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { tableClient } from '../../../lambda/aws/table-client';
import { ROLE_CREDENTIALS } from './engines';

type Handle = NodeHttpHandler['handle'];

/** Replaces an attempt. `send` sends it to the service. */
export type Attempt = (send: () => ReturnType<Handle>) => ReturnType<Handle>;

/** A client whose first attempt is replaced. */
export interface FaultyClient {
  readonly client: DynamoDBDocumentClient;
  /** Number of attempts that the client made. */
  attempts(): number;
}

/** Creates clients for a table, until it is closed. */
export class FaultyClients {
  private readonly sender = new NodeHttpHandler();
  private readonly endpoint: string;

  constructor(endpoint: string) {
    this.endpoint = endpoint;
  }

  connect(firstAttempt: Attempt, overrides = {}): FaultyClient {
    let attempts = 0;
    const handle = async (...call: Parameters<Handle>): ReturnType<Handle> => {
      const send = () => this.sender.handle(...call);
      return attempts++ === 0 ? await firstAttempt(send) : await send();
    };
    const client = tableClient({
      endpoint: this.endpoint,
      region: 'us-east-1',
      credentials: ROLE_CREDENTIALS,
      requestHandler: { handle },
      ...overrides,
    });
    return { client, attempts: () => attempts };
  }

  close(): void {
    this.sender.destroy();
  }
}

function respond(statusCode: number, type: string): Attempt {
  return async () => ({
    response: { statusCode, headers: {}, body: Readable.from([Buffer.from(JSON.stringify({ __type: type }))]) },
  });
}

export const reset: Attempt = async () => {
  throw Object.assign(new Error('socket hang up'), { code: 'ECONNRESET', name: 'TimeoutError' });
};
export const throttled = respond(400, 'com.amazon.coral.availability#ThrottlingException');
export const failed = respond(500, 'com.amazonaws.dynamodb.v20120810#InternalServerError');

/** The request is applied, but its response is replaced. */
export function appliedThen(attempt: Attempt): Attempt {
  return async (send) => {
    await send();
    return await attempt(send);
  };
}
