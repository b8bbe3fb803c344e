import type { Readable } from 'node:stream';
import { NodeHttpHandler } from '@smithy/node-http-handler';

/** Longest time that an idle connection is kept for the next call. */
const MAX_IDLE_MILLISECONDS = 10_000;

/**
 * Reuses connections, except those that were idle for more than 10 seconds. Lambda freezes the process between invocations,
 * and a connection can end meanwhile without the process noticing. A request on it would be lost, and the response to its
 * retry would be ambiguous. The age is compared when a connection is needed, because timers do not run while frozen.
 */
class FreshConnectionHandler extends NodeHttpHandler {
  private usedAt = 0;

  override async handle(...request: Parameters<NodeHttpHandler['handle']>): ReturnType<NodeHttpHandler['handle']> {
    if (Date.now() - this.usedAt > MAX_IDLE_MILLISECONDS) {
      this.destroy();
    }
    this.usedAt = Date.now();
    try {
      return await super.handle(...request);
    } finally {
      this.usedAt = Date.now();
    }
  }
}

/** Time limits of a connection. */
export const TIMEOUTS = {
  connectionTimeout: 1_000,
  /** Longest time without a byte sent or received. */
  socketTimeout: 1_250,
} as const;

/**
 * Returns the settings of every AWS client. With the SDK's defaults, a call can wait for minutes. A silent or stalled attempt ends
 * after 1.25 s, so three attempts and the waits between them (at most 0.05 s and 0.1 s) take 3.9 s. {@link
 * withDeadline} limits everything else: slow responses, waits after throttling (at most 1 s and 2 s),
 * `x-amz-retry-after` (up to 5 s more each).
 */
export function clientSettings() {
  return {
    maxAttempts: 3,
    // One per client, because a connection belongs to a host.
    requestHandler: new FreshConnectionHandler(TIMEOUTS),
    /** Reads the body of a response. The SDK's own collector takes 13% of a warm call. */
    streamCollector: async (body: Readable) => Buffer.concat(await body.toArray()),
  };
}

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
