import type { Node } from 'constructs';
import { parseArn } from './arn';

/** The account and region that the stack is deployed to, as far as that is known when it is synthesised. */
export interface DeploymentTarget {
  readonly account?: string | undefined;
  readonly region?: string | undefined;
}

/**
 * What is known of the target once something is named that must be there as well: it has to be in the same account and
 * region as everything else.
 */
export function targetWith(target: DeploymentTarget, arn: string | undefined): DeploymentTarget {
  const { account, region } = parseArn(arn) ?? {};
  return { account: target.account ?? (account || undefined), region: target.region ?? (region || undefined) };
}

/** What is wrong with an option. The message names it and says what to write instead. */
export class OptionError extends Error {
  override readonly name = 'OptionError';

  /**
   * @param option name of the context value, and where in it: `sharedBuckets[1].prefix`.
   * @param problem what is wrong, and what to write instead.
   */
  constructor(option: string, problem: string) {
    super(`context value ${option} ${problem}`);
  }
}

/**
 * Reads a context value. On the command line (`-c`) a list or an object is JSON text, in `cdk.json` it is itself.
 *
 * @returns `undefined` if it is not given.
 */
export function readContext(node: Node, name: string): unknown {
  const value: unknown = node.tryGetContext(name);
  if (typeof value !== 'string' || !/^\s*[[{]/.test(value)) {
    return value;
  }
  try {
    return JSON.parse(value);
  } catch {
    throw new OptionError(name, `is not the JSON that it looks like: quote it for the shell, as in -c '${name}=["…"]'`);
  }
}

/** Reads true or false. Values given by `-c` are strings, those of `cdk.json` are not. */
export function readBoolean(node: Node, name: string, byDefault: boolean): boolean {
  const given = readContext(node, name);
  const value = given === undefined ? byDefault : given;
  switch (value) {
    case false:
    case 'false':
      return false;
    case true:
    case 'true':
      return true;
    default:
      throw new OptionError(name, `must be true or false, for example: -c ${name}=${!byDefault}`);
  }
}

/** Bounds of a number, both included. */
export interface Bounds {
  readonly least: number;
  readonly most: number;
}

/** Reads a number of seconds. */
export function readSeconds(node: Node, name: string, bounds: Bounds & { readonly byDefault: number }): number {
  const { least, most, byDefault } = bounds;
  const given = readContext(node, name);
  const seconds = parseWholeNumber(given === undefined ? byDefault : given, bounds);
  if (seconds === undefined) {
    throw new OptionError(
      name,
      `must be a whole number of seconds from ${least} to ${most}, for example: -c ${name}=${byDefault}`,
    );
  }
  return seconds;
}

/** A whole number within bounds, as itself or in digits; `undefined` for anything else. */
export function parseWholeNumber(value: unknown, { least, most }: Bounds): number | undefined {
  const number = typeof value === 'string' && /^\d{1,9}$/.test(value) ? Number(value) : value;
  const fits = typeof number === 'number' && Number.isInteger(number) && number >= least && number <= most;
  return fits ? number : undefined;
}

/**
 * The fields of an object.
 *
 * @param option where it is, for messages.
 * @throws OptionError if it is no object, or has a field that is not among the known ones.
 */
export function parseFields<Name extends string>(
  option: string,
  value: unknown,
  known: readonly Name[],
): Readonly<Partial<Record<Name, unknown>>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new OptionError(option, `must be an object with ${known.join(', ')}`);
  }
  const unknown = Object.keys(value).find((name) => !known.some((one) => one === name));
  if (unknown !== undefined) {
    throw new OptionError(`${option}.${unknown}`, `is not known: write ${known.join(', ')}`);
  }
  return value as Readonly<Partial<Record<Name, unknown>>>;
}
