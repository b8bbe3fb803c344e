import type { Readable } from 'node:stream';

/**
 * Settings of every AWS client. Without them the SDK waits for minutes. A silent or stalled attempt ends after 1.25 s, so
 * three attempts and the waits between them (0.05 and 0.1 s at most) take 3.9 s. {@link withDeadline} bounds the rest:
 * responses that dribble, waits after throttling (1 and 2 s at most), `x-amz-retry-after` (up to 5 s more each).
 */
export const CLIENT_SETTINGS = {
  maxAttempts: 3,
  requestHandler: {
    connectionTimeout: 1_000,
    /** Longest time without a byte sent or received. */
    socketTimeout: 1_250,
  },
  /** Reads the body of a response. The SDK's own way takes 13 % of a warm call. */
  streamCollector: async (body: Readable) => Buffer.concat(await body.toArray()),
};

/** Leaves the authorizer, with its timeout of 5 s, half a second to answer. */
const CALL_MILLISECONDS = 4_500;

/**
 * Ends a call after a time, its attempts, its waits and the reading of the response included. `AbortSignal.timeout` would
 * leave a timer behind after every call.
 *
 * @throws AbortError when the time is up.
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
