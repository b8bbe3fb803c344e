/** A wrong option. The message names the option, says what is wrong and what to write. */
export class OptionError extends Error {
  override readonly name = 'OptionError';

  /** @param option name of the option, and the place in it: `existingBuckets[1].prefix`. */
  constructor(option: string, problem: string) {
    super(`Option ${option}: ${problem}`);
  }
}

/**
 * Checks a value from the context, where `-c` gives strings and `cdk.json` gives any JSON.
 *
 * @param option name for messages.
 * @throws OptionError
 */
export type Parser<T> = (option: string, value: unknown) => T;

/**
 * The error for a value that is not what its option expects.
 *
 * @param example a right value, as `cdk.json` has it.
 */
function invalid(option: string, value: unknown, expected: string, example: unknown): OptionError {
  const problem = value === undefined ? 'missing' : `${JSON.stringify(value)} is not ${expected}`;
  return new OptionError(option, `${problem}. Write, for example: ${JSON.stringify(example)}`);
}

/** Text that matches a pattern. */
export function text(pattern: Pick<RegExp, 'test'>, expected: string, example: string): Parser<string> {
  return (option, value) => {
    if (typeof value !== 'string' || !pattern.test(value)) {
      throw invalid(option, value, expected, example);
    }
    return value;
  };
}

/** Nothing else is taken for false: `retainData=yes` would lose data. */
export function boolean(example: boolean): Parser<boolean> {
  return (option, value) => {
    if (![true, false, 'true', 'false'].some((known) => known === value)) {
      throw invalid(option, value, 'true or false', example);
    }
    return String(value) === 'true';
  };
}

/** A whole number, bounds included. */
export function wholeNumber(min: number, max: number, unit: string, example: number): Parser<number> {
  return (option, value) => {
    const number = typeof value === 'string' && /^\d{1,9}$/.test(value) ? Number(value) : value;
    if (typeof number !== 'number' || !Number.isInteger(number) || number < min || number > max) {
      throw invalid(option, value, `a whole number of ${unit} from ${min} to ${max}`, example);
    }
    return number;
  };
}

/** A list, in JSON. */
export function list<T>(item: Parser<T>, example: readonly unknown[]): Parser<readonly T[]> {
  return (option, value) => {
    if (!Array.isArray(value)) {
      throw invalid(option, value, 'a list', example);
    }
    return value.map((entry: unknown, index) => item(`${option}[${index}]`, entry));
  };
}

type Parsed<Fields extends Readonly<Record<string, Parser<unknown>>>> = {
  readonly [Name in keyof Fields]: ReturnType<Fields[Name]>;
};

/** An object. Unknown fields are refused: without its mistyped prefix, a bucket would be shared whole. */
export function object<Fields extends Readonly<Record<string, Parser<unknown>>>>(
  fields: Fields,
): Parser<Parsed<Fields>> {
  return (option, value) => {
    const names = Object.keys(fields).join(', ');
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      throw new OptionError(option, `${JSON.stringify(value)} is not an object. Write one with the fields ${names}`);
    }
    const given = new Map<string, unknown>(Object.entries(value));
    const unknown = [...given.keys()].find((name) => !Object.hasOwn(fields, name));
    if (unknown !== undefined) {
      throw new OptionError(`${option}.${unknown}`, `there is no such field. Write one of ${names}`);
    }
    return Object.fromEntries(
      Object.entries(fields).map(([name, parse]) => [name, parse(`${option}.${name}`, given.get(name))]),
    ) as Parsed<Fields>;
  };
}

/** A value that may be absent. */
export function optional<T>(parse: Parser<T>): Parser<T | undefined> {
  return (option, value) => (value === undefined ? undefined : parse(option, value));
}

/** A value with a default. */
export function withDefault<T>(parse: Parser<T>, defaultValue: unknown): Parser<T> {
  return (option, value) => parse(option, value === undefined ? defaultValue : value);
}
