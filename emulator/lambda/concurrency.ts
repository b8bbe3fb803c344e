/** Executions that may run at the same time. */
export class ConcurrencyLimit {
  private running = 0;
  private readonly max: number;

  constructor(max: number) {
    this.max = max;
  }

  /** Starts an execution; `false` if it is throttled. */
  start(): boolean {
    if (this.running >= this.max) {
      return false;
    }
    this.running++;
    return true;
  }

  /** Ends an execution. */
  end(): void {
    this.running--;
  }
}

/** Lambda's default quota of concurrent executions, per account and Region. */
const DEFAULT_ACCOUNT_CONCURRENCY = 1000;

/** A function's reservation, if it has one. */
interface Reservation {
  readonly reservedConcurrency?: number;
}

/**
 * Divides the account's concurrent executions: a function with a reservation has exactly that many, and the others
 * share the rest. Unlike Lambda, accepts reservations that leave fewer than 100 executions for the others.
 *
 * @returns the limit of each function.
 * @see https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html
 */
export function concurrencyLimits<T extends Reservation>(
  functions: readonly T[],
  accountConcurrency = DEFAULT_ACCOUNT_CONCURRENCY,
): (fn: T) => ConcurrencyLimit {
  const reserved = functions.reduce((sum, { reservedConcurrency = 0 }) => sum + reservedConcurrency, 0);
  const shared = new ConcurrencyLimit(accountConcurrency - reserved);
  return ({ reservedConcurrency }) =>
    reservedConcurrency === undefined ? shared : new ConcurrencyLimit(reservedConcurrency);
}
