import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { HttpRequest } from '@smithy/core/protocols';
import fc from 'fast-check';
import type { SignedObject, Signer } from '../../../lambda/aws/presign';
import { signUpload } from '../../../lambda/aws/sign-upload';
import type { Validity } from '../../../lambda/link/destination';
import { linkIdOf } from '../../../lambda/link/nonce';
import type { UploadDeclaration } from '../../../lambda/link/upload-declaration';
import { SCALE } from '../../support/scale';
import { nonceNumber, sessionToken } from '../support/samples';

const LINK_ID = linkIdOf(nonceNumber(0));
const EMULATOR = 'http://127.0.0.1:4581';
/** SHA-256 of `abc`. */
const SHA256_OF_ABC = 'ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=';
const CREDENTIALS = { accessKeyId: 'ASIAROLE', secretAccessKey: 'secret/+key=' };
const OBJECT: SignedObject = { bucketName: 'shared-bucket', region: 'eu-west-1', objectName: 'inbox/id/photo.jpg' };
const PHOTO: UploadDeclaration = { fileName: 'photo.jpg', sizeBytes: 1_000, contentType: 'image/jpeg' };
const NOW = new Date('2026-11-22T08:15:00.900Z');

let credentials: Signer['credentials'] = CREDENTIALS;
/** Creating clients is slow, so each Region and endpoint has one. */
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
    });
  clients.set(id, client);
  return client;
}

