/**
 * Stands in for the three modules of `@smithy/core` that signing takes something from, in a bundle that nothing else of them
 * is in. Each is a long list of names, with code that runs as it loads; a bundler has to keep all of that in what loads
 * late. The test beside the others of this folder compares each of these with the SDK's own.
 */
import { createHash, createHmac } from 'node:crypto';
import { isArrayBuffer } from 'node:util/types';

type Bytes = string | ArrayBuffer | ArrayBufferView;
type Query = Readonly<Record<string, string | readonly string[] | null>>;

// Of `@smithy/core/client`.

export function normalizeProvider<T>(input: T | (() => Promise<T>)): () => Promise<T> {
  return typeof input === 'function' ? (input as () => Promise<T>) : async () => input;
}

// Of `@smithy/core/protocols`.

/** Percent-encodes all but the unreserved characters (RFC 3986, section 2.3). */
export function escapeUri(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
}

export function buildQueryString(query: Query): string {
  return Object.keys(query)
    .sort()
    .flatMap((name) => [query[name] ?? ''].flat().map((value) => `${escapeUri(name)}=${escapeUri(value)}`))
    .join('&');
}

export const HttpRequest = {
  clone<Request extends { readonly headers: object; readonly query?: object }>(request: Request): Request {
    return { ...request, headers: { ...request.headers }, query: { ...request.query } };
  },
};

// Of `@smithy/core/serde`.

export { isArrayBuffer, toUint8Array as fromUtf8 };
export const { hasOwn } = Object;

/** Makes `__proto__` a key of the object like any other. */
export function writeKey(object: object): void {
  const value = undefined;
  Object.defineProperty(object, '__proto__', { value, writable: true, enumerable: true, configurable: true });
}

export function toUint8Array(bytes: Bytes): Uint8Array {
  if (typeof bytes === 'string') {
    return Buffer.from(bytes);
  }
  return ArrayBuffer.isView(bytes)
    ? new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    : new Uint8Array(bytes);
}

export function toHex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}

export function fromHex(hex: string): Uint8Array {
  return Buffer.from(hex, 'hex');
}

/** A hash, or an HMAC where there is a secret. */
export class Hash {
  private readonly hash: { update(bytes: Uint8Array): unknown; digest(): Uint8Array };

  constructor(algorithm: string, secret?: Bytes) {
    this.hash = secret ? createHmac(algorithm, toUint8Array(secret)) : createHash(algorithm);
  }

  update(bytes: Bytes): void {
    this.hash.update(toUint8Array(bytes));
  }

  async digest(): Promise<Uint8Array> {
    return this.hash.digest();
  }
}
