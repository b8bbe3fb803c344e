import { type Bounds, OptionError, parseWholeNumber } from './context';

/** Fewer would themselves cost links as soon as some are opened at once; more no account has without asking for years. */
const EXECUTIONS: Bounds = { least: 20, most: 100_000 };

/** @throws OptionError that says what to write instead. */
export function parseReservedConcurrency(option: string, value: unknown): number | undefined {
  const executions = parseWholeNumber(value, EXECUTIONS);
  if (value !== undefined && executions === undefined) {
    throw new OptionError(
      option,
      `must be a whole number of executions from ${EXECUTIONS.least} to ${EXECUTIONS.most}, for example: -c ${option}=200`,
    );
  }
  return executions;
}