/** Presigns with the S3 client's own presigner. */
async function presignWithClient(
  client: S3Client,
  { bucketName, objectName }: SignedObject,
  { sizeBytes, contentType, checksum }: UploadDeclaration,
  { expiresInSeconds, now }: Validity,
): Promise<string> {
  const command = new PutObjectCommand({
    Bucket: bucketName,
    Key: objectName,
    ContentLength: sizeBytes,
    ContentType: contentType,
    IfNoneMatch: '*',
    Metadata: { 'link-id': LINK_ID },
    ChecksumSHA256: checksum,
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
  const signed = new Set([
    'content-length',
    'content-type',
    'if-none-match',
    'x-amz-meta-link-id',
    'x-amz-checksum-sha256',
  ]);
  const options = { expiresIn: expiresInSeconds, signingDate: now };
  return await getSignedUrl(client, command, { ...options, signableHeaders: signed, unhoistableHeaders: signed });
}

/** The upload that we sign, and the URL from the S3 client's own presigner. */
async function bothUploads(
  object: SignedObject,
  declaration = PHOTO,
  now = NOW,
  expiresInSeconds = 900,
  endpoint?: string,
) {
  const validity = { now, expiresInSeconds };
  const signer = { urlSuffix: 'amazonaws.com', endpoint, credentials };
  const ours = await signUpload(object, declaration, LINK_ID, signer, validity);
  return { ours, theirs: await presignWithClient(clientFor(object.region, endpoint), object, declaration, validity) };
}

test.each([
  [undefined, 'content-length;content-type;host;if-none-match;x-amz-meta-link-id'],
  [SHA256_OF_ABC, 'content-length;content-type;host;if-none-match;x-amz-checksum-sha256;x-amz-meta-link-id'],
])('with the checksum %s, exactly these headers are signed: %s', async (checksum, signedHeaders) => {
  const { ours } = await bothUploads(OBJECT, { ...PHOTO, ...(checksum !== undefined && { checksum }) });

  expect(new URL(ours.url).searchParams.get('X-Amz-SignedHeaders')).toBe(signedHeaders);
});

test('the client gets every signed header except those that it sets itself, and none of them is in the URL', async () => {
  const { ours } = await bothUploads(OBJECT, { ...PHOTO, checksum: SHA256_OF_ABC });

  expect(ours.headers).toEqual({
    'Content-Type': 'image/jpeg',
    'If-None-Match': '*',
    'x-amz-meta-link-id': LINK_ID,
    'x-amz-checksum-sha256': SHA256_OF_ABC,
  });
  const { origin, pathname, searchParams } = new URL(ours.url);
  expect(`${origin}${pathname}`).toBe('https://shared-bucket.s3.eu-west-1.amazonaws.com/inbox/id/photo.jpg');
  expect([...searchParams.keys()].sort()).toEqual([
    'X-Amz-Algorithm',
    'X-Amz-Content-Sha256',
    'X-Amz-Credential',
    'X-Amz-Date',
    'X-Amz-Expires',
    'X-Amz-Signature',
    'X-Amz-SignedHeaders',
    'x-id',
    'x-link-id',
  ]);
  expect(searchParams.get('X-Amz-Expires')).toBe('900');
  expect(searchParams.get('X-Amz-Date')).toBe('20261122T081500Z');
});

test('without a checksum, none is required', async () => {
  expect((await bothUploads(OBJECT)).ours.headers).toEqual({
    'Content-Type': 'image/jpeg',
    'If-None-Match': '*',
    'x-amz-meta-link-id': LINK_ID,
  });
});

test.each<[string, Partial<UploadDeclaration>]>([
  ['size', { sizeBytes: 1_001 }],
  ['type', { contentType: 'image/png' }],
  ['checksum', { checksum: SHA256_OF_ABC }],
])('a file of another %s has another signature', async (_, change) => {
  const signatureOf = async (declaration: UploadDeclaration) =>
    new URL((await bothUploads(OBJECT, declaration)).ours.url).searchParams.get('X-Amz-Signature');

  expect(await signatureOf({ ...PHOTO, ...change })).not.toBe(await signatureOf(PHOTO));
});

test.each([
  'inbox/id/größe (1) & "x"?#%2F.txt',
  'inbox/id/日本語📦.pdf',
  "inbox/id/quotes'()*!~.txt",
  'inbox/id/a+b%20c=d;e:f@g$h,i.txt',
  'inbox/id/%2e%2e',
  '/leading//double/',
  'line\r\nbreak\0',
  `${'€'.repeat(341)}x`,
])('for the key %j, the URL equals the one from the SDK’s presigner', async (objectName) => {
  const { ours, theirs } = await bothUploads({ ...OBJECT, objectName }, { ...PHOTO, checksum: SHA256_OF_ABC });

  expect(ours.url).toBe(theirs);
});

const bucketNames = fc.oneof(
  fc
    .stringMatching(/^[a-z0-9][a-z0-9-]{1,30}[a-z0-9]$/)
    .filter((name) => !/^xn--|--(?:ol|x|table)-s3$|-s3alias$/.test(name)),
  fc.constantFrom('b'.repeat(63), 'abc', '123', 'my.bucket', 'www.example.com', 'a-b.c-d'),
);
const characters = fc.oneof(
  fc.string({ unit: 'binary', minLength: 1, maxLength: 4 }),
  fc.string({ unit: 'grapheme-ascii', minLength: 1, maxLength: 4 }),
  fc.constantFrom(...['//', '%2F', '%00', '\0', '\n', '语', '📦', ..."/ +%?#&='()*!~"]),
);
const keys = fc
  .string({ unit: characters, minLength: 1, maxLength: 40 })
  .filter((key) => !/\p{Surrogate}|(?:^|\/)\.{1,2}(?:\/|$)/u.test(key));
const declarations = fc.record(
  {
    fileName: fc.constant('not used'),
    sizeBytes: fc.integer({ min: 0, max: 5_000_000_000 }),
    contentType: fc.constantFrom('image/jpeg', 'application/octet-stream', 'a!#$&^_.+-/0', 'image/svg+xml'),
    checksum: fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => Buffer.from(bytes).toString('base64')),
  },
  { requiredKeys: ['fileName', 'sizeBytes', 'contentType'] },
);
const sessions = fc
  .tuple(fc.integer({ min: 100, max: 1_300 }), fc.nat())
  .map((parameters) => sessionToken(...parameters));
const times = fc.date({ min: new Date('2026-01-01'), max: new Date('2099-12-31'), noInvalidDate: true });

test('a URL signed without the S3 client equals the URL from the SDK’s presigner, for the same headers', async () => {
  const property = fc.asyncProperty(
    fc.record({ bucketName: bucketNames, region: fc.constantFrom('us-east-1', 'eu-central-1'), objectName: keys }),
    declarations,
    fc.option(sessions),
    times,
    fc.constantFrom(undefined, undefined, EMULATOR),
    async (object, declaration, session, now, endpoint) => {
      // The S3 client mistakes some bucket names with dots for IP addresses and rejects them.
      fc.pre(endpoint === undefined || !object.bucketName.includes('.'));
      credentials = { ...CREDENTIALS, ...(session !== null && { sessionToken: session }) };
      // Optional fields are absent, not undefined.
      const file = declaration as UploadDeclaration;
      const { ours, theirs } = await bothUploads(object, file, now, 900, endpoint);
      expect(ours.url).toBe(theirs);
    },
  );
  await fc.assert(property, { numRuns: 60 * SCALE });
  credentials = CREDENTIALS;
});
