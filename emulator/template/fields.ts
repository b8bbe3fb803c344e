/** The template contains something that the emulator does not support. */
export class UnsupportedTemplateError extends Error {
  override readonly name = 'UnsupportedTemplateError';

  /** @param path path in the template, for example `Resources.LinkApi.Properties.Body` */
  constructor(path: string, problem: string) {
    super(`${path}: ${problem}`);
  }
}

/** Resolves the intrinsic functions in a value. @throws UnsupportedTemplateError */
export type Resolve = (value: unknown, path: string) => unknown;

/** Options of {@link Fields}. */
export interface FieldsOptions {
  /** @default - the value contains no intrinsic functions */
  readonly resolve?: Resolve;
  /** Accepts unknown fields. Nested objects are always strict. @default false */
  readonly lenient?: boolean;
}

/**
 * An object in the template. Resolves the intrinsic functions in a field when the field is read. Read or ignore every
 * supported field, then call {@link done}, which throws for a field that was neither read nor ignored.
 */
export class Fields {
  readonly path: string;
  private readonly values: Readonly<Record<string, unknown>>;
  private readonly resolve: Resolve;
  private readonly lenient: boolean;
  private readonly known = new Set<string>();

  constructor(path: string, value: unknown, { resolve = (one) => one, lenient = false }: FieldsOptions = {}) {
    // An intrinsic function can return the whole object.
    const values = isIntrinsic(value) ? resolve(value, path) : value;
    if (!isRecord(values)) {
      throw new UnsupportedTemplateError(path, 'must be an object');
    }
    this.path = path;
    this.values = values;
    this.resolve = resolve;
    this.lenient = lenient;
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
    return this.resolve(this.raw(name), `${this.path}.${name}`);
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
    const raw = this.raw(name);
    const values: readonly unknown[] = Array.isArray(raw) ? raw : this.list(name);
    return values.map((value, index) => this.nested(`${name}[${index}]`, value));
  }

  /** A nested object; empty if the field is missing. */
  object(name: string): Fields {
    return this.nested(name, this.raw(name) ?? {});
  }

  /** The whole object. */
  value(): unknown {
    return this.resolve(this.values, this.path);
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

  /** @throws UnsupportedTemplateError if a field was neither read nor ignored, unless the object is lenient */
  done(): void {
    const unknown = this.lenient ? undefined : this.names().find((name) => !this.known.has(name));
    if (unknown !== undefined) {
      throw this.error(unknown, 'the local emulator does not support this field');
    }
  }

  /** Creates the error for one field. */
  error(name: string, problem: string): UnsupportedTemplateError {
    return new UnsupportedTemplateError(`${this.path}.${name}`, problem);
  }

  private raw(name: string): unknown {
    this.known.add(name);
    return this.values[name];
  }

  private nested(name: string, value: unknown): Fields {
    return new Fields(`${this.path}.${name}`, value, { resolve: this.resolve });
  }
}

/** Whether a value is a call of an intrinsic function, for example `{ "Ref": "Table" }`. */
export function isIntrinsic(value: unknown): value is Readonly<Record<string, unknown>> {
  const [name, ...others] = isRecord(value) ? Object.keys(value) : [];
  return others.length === 0 && (name === 'Ref' || name?.startsWith('Fn::') === true);
}

/** Whether a value is an object, and neither a list nor null. */
export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
