import type { DynamoDBClientConfig } from '@aws-sdk/client-dynamodb';

type RetryStrategy = Extract<DynamoDBClientConfig['retryStrategy'], { acquireInitialRetryToken: unknown }>;
type RetryToken = Awaited<ReturnType<RetryStrategy['acquireInitialRetryToken']>>;
type Extensible = Parameters<NonNullable<DynamoDBClientConfig['extensions']>[number]['configure']>[0];

const MAX_TRIES = 3;

/** From connecting to the last byte of the answer. DynamoDB answers in some ten milliseconds, a cold start adds TLS. */
const TRY_MILLISECONDS = 1250;

/** Longest wait before the second try; twice that before the third. */
const BACKOFF_MILLISECONDS = 250;

/**
 * Tries again after whatever may go away by itself: throttling, faults of the service, no answer, and what no AWS service
 * would answer. The SDK's own strategy waits for up to 3 seconds between three throttled tries, for 5 more each time where
 * the answer says so (`x-amz-retry-after`), and gives up at once where the answer cannot be read.
 */
const PROMPT_RETRIES: RetryStrategy = {
  acquireInitialRetryToken: async () => retryToken(0),
  async refreshRetryTokenForRetry(token, { error, errorType }): Promise<RetryToken> {
    const retries = token.getRetryCount() + 1;
    const transient = errorType === 'THROTTLING' || errorType === 'TRANSIENT';
    const unreadable = error !== undefined && !('$fault' in error);
    if (retries === MAX_TRIES || !(transient || unreadable)) {
      throw new Error('there is no further try');
    }
    return retryToken(retries);
  },
  recordSuccess(): void {},
};

/** Full jitter, so that many who failed at once do not come back at once. */
function retryToken(retries: number): RetryToken & { getRetryCost(): undefined } {
  const longest = retries === 0 ? 0 : BACKOFF_MILLISECONDS * 2 ** (retries - 1);
  const delay = Math.floor(Math.random() * longest);
  return { getRetryCount: () => retries, getRetryDelay: () => delay, getRetryCost: () => undefined };
}

/** Ends a try whose answer began and does not end: `requestTimeout` waits for its head only. */
const WHOLE_ANSWER_IN_TIME = {
  configure(client: Pick<Extensible, 'httpHandler'>): void {
    const handler = client.httpHandler();
    const handle = handler.handle.bind(handler);
    handler.handle = async (request, options) => {
      const started = performance.now();
      const answer = await handle(request, options);
      const { body } = answer.response;
      const timer = setTimeout(
        () => body.complete || body.destroy(Object.assign(new Error('half an answer'), { name: 'TimeoutError' })),
        Math.max(0, started + TRY_MILLISECONDS - performance.now()),
      );
      body.once('close', () => clearTimeout(timer));
      return answer;
    };
  },
};

/**
 * Settings of every AWS client here. The SDK's defaults wait for minutes, behind a gateway that gives up after 29 seconds
 * and a reader who gives up sooner. However a service fails, one call takes no longer than
 *
 *     3 × 1,250 (tries) + 250 + 500 (waits between them) = 4,500 ms
 *
 * which leaves half a second of the 5 that the authorizer has, and 2.5 of the 25 that generate-url has. That one makes five
 * calls at the most: three looks at an empty object in a bucket with versions, and two puts.
 */
export const CLIENT_SETTINGS = {
  maxAttempts: MAX_TRIES,
  retryStrategy: PROMPT_RETRIES,
  extensions: [WHOLE_ANSWER_IN_TIME],
  requestHandler: {
    connectionTimeout: 1000,
    requestTimeout: TRY_MILLISECONDS,
    // Without this the SDK only writes a warning when the time is up.
    throwOnRequestTimeout: true,
  },
};
