import { type CompleteThrottles, DEFAULT_THROTTLES } from '../limits';
import { object, type Parser, wholeNumber, withDefault } from './parsers';

/** Throttles by the purpose of the request. */
export const throttles = object({
  /** `POST /generate-url` */
  issue: throttle(DEFAULT_THROTTLES.issue),
  /** `GET` and `POST /access-object` */
  open: throttle(DEFAULT_THROTTLES.open),
  /** `GET` and `DELETE /links/{link_id}` */
  manage: throttle(DEFAULT_THROTTLES.manage),
  /** `GET /open-link`, the click-through page */
  page: throttle(DEFAULT_THROTTLES.page),
  /** `HEAD` of `/access-object` and `/open-link` */
  head: throttle(DEFAULT_THROTTLES.head),
});

export type Throttles = ReturnType<typeof throttles>;

function throttle({ rateLimit, burstLimit }: CompleteThrottles['issue']) {
  // API Gateway accepts 0, and then refuses every request with 429.
  const requests = (number: number): Parser<number> => withDefault(wholeNumber(1, 100_000, 'requests', number), number);
  return withDefault(object({ ratePerSecond: requests(rateLimit), burst: requests(burstLimit) }), {});
}
