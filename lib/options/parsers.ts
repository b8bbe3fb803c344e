/** An invalid option. The message contains the name of the option, the problem and the fix. */
export class OptionError extends Error {
  override readonly name = 'OptionError';

  /** @param option name of the option, or path in it: `existingBuckets[1].prefix`. */
  constructor(option: string, problem: string) {
    super(`Option ${option}: ${problem}`);
  }
}

/**
 * Checks a context value: a string from `-c`, or any JSON value from `cdk.json`.
 *
 * @param option name of the option, for messages.
 * @throws OptionError
 */
export type Parser<T> = (option: string, value: unknown) => T;

/**
 * Creates the error for an invalid value.
 *
 * @param example a valid value, as in `cdk.json`.
 */
function invalid(option: string, value: unknown, expected: string, example: unknown): OptionError {
  const problem = value === undefined ? 'missing' : `${JSON.stringify(value)} is not ${expected}`;
  return new OptionError(option, `${problem}. Example: ${JSON.stringify(example)}`);
}

/** Parses text that matches a regular expression. */
export function text(pattern: Pick<RegExp, 'test'>, expected: string, example: string): Parser<string> {
  return (option, value) => {
    if (typeof value !== 'string' || !pattern.test(value)) {
      throw invalid(option, value, expected, example);
    }
    return value;
  };
}

/** Parses `true` or `false`. Any other value is an error: if `retainData=yes` counted as false, data could be lost. */
export function boolean(example: boolean): Parser<boolean> {
  return (option, value) => {
    if (![true, false, 'true', 'false'].some((known) => known === value)) {
      throw invalid(option, value, 'true or false', example);
    }
    return String(value) === 'true';
  };
}

/** Parses one of several words. */
export function oneOf<Word extends string>(words: readonly [Word, ...Word[]]): Parser<Word> {
  return (option, value) => {
    const word = words.find((known) => known === value);
    if (word === undefined) {
      throw invalid(option, value, `one of ${words.join(', ')}`, words[0]);
    }
    return word;
  };
}

/** Parses a whole number from `min` to `max`, inclusive. */
export function wholeNumber(min: number, max: number, unit: string, example: number): Parser<number> {
  return (option, value) => {
    const number = typeof value === 'string' && /^\d{1,9}$/.test(value) ? Number(value) : value;
    if (typeof number !== 'number' || !Number.isInteger(number) || number < min || number > max) {
      throw invalid(option, value, `a whole number of ${unit} from ${min} to ${max}`, example);
    }
    return number;
  };
}

/** Parses a list. */
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

/**
 * Parses an object. Unknown fields are errors: if a mistyped `prefix` were ignored, the whole bucket would be shared.
 */
export function object<Fields extends Readonly<Record<string, Parser<unknown>>>>(
  fields: Fields,
): Parser<Parsed<Fields>> {
  return (option, value) => {
    const names = Object.keys(fields).join(', ');
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      throw new OptionError(option, `${JSON.stringify(value)} is not an object. Use one with the fields ${names}`);
    }
    const given = new Map<string, unknown>(Object.entries(value));
    const unknown = [...given.keys()].find((name) => !Object.hasOwn(fields, name));
    if (unknown !== undefined) {
      throw new OptionError(`${option}.${unknown}`, `there is no such field. Use one of ${names}`);
    }
    return Object.fromEntries(
      Object.entries(fields).map(([name, parse]) => [name, parse(`${option}.${name}`, given.get(name))]),
    ) as Parsed<Fields>;
  };
}

/** Makes a value optional. */
export function optional<T>(parse: Parser<T>): Parser<T | undefined> {
  return (option, value) => (value === undefined ? undefined : parse(option, value));
}

/** Adds a default. */
export function withDefault<T>(parse: Parser<T>, defaultValue: unknown): Parser<T> {
  return (option, value) => parse(option, value === undefined ? defaultValue : value);
}
