import { type Bounds, OptionError, parseFields, parseWholeNumber } from './context';

/** Token bucket of a method. https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-request-throttling.html */
export interface Throttle {
  /** Requests a second that are let through in the long run. */
  readonly ratePerSecond: number;
  /** Requests that may come at once. */
  readonly burst: number;
}

/** Throttles by what a request is for. Each method has a bucket of its own. */
export interface Throttles {
  /** Asking for links. */
  readonly issue: Throttle;
  /** Opening them: `GET` and `POST`, each. */
  readonly open: Throttle;
  /** Looking links up and revoking them, each. */
  readonly manage: Throttle;
  /** The click-through page. */
  readonly page: Throttle;
  /** `HEAD` of either address, each. */
  readonly head: Throttle;
}

const OPTION = 'throttles';

/** The account's own limit is shared by all its APIs, 10,000 a second by default: none may take it whole. */
const DEFAULTS: Throttles = {
  issue: { ratePerSecond: 100, burst: 200 },
  open: { ratePerSecond: 1000, burst: 2000 },
  manage: { ratePerSecond: 100, burst: 200 },
  page: { ratePerSecond: 1000, burst: 2000 },
  head: { ratePerSecond: 100, burst: 200 },
};

/** None lets nobody in; more than the most is beyond the quota of any account that is not a rare exception. */
const BOUNDS: Bounds = { least: 1, most: 100_000 };

/**
 * Reads the throttles. What is not given is as it is by default.
 *
 * @param value an object of objects with `ratePerSecond` and `burst`; `undefined` is an empty one.
 * @throws OptionError that names the number and says what to write instead.
 */
export function parseThrottles(value: unknown): Throttles {
  const fields = parseFields(OPTION, value === undefined ? {} : value, ['issue', 'open', 'manage', 'page', 'head']);
  return {
    issue: parseThrottle(`${OPTION}.issue`, fields.issue, DEFAULTS.issue),
    open: parseThrottle(`${OPTION}.open`, fields.open, DEFAULTS.open),
    manage: parseThrottle(`${OPTION}.manage`, fields.manage, DEFAULTS.manage),
    page: parseThrottle(`${OPTION}.page`, fields.page, DEFAULTS.page),
    head: parseThrottle(`${OPTION}.head`, fields.head, DEFAULTS.head),
  };
}

function parseThrottle(option: string, value: unknown, byDefault: Throttle): Throttle {
  const { ratePerSecond, burst } = parseFields(option, value === undefined ? {} : value, ['ratePerSecond', 'burst']);
  return {
    ratePerSecond: parseRequests(`${option}.ratePerSecond`, ratePerSecond, byDefault.ratePerSecond),
    burst: parseRequests(`${option}.burst`, burst, byDefault.burst),
  };
}

function parseRequests(option: string, value: unknown, byDefault: number): number {
  const requests = value === undefined ? byDefault : parseWholeNumber(value, BOUNDS);
  if (requests === undefined) {
    throw new OptionError(
      option,
      `must be a whole number of requests from ${BOUNDS.least} to ${BOUNDS.most}, such as ${byDefault}`,
    );
  }
  return requests;
}
