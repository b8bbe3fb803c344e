import type { ThrottleSettings } from 'aws-cdk-lib/aws-apigateway';
import { DEFAULT_THROTTLES } from '../limits';
import { object, type Parser, wholeNumber, withDefault } from './parsers';

/** Throttles by the purpose of the request, with the fields `ratePerSecond` and `burst`. */
export const throttles = object({
  issue: throttle(DEFAULT_THROTTLES.issue),
  open: throttle(DEFAULT_THROTTLES.open),
  manage: throttle(DEFAULT_THROTTLES.manage),
  page: throttle(DEFAULT_THROTTLES.page),
  head: throttle(DEFAULT_THROTTLES.head),
});

function throttle({ rateLimit, burstLimit }: Required<ThrottleSettings>): Parser<ThrottleSettings> {
  // API Gateway accepts 0, and then refuses every request with 429.
  const requests = (number: number) => withDefault(wholeNumber(1, 100_000, 'requests', number), number);
  const fields = object({ ratePerSecond: requests(rateLimit), burst: requests(burstLimit) });
  return (option, value = {}) => {
    const { ratePerSecond, burst } = fields(option, value);
    return { rateLimit: ratePerSecond, burstLimit: burst };
  };
}
