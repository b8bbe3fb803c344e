/** The template contains something that the emulator does not support, so the emulator does not start. */
export class UnsupportedTemplateError extends Error {
  override readonly name = 'UnsupportedTemplateError';

  /** @param path path in the template, for example `Resources.LinkApi.Properties.Body` */
  constructor(path: string, problem: string) {
    super(`${path}: ${problem}`);
  }
}

/**
 * An object in the template with its intrinsic functions resolved. Read or ignore every supported field, then call
 * {@link done}, which throws for a field that was neither read nor ignored.
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

  /** Accepts fields that do not change what the emulator does. */
  ignore(...names: readonly string[]): this {
    for (const name of names) {
      this.known.add(name);
    }
    return this;
  }

  /** Accepts one value of a field, or a missing field. @throws UnsupportedTemplateError for any other value */
  only(name: string, accepted: unknown): this {
    const value = this.optional(name);
    if (value !== undefined && JSON.stringify(value) !== JSON.stringify(accepted)) {
      const message = `the local emulator supports only ${JSON.stringify(accepted)}, not ${JSON.stringify(value)}`;
      throw this.error(name, message);
    }
    return this;
  }

  has(name: string): boolean {
    return this.values[name] !== undefined;
  }

  /** A field of any type; `undefined` if it is missing. */
  optional(name: string): unknown {
    this.known.add(name);
    return this.values[name];
  }

  /** @throws UnsupportedTemplateError if the field is missing or not a string */
  string(name: string): string {
    const value = this.optional(name);
    if (typeof value !== 'string') {
      throw this.error(name, 'must be a string');
    }
    return value;
  }

  /** A string; `undefined` if the field is missing. */
  optionalString(name: string): string | undefined {
    return this.optional(name) === undefined ? undefined : this.string(name);
  }

  /** @throws UnsupportedTemplateError if the field is not a number, or is missing without a default */
  number(name: string, defaultValue?: number): number {
    const value = this.optional(name) ?? defaultValue;
    if (typeof value !== 'number') {
      throw this.error(name, 'must be a number');
    }
    return value;
  }

  optionalNumber(name: string): number | undefined {
    return this.optional(name) === undefined ? undefined : this.number(name);
  }

  /** A boolean; the default if the field is missing. */
  boolean(name: string, defaultValue: boolean): boolean {
    const value = this.optional(name) ?? defaultValue;
    if (typeof value !== 'boolean') {
      throw this.error(name, 'must be true or false');
    }
    return value;
  }

  /** A list; empty if the field is missing. */
  list(name: string): readonly unknown[] {
    const value = this.optional(name) ?? [];
    if (!Array.isArray(value)) {
      throw this.error(name, 'must be a list');
    }
    return value;
  }

  /** A list of objects; empty if the field is missing. */
  objects(name: string): readonly Fields[] {
    return this.list(name).map((value, index) => new Fields(`${this.path}.${name}[${index}]`, value));
  }

  /** A nested object; empty if the field is missing. */
  object(name: string): Fields {
    return new Fields(`${this.path}.${name}`, this.optional(name) ?? {});
  }

  /** An object of strings; empty if the field is missing. */
  strings(name: string): Readonly<Record<string, string>> {
    const entries = this.optional(name) ?? {};
    if (!isRecord(entries) || Object.values(entries).some((value) => typeof value !== 'string')) {
      throw this.error(name, 'must be an object of strings');
    }
    return entries as Readonly<Record<string, string>>;
  }

  /** Names of all fields. */
  names(): readonly string[] {
    return Object.keys(this.values);
  }

  /** @throws UnsupportedTemplateError if a field was neither read nor ignored */
  done(): void {
    const unknown = this.names().find((name) => !this.known.has(name));
    if (unknown !== undefined) {
      throw this.error(unknown, 'the local emulator does not support this field');
    }
  }

  /** Creates the error for one field. */
  error(name: string, problem: string): UnsupportedTemplateError {
    return new UnsupportedTemplateError(`${this.path}.${name}`, problem);
  }
}

/** Whether a value is an object, and neither a list nor null. */
export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
