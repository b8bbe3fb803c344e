/**
 * Settings of every AWS client. Without them the SDK waits for minutes. A silent or stalled attempt ends after 1.25 s, so
 * three attempts and the waits between them (0.05 and 0.1 s at most) take 3.9 s. {@link deadline} bounds the rest:
 * responses that dribble, waits after throttling (1 and 2 s at most), `x-amz-retry-after` (up to 5 s more each).
 */
export const CLIENT_SETTINGS = {
  maxAttempts: 3,
  requestHandler: {
    connectionTimeout: 1_000,
    /** Longest time without a byte sent or received. */
    socketTimeout: 1_250,
  },
};

/** Leaves the authorizer, with its timeout of 5 s, half a second to answer. */
export const CALL_MILLISECONDS = 4_500;

/**
 * Option of `send` that ends a call, its attempts, its waits and the reading of the response included.
 *
 * @throws AbortError from `send` when the time is up.
 */
export function deadline(milliseconds = CALL_MILLISECONDS): { readonly abortSignal: AbortSignal } {
  return { abortSignal: AbortSignal.timeout(milliseconds) };
}
