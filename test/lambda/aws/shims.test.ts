import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { normalizeProvider } from '@smithy/core/client';
import { buildQueryString, escapeUri, HttpRequest } from '@smithy/core/protocols';
import * as serde from '@smithy/core/serde';
import fc from 'fast-check';
import { defaultProvider } from '../../../lambda/aws/shims/credential-provider-node';
import * as eventStreams from '../../../lambda/aws/shims/event-streams';
import * as fileSystem from '../../../lambda/aws/shims/fs-promises';
import * as shim from '../../../lambda/aws/shims/smithy-core';

const names = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.constantFrom('__proto__', 'constructor', 'X-Amz-Date', "!'()*"),
);
const wellFormed = names.filter((text) => !/\p{Surrogate}/u.test(text));
const queries = fc.dictionary(wellFormed, fc.oneof(wellFormed, fc.array(wellFormed, { minLength: 1 })), {
  noNullPrototype: true,
});
const bytes = fc.uint8Array();
/** Bytes in the middle of others, in each shape that they are passed in. */
const shapes = bytes.map((content) => {
  const around = new Uint8Array(content.length + 8);
  around.set(content, 4);
  const view = new DataView(around.buffer, 4, content.length);
  return [content, Buffer.from(content), around.subarray(4, 4 + content.length), view, content.slice().buffer] as const;
});

describe('what stands in for @smithy/core, where nothing but signing uses it', () => {
  test('encodes text and queries in the same way', () => {
    fc.assert(
      fc.property(wellFormed, queries, (text, query) => {
        expect(shim.escapeUri(text)).toBe(escapeUri(text));
        expect(shim.buildQueryString(query)).toBe(buildQueryString(query));
      }),
    );
  });

  test('copies requests in the same way, down to their headers and query', () => {
    const request = { method: 'GET', protocol: 'https:', hostname: 'a.example', path: '/b', headers: { host: 'a' } };
    fc.assert(
      fc.property(queries, (query) => {
        const copy = shim.HttpRequest.clone({ ...request, query });

        const {
          method,
          protocol,
          hostname,
          path,
          headers,
          query: copied,
        } = HttpRequest.clone({ ...request, query } as never);
        expect(copy).toEqual({ method, protocol, hostname, path, headers, query: copied });
        expect(copy.headers).not.toBe(request.headers);
        expect(copy.query).not.toBe(query);
      }),
    );
  });

  test('reads and writes bytes in the same way', () => {
    fc.assert(
      fc.property(names, bytes, shapes, (text, content, inShapes) => {
        expect(Buffer.from(shim.fromUtf8(text))).toEqual(Buffer.from(serde.fromUtf8(text)));
        expect(shim.toHex(content)).toBe(serde.toHex(content));
        expect(Buffer.from(shim.fromHex(serde.toHex(content)))).toEqual(Buffer.from(content));
        for (const shape of inShapes) {
          expect(Buffer.from(shim.toUint8Array(shape))).toEqual(Buffer.from(serde.toUint8Array(shape)));
          expect(shim.isArrayBuffer(shape)).toBe(serde.isArrayBuffer(shape));
        }
      }),
    );
  });

  test('hashes in the same way, with and without a secret', async () => {
    const secrets = fc.option(fc.oneof(wellFormed, bytes), { nil: undefined });
    await fc.assert(
      fc.asyncProperty(secrets, wellFormed, bytes, async (secret, text, content) => {
        const hashes = [new shim.Hash('sha256', secret), new serde.Hash('sha256', secret)];
        const [own, theirs] = await Promise.all(
          hashes.map((hash) => {
            hash.update(text);
            hash.update(content);
            return hash.digest();
          }),
        );
        expect(Buffer.from(own ?? [])).toEqual(Buffer.from(theirs ?? []));
      }),
    );
  });

  test('makes __proto__ a key like any other', () => {
    const [own, theirs]: Record<string, unknown>[] = [{}, {}];
    shim.writeKey(own as object);
    serde.writeKey(theirs as object);

    expect(Object.getOwnPropertyDescriptors(own)).toEqual(Object.getOwnPropertyDescriptors(theirs));
    expect(shim.hasOwn(own as object, '__proto__')).toBe(true);
    expect(shim.hasOwn({}, 'constructor')).toBe(false);
  });

  test('provides what is given, or what a given function provides', async () => {
    for (const provide of [shim.normalizeProvider, normalizeProvider]) {
      expect(await provide('us-east-1')()).toBe('us-east-1');
      expect(await provide(async () => 'eu-west-1')()).toBe('eu-west-1');
    }
  });
});

describe('what stands in for the credential chain', () => {
  const before = { ...process.env };
  afterEach(() => {
    process.env = { ...before };
  });

  test('takes credentials from the environment', async () => {
    const set = { AWS_ACCESS_KEY_ID: 'ASIA', AWS_SECRET_ACCESS_KEY: 'secret', AWS_SESSION_TOKEN: 'token' };
    Object.assign(process.env, set);

    expect(await defaultProvider({})()).toMatchObject({
      accessKeyId: 'ASIA',
      secretAccessKey: 'secret',
      sessionToken: 'token',
    });
  });

  test('once: they stay what they are as long as the process lives', async () => {
    Object.assign(process.env, { AWS_ACCESS_KEY_ID: 'ASIA', AWS_SECRET_ACCESS_KEY: 'secret' });
    const provide = defaultProvider({});
    const first = await provide();

    process.env['AWS_ACCESS_KEY_ID'] = 'another';

    expect(await provide()).toBe(first);
  });

  test('and from nowhere else', async () => {
    process.env = { AWS_PROFILE: 'default' };

    await expect(defaultProvider({})()).rejects.toThrow('environment variable credentials');
  });
});

test('what stands in for the promises of the file system reads a file, and says so if there is none', async () => {
  expect(await fileSystem.readFile(__filename, 'utf8')).toBe(readFileSync(__filename, 'utf8'));
  await expect(fileSystem.readFile(join(__dirname, 'no such file'), 'utf8')).rejects.toMatchObject({ code: 'ENOENT' });
});

test('what stands in for event streams leaves configurations as they are, and says so if one is wanted', () => {
  const configuration = {};

  expect(eventStreams.resolveEventStreamSerdeConfig(configuration)).toBe(configuration);
  expect(() => eventStreams.eventStreamSerdeProvider()).toThrow('not in the bundle');
  expect(() => new eventStreams.EventStreamSerde()).toThrow('not in the bundle');
});
