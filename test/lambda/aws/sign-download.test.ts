import { GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { HttpRequest } from '@smithy/core/protocols';
import fc from 'fast-check';
import type { Signer } from '../../../lambda/aws/presign';
import { signDownload } from '../../../lambda/aws/sign-download';
import { responseOverrides } from '../../../lambda/link/content-disposition';
import type { ObjectAddress, Validity } from '../../../lambda/link/destination';
import { inlineType } from '../../../lambda/link/inline-type';
import { linkIdOf } from '../../../lambda/link/nonce';
import { SCALE } from '../../support/scale';
import { type BucketEngine, ROLE, ROLE_CREDENTIALS, startBuckets } from '../support/engines';
import { nonceNumber, sessionToken } from '../support/samples';

const LINK_ID = linkIdOf(nonceNumber(0));
const EMULATOR = 'http://127.0.0.1:4581';
/** Regions of three partitions. Each has one client, because creating clients is slow. */
const REGIONS = ['us-east-1', 'eu-central-1', 'ap-southeast-7', 'us-gov-west-1', 'cn-north-1'];
const CREDENTIALS = { accessKeyId: 'ASIAROLE', secretAccessKey: 'secret/+key=' };
let credentials: Signer['credentials'] = CREDENTIALS;
const clients = new Map<string, S3Client>();
afterAll(() => {
  for (const client of clients.values()) {
    client.destroy();
  }
});

function clientFor(region: string, endpoint: string | undefined): S3Client {
  const id = `${region} ${endpoint}`;
  const client =
    clients.get(id) ??
    new S3Client({
      region,
      // Expired, so that the presigner requests them again for each URL.
      credentials: async () => ({ ...credentials, expiration: new Date(0) }),
      ...(endpoint !== undefined && { endpoint }),
      requestChecksumCalculation: 'WHEN_REQUIRED',
      responseChecksumValidation: 'WHEN_REQUIRED',
    });
  clients.set(id, client);
  return client;
}

/** Presigns with the S3 client's own presigner. */
async function presign(client: S3Client, object: ObjectAddress, { expiresInSeconds, now }: Validity): Promise<string> {
  const overrides = responseOverrides(object);
  const command = new GetObjectCommand({
    Bucket: object.bucketName,
    Key: object.objectName,
    VersionId: object.versionId,
    ResponseContentDisposition: overrides['response-content-disposition'],
    ResponseContentType: overrides['response-content-type'],
  });
  command.middlewareStack.add(
    (next) => async (args) => {
      if (HttpRequest.isInstance(args.request)) {
        args.request.query['x-link-id'] = LINK_ID;
      }
      return await next(args);
    },
    { step: 'build' },
  );
  return await getSignedUrl(client, command, { expiresIn: expiresInSeconds, signingDate: now });
}

/** The URL that we sign, and the one from the S3 client's own presigner. */
async function bothUrls(object: ObjectAddress, now = new Date(), expiresInSeconds = 60, endpoint?: string) {
  const urlSuffix = object.region.startsWith('cn-') ? 'amazonaws.com.cn' : 'amazonaws.com';
  const validity = { now, expiresInSeconds };
  const ours = await signDownload(object, LINK_ID, { urlSuffix, endpoint, credentials }, validity);
  return { ours, theirs: await presign(clientFor(object.region, endpoint), object, validity) };
}

const bucketNames = fc.oneof(
  fc
    .stringMatching(/^[a-z0-9][a-z0-9-]{1,30}[a-z0-9]$/)
    .filter((name) => !/^xn--|--(?:ol|x|table)-s3$|-s3alias$/.test(name)),
  fc.stringMatching(/^[a-z][a-z0-9]{2,9}\.[a-z0-9]{1,9}(?:\.[a-z0-9]{1,9})?$/),
  fc.constantFrom('b'.repeat(63), 'abc', '123', 'my.bucket', 'www.example.com', 'a-b.c-d'),
);
const characters = fc.oneof(
  fc.string({ unit: 'binary', minLength: 1, maxLength: 4 }),
  fc.string({ unit: 'grapheme-ascii', minLength: 1, maxLength: 4 }),
  fc.constantFrom(...['//', '%2F', '%00', '\0', '\n', '语', '📦', ..."/ +%?#&='()*!~"]),
);
const keys = fc
  .oneof(fc.string({ unit: characters, minLength: 1, maxLength: 40 }), fc.constant(`${'€'.repeat(341)}x`))
  .filter((key) => !/\p{Surrogate}|(?:^|\/)\.{1,2}(?:\/|$)/u.test(key));
const fileNames = fc
  .string({ unit: characters, minLength: 1, maxLength: 20 })
  .map((name) => name.replace(/[\p{Cc}/\\]/gu, '_'))
  .filter((name) => !/\p{Surrogate}/u.test(name));
const versionIds = fc.oneof(fc.constant('null'), fc.stringMatching(/^[\x21-\x7e]{1,40}$/));
const addresses = fc
  .record(
    {
      bucketName: bucketNames,
      region: fc.constantFrom(...REGIONS),
      objectName: keys,
      versionId: versionIds,
      downloadAs: fileNames,
      inlineAs: fc.constantFrom(inlineType('image/png'), inlineType('text/plain; charset=utf-8')),
    },
    { requiredKeys: ['bucketName', 'region', 'objectName'] },
  )
  // Optional fields are absent, not undefined.
  .map((address) => address as ObjectAddress);
const sessions = fc
  .tuple(fc.integer({ min: 100, max: 1_300 }), fc.nat())
  .map((parameters) => sessionToken(...parameters));
const times = fc.date({ min: new Date('2026-01-01'), max: new Date('2099-12-31'), noInvalidDate: true });

test('a URL signed without the S3 client equals the URL from the SDK’s presigner', async () => {
  const property = fc.asyncProperty(
    addresses,
    fc.option(sessions),
    times,
    fc.constantFrom(5, 60, 900),
    fc.constantFrom(undefined, undefined, EMULATOR),
    async (object, session, now, expiresInSeconds, endpoint) => {
      // The S3 client mistakes some bucket names with dots for IP addresses and rejects them.
      fc.pre(endpoint === undefined || !object.bucketName.includes('.'));
      credentials = { ...CREDENTIALS, ...(session !== null && { sessionToken: session }) };
      const { ours, theirs } = await bothUrls(object, now, expiresInSeconds, endpoint);
      expect(ours).toBe(theirs);
    },
  );
  await fc.assert(property, { numRuns: 80 * SCALE });
});

test.each([
  ['shared-bucket', 'eu-west-1', 'https://shared-bucket.s3.eu-west-1.amazonaws.com/S3.png'],
  ['www.example.com', 'us-east-1', 'https://s3.us-east-1.amazonaws.com/www.example.com/S3.png'],
  ['shared-bucket', 'cn-north-1', 'https://shared-bucket.s3.cn-north-1.amazonaws.com.cn/S3.png'],
])('bucket %s in %s is addressed as %s', async (bucketName, region, address) => {
  const { ours } = await bothUrls({ bucketName, region, objectName: 'S3.png' });

  expect(ours.split('?')[0]).toBe(address);
});

test('a signed URL downloads the version, under the file name, until it expires', async () => {
  const buckets = await startBuckets();
  try {
    const s3 = buckets.connect(ROLE);
    const object = { Bucket: 'versioned', Key: 'a folder/日本語 (1).txt' };
    const { VersionId: versionId = '' } = await s3.send(new PutObjectCommand({ ...object, Body: 'first' }));
    await s3.send(new PutObjectCommand({ ...object, Body: 'second' }));
    const url = await signDownload(
      { bucketName: object.Bucket, region: 'us-east-1', objectName: object.Key, versionId, downloadAs: 'größe.txt' },
      LINK_ID,
      { urlSuffix: 'amazonaws.com', endpoint: buckets.endpoint, credentials: ROLE_CREDENTIALS },
      { expiresInSeconds: 60, now: new Date('2026-11-22T08:15:00.900Z') },
    );

    buckets.setClock(new Date('2026-11-22T08:15:59Z'));
    const response = await fetch(url);
    expect([response.status, await response.text()]).toEqual([200, 'first']);
    expect(response.headers.get('content-disposition')).toBe(
      `attachment; filename="gr__e.txt"; filename*=UTF-8''gr%C3%B6%C3%9Fe.txt`,
    );
    buckets.setClock(new Date('2026-11-22T08:16:01Z'));
    expect((await fetch(url)).status).toBe(403);
  } finally {
    await buckets.close();
  }
});

describe('a signed URL in a bucket', () => {
  let buckets: BucketEngine;
  beforeAll(async () => {
    buckets = await startBuckets();
  });
  afterAll(() => buckets.close());

  /** Stores an object of this type. Returns a URL that downloads it, with the given fields of its address. */
  async function urlOf(contentType: string, address: Partial<ObjectAddress> = {}): Promise<string> {
    const object = { bucketName: 'plain', region: 'us-east-1', objectName: 'folder/object', ...address };
    const { bucketName: Bucket, objectName: Key } = object;
    await buckets.connect(ROLE).send(new PutObjectCommand({ Bucket, Key, Body: 'content', ContentType: contentType }));
    const signer = { urlSuffix: 'amazonaws.com', endpoint: buckets.endpoint, credentials: ROLE_CREDENTIALS };
    return await signDownload(object, LINK_ID, signer, { expiresInSeconds: 60, now: new Date() });
  }

  async function headersOf(url: string) {
    const { status, headers } = await fetch(url);
    return { status, type: headers.get('content-type'), disposition: headers.get('content-disposition') };
  }

  test('works in a browser, because only the host header is signed', async () => {
    const { searchParams } = new URL(await urlOf('text/plain'));

    expect(searchParams.get('X-Amz-SignedHeaders')).toBe('host');
  });

  test('saves an object of any type', async () => {
    expect(await headersOf(await urlOf('text/html'))).toEqual({
      status: 200,
      type: 'text/html',
      disposition: 'attachment; filename="object"',
    });
  });

  test('shows the object as the type that was found, even if an object of another type replaced it', async () => {
    const inlineAs = inlineType('text/plain; charset=utf-8');

    expect(await headersOf(await urlOf('text/html', inlineAs && { inlineAs }))).toEqual({
      status: 200,
      type: 'text/plain; charset=utf-8',
      disposition: 'inline',
    });
  });

  test.each(['response-content-disposition', 'x-link-id'])(
    'is refused if its %s is changed or removed',
    async (name) => {
      const url = new URL(await urlOf('text/html'));
      url.searchParams.set(name, 'inline');
      expect((await fetch(url)).status).toBe(403);
      url.searchParams.delete(name);
      expect((await fetch(url)).status).toBe(403);
    },
  );
});
