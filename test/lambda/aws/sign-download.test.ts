import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import fc from 'fast-check';
import { presignDownload } from '../../../lambda/aws/object-store';
import { type Signer, signDownload } from '../../../lambda/aws/sign-download';
import type { ObjectAddress, Validity } from '../../../lambda/link/destination';
import { type BucketEngine, ROLE, ROLE_CREDENTIALS, startBuckets } from '../support/engines';
import { sessionToken } from '../support/samples';

/** Regions of three partitions. */
const REGIONS = ['us-east-1', 'eu-central-1', 'ap-southeast-7', 'us-gov-west-1', 'cn-north-1'];

const CREDENTIALS = { accessKeyId: 'ASIAROLE', secretAccessKey: 'secret/+key=' };

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
  fc.constantFrom(
    ...[
      '/',
      '//',
      ' ',
      '+',
      '%',
      '%2F',
      '%00',
      '\0',
      '\n',
      '?',
      '#',
      '&',
      '=',
      "'",
      '(',
      ')',
      '*',
      '!',
      '~',
      '语',
      '📦',
    ],
  ),
);
const keys = fc
  .oneof(fc.string({ unit: characters, minLength: 1, maxLength: 40 }), fc.constant(`${'€'.repeat(341)}x`))
  .filter(
    (key) => !/\p{Surrogate}/u.test(key) && !key.split('/').some((segment) => segment === '.' || segment === '..'),
  );
const fileNames = fc
  .string({ unit: characters, minLength: 1, maxLength: 20 })
  .map((name) => name.replace(/[\p{Cc}/\\]/gu, '_'))
  .filter((name) => !/\p{Surrogate}/u.test(name));

const addresses: fc.Arbitrary<ObjectAddress> = fc
  .record(
    {
      bucketName: bucketNames,
      region: fc.constantFrom(...REGIONS),
      objectName: keys,
      versionId: fc.oneof(fc.constant('null'), fc.stringMatching(/^[\x21-\x7e]{1,40}$/)),
      downloadAs: fileNames,
    },
    { requiredKeys: ['bucketName', 'region', 'objectName'] },
  )
  // Optional fields are absent, not undefined.
  .map((address) => address as ObjectAddress);
const sessions = fc.option(
  fc.tuple(fc.integer({ min: 100, max: 1_300 }), fc.nat()).map(([length, seed]) => sessionToken(length, seed)),
  { nil: undefined },
);
const times = fc.date({ min: new Date('2026-01-01'), max: new Date('2099-12-31'), noInvalidDate: true });

const clients: S3Client[] = [];
afterAll(() => {
  for (const client of clients) {
    client.destroy();
  }
});

function clientFor(region: string, credentials: Signer['credentials'], endpoint?: string): S3Client {
  const client = new S3Client({
    region,
    credentials,
    ...(endpoint === undefined ? {} : { endpoint }),
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
  });
  clients.push(client);
  return client;
}

/** The URL that access-object signs, and the one that the S3 client's own presigner makes for generate-url. */
async function bothUrls(
  object: ObjectAddress,
  { credentials, ...validity }: Validity & Pick<Signer, 'credentials'>,
  endpoint?: string,
): Promise<readonly [string, string]> {
  const urlSuffix = object.region.startsWith('cn-') ? 'amazonaws.com.cn' : 'amazonaws.com';
  return [
    await signDownload(object, { urlSuffix, endpoint, credentials }, validity),
    await presignDownload(clientFor(object.region, credentials, endpoint), object, validity),
  ];
}

describe('a URL signed without the S3 client', () => {
  test('equals the one that the S3 client’s own presigner makes, character by character', async () => {
    const lifetimes = fc.constantFrom(5, 60, 900);
    const cases = fc.asyncProperty(
      addresses,
      sessions,
      times,
      lifetimes,
      async (object, session, now, expiresInSeconds) => {
        const credentials = { ...CREDENTIALS, ...(session === undefined ? {} : { sessionToken: session }) };
        const [ours, theirs] = await bothUrls(object, { now, expiresInSeconds, credentials });
        expect(ours).toBe(theirs);
      },
    );
    await fc.assert(cases, { numRuns: 300 });
  });

  test('equals it for another endpoint, such as the local emulator', async () => {
    // The S3 client rejects some bucket names with dots for an IP address.
    const dotless = addresses.filter(({ bucketName }) => !bucketName.includes('.'));
    const cases = fc.asyncProperty(dotless, times, async (object, now) => {
      const options = { now, expiresInSeconds: 60, credentials: CREDENTIALS };
      const [ours, theirs] = await bothUrls(object, options, 'http://127.0.0.1:4581');
      expect(ours).toBe(theirs);
    });
    await fc.assert(cases, { numRuns: 100 });
  });

  test.each<[string, ObjectAddress, string]>([
    [
      'in the host name',
      { bucketName: 'shared-bucket', region: 'eu-west-1', objectName: 'S3.png' },
      'https://shared-bucket.s3.eu-west-1.amazonaws.com/S3.png',
    ],
    [
      'in the path if it has dots: no certificate covers it',
      { bucketName: 'www.example.com', region: 'us-east-1', objectName: 'S3.png' },
      'https://s3.us-east-1.amazonaws.com/www.example.com/S3.png',
    ],
    [
      'in the host name of another partition',
      { bucketName: 'shared-bucket', region: 'cn-north-1', objectName: 'S3.png' },
      'https://shared-bucket.s3.cn-north-1.amazonaws.com.cn/S3.png',
    ],
  ])('names the bucket %s', async (_, object, address) => {
    const [url] = await bothUrls(object, { now: new Date(), expiresInSeconds: 60, credentials: CREDENTIALS });

    expect(url.split('?')[0]).toBe(address);
  });

  describe('in a real bucket', () => {
    let buckets: BucketEngine;
    let s3: S3Client;
    beforeAll(async () => {
      buckets = await startBuckets();
      s3 = buckets.connect(ROLE);
    });
    afterAll(() => buckets.close());

    test('downloads the version, under the file name, until it expires', async () => {
      const object = { Bucket: 'versioned', Key: 'a folder/日本語 (1).txt' };
      const { VersionId: versionId = '' } = await s3.send(new PutObjectCommand({ ...object, Body: 'first' }));
      await s3.send(new PutObjectCommand({ ...object, Body: 'second' }));
      const now = new Date('2026-11-22T08:15:00.900Z');
      const address = {
        bucketName: object.Bucket,
        region: 'us-east-1',
        objectName: object.Key,
        versionId,
        downloadAs: 'größe.txt',
      };
      const signer = { urlSuffix: 'amazonaws.com', endpoint: buckets.endpoint, credentials: ROLE_CREDENTIALS };
      const url = await signDownload(address, signer, { expiresInSeconds: 60, now });
      const fetchedAt = async (time: string): Promise<readonly [number, string, string | null]> => {
        buckets.setClock(new Date(time));
        const response = await fetch(url);
        return [response.status, await response.text(), response.headers.get('content-disposition')];
      };

      expect(await fetchedAt('2026-11-22T08:15:59Z')).toEqual([
        200,
        'first',
        `attachment; filename="gr__e.txt"; filename*=UTF-8''gr%C3%B6%C3%9Fe.txt`,
      ]);
      expect((await fetchedAt('2026-11-22T08:16:01Z'))[0]).toBe(403);
    });
  });
});
