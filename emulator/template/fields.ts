/** Something in the template that the emulator does not know. It stops the emulator: guessing would test what is not deployed. */
export class UnsupportedTemplateError extends Error {
  override readonly name = 'UnsupportedTemplateError';

  /** @param path where in the template, for example `Resources.LinkApi.Properties.Body`. */
  constructor(path: string, problem: string) {
    super(`${path}: ${problem}`);
  }
}

/**
 * One object of the template, with its intrinsic functions resolved. Whoever reads it names every field that it knows and
 * then says {@link done}: a field that nobody named stops the emulator.
 */
export class Fields {
  readonly path: string;
  private readonly values: Readonly<Record<string, unknown>>;
  private readonly known = new Set<string>();

  constructor(path: string, value: unknown) {
    if (!isRecord(value)) {
      throw new UnsupportedTemplateError(path, 'must be an object');
    }
    this.path = path;
    this.values = value;
  }

  /** Marks fields that change nothing about what the emulator does. */
  ignore(...names: readonly string[]): this {
    for (const name of names) {
      this.known.add(name);
    }
    return this;
  }

  /** Accepts the one value of a field that the emulator behaves like; the field may also be missing. */
  only(name: string, ...accepted: readonly unknown[]): this {
    const value = this.optional(name);
    if (value !== undefined && !accepted.some((one) => JSON.stringify(one) === JSON.stringify(value))) {
      const wanted = accepted.map((one) => JSON.stringify(one)).join(' or ');
      throw this.problem(name, `the local emulator supports ${wanted} only, not ${JSON.stringify(value)}`);
    }
    return this;
  }

  /** Whether a field is there. */
  has(name: string): boolean {
    return this.values[name] !== undefined;
  }

  /** A field of any type; `undefined` if it is missing. */
  optional(name: string): unknown {
    this.known.add(name);
    return this.values[name];
  }

  /** @throws UnsupportedTemplateError if the field is missing or no string. */
  string(name: string): string {
    const value = this.optional(name);
    if (typeof value !== 'string') {
      throw this.problem(name, 'must be a string');
    }
    return value;
  }

  /** A string; `undefined` if the field is missing. */
  optionalString(name: string): string | undefined {
    return this.optional(name) === undefined ? undefined : this.string(name);
  }

  /** @throws UnsupportedTemplateError if the field is no number, or missing without a default. */
  number(name: string, byDefault?: number): number {
    const value = this.optional(name) ?? byDefault;
    if (typeof value !== 'number') {
      throw this.problem(name, 'must be a number');
    }
    return value;
  }

  /** A boolean; the default if the field is missing. */
  boolean(name: string, byDefault: boolean): boolean {
    const value = this.optional(name) ?? byDefault;
    if (typeof value !== 'boolean') {
      throw this.problem(name, 'must be true or false');
    }
    return value;
  }

  /** A list; empty if the field is missing. */
  list(name: string): readonly unknown[] {
    const value = this.optional(name) ?? [];
    if (!Array.isArray(value)) {
      throw this.problem(name, 'must be a list');
    }
    return value;
  }

  /** A list of objects. */
  objects(name: string): readonly Fields[] {
    return this.list(name).map((value, index) => new Fields(`${this.path}.${name}[${index}]`, value));
  }

  /** A nested object; an empty one if the field is missing. */
  object(name: string): Fields {
    return new Fields(`${this.path}.${name}`, this.optional(name) ?? {});
  }

  /** An object whose values are all strings; empty if the field is missing. */
  strings(name: string): Readonly<Record<string, string>> {
    const entries = this.optional(name) ?? {};
    if (!isRecord(entries) || Object.values(entries).some((value) => typeof value !== 'string')) {
      throw this.problem(name, 'must be an object of strings');
    }
    return entries as Readonly<Record<string, string>>;
  }

  /** Names of all fields. */
  names(): readonly string[] {
    return Object.keys(this.values);
  }

  /** @throws UnsupportedTemplateError if there is a field that was not named. */
  done(): void {
    const unknown = this.names().find((name) => !this.known.has(name));
    if (unknown !== undefined) {
      throw this.problem(unknown, 'the local emulator does not know this field');
    }
  }

  /** An error about one field, for the caller to throw. */
  problem(name: string, problem: string): UnsupportedTemplateError {
    return new UnsupportedTemplateError(`${this.path}.${name}`, problem);
  }
}

/** Whether a value is an object with fields, and neither a list nor null. */
export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
