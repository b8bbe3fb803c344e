import { object, type Parser, wholeNumber, withDefault } from './parsers';

/**
 * Throttles by the purpose of the request; each method has a token bucket of its own. The defaults stay well below 10,000
 * requests per second, the quota that all APIs of an account share.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-request-throttling.html
 */
export const throttles = object({
  /** `POST /generate-url` */
  issue: throttle(100, 200),
  /** `GET` and `POST /access-object` */
  open: throttle(1000, 2000),
  /** `GET` and `DELETE /links/{link_id}` */
  manage: throttle(100, 200),
  /** `GET /open-link`, the click-through page */
  page: throttle(1000, 2000),
  /** `HEAD` of `/access-object` and `/open-link` */
  head: throttle(100, 200),
});

export type Throttles = ReturnType<typeof throttles>;
export type Throttle = Throttles[keyof Throttles];

function throttle(ratePerSecond: number, burst: number) {
  // API Gateway accepts 0, and then refuses every request with 429.
  const requests = (number: number): Parser<number> => withDefault(wholeNumber(1, 100_000, 'requests', number), number);
  return withDefault(object({ ratePerSecond: requests(ratePerSecond), burst: requests(burst) }), {});
}
