import type { Throttle } from './api-model';

/**
 * API Gateway's token bucket for a method: starts full, refills at `ratePerSecond`.
 *
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-request-throttling.html
 */
export class TokenBucket {
  private readonly throttle: Throttle;
  private tokens: number;
  private filledAt: Date;

  constructor(throttle: Throttle, now: Date) {
    this.throttle = throttle;
    this.tokens = throttle.burst;
    this.filledAt = now;
  }

  /** Takes a token; `false` if the bucket is empty. */
  take(now: Date): boolean {
    const seconds = Math.max(0, now.getTime() - this.filledAt.getTime()) / 1000;
    this.tokens = Math.min(this.throttle.burst, this.tokens + seconds * this.throttle.ratePerSecond);
    this.filledAt = now;
    if (this.tokens < 1) {
      return false;
    }
    this.tokens -= 1;
    return true;
  }
}
