import type { Readable } from 'node:stream';

/**
 * Settings of every AWS client. With the SDK's defaults, a call can wait for minutes. A silent or stalled attempt ends
 * after 1.25 s, so three attempts and the waits between them (at most 0.05 s and 0.1 s) take 3.9 s. {@link
 * withDeadline} limits everything else: slow responses, waits after throttling (at most 1 s and 2 s),
 * `x-amz-retry-after` (up to 5 s more each).
 */
export const CLIENT_SETTINGS = {
  maxAttempts: 3,
  requestHandler: {
    connectionTimeout: 1_000,
    /** Longest time without a byte sent or received. */
    socketTimeout: 1_250,
  },
  /** Reads the body of a response. The SDK's own collector takes 13% of a warm call. */
  streamCollector: async (body: Readable) => Buffer.concat(await body.toArray()),
};

/** Leaves the authorizer half a second of its 5 s timeout to respond. */
const CALL_MILLISECONDS = 4_500;

/**
 * Aborts a call after a time limit that covers all attempts, the waits between them and reading the response.
 * `AbortSignal.timeout` would leave a timer behind after every call.
 *
 * @throws AbortError when the time limit is reached.
 */
export async function withDeadline<T>(
  call: (options: { readonly abortSignal: AbortSignal }) => Promise<T>,
  milliseconds = CALL_MILLISECONDS,
): Promise<T> {
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(), milliseconds);
  try {
    return await call({ abortSignal: controller.signal });
  } finally {
    clearTimeout(timer);
  }
}
