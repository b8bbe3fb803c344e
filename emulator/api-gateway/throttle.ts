import type { Throttle } from './api-model';

/**
 * A token bucket, as API Gateway keeps one for each method: full at first, it loses a token a request and gains
 * `ratePerSecond` a second.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-request-throttling.html
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

  /** Takes a token; `false` if there is none. */
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
