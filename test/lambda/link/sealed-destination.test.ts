import fc from 'fast-check';
import { MAX_FILE_NAME_BYTES, MAX_PRESIGNED_URL_LENGTH, MAX_SEALED_BYTES } from '../../../lambda/contract';
import { attachmentNamed } from '../../../lambda/link/content-disposition';
import type { Destination, ObjectAddress, PresignedUrl, UploadDestination } from '../../../lambda/link/destination';
import { inlineType } from '../../../lambda/link/inline-type';
import { linkIdOf, nonceFromBytes } from '../../../lambda/link/nonce';
import { sealDestination, TamperedRecordError, unsealDestination } from '../../../lambda/link/sealed-destination';
import { SCALE } from '../../support/scale';
import { DESCRIPTION, noise, nonceNumber, presignedUrl, sessionToken, storedUrl } from '../support/samples';

const NONCE = nonceNumber(0);
/** The longest key: 1,024 bytes, of 3-byte characters in random order. */
const LONGEST_KEY = `${noise('hex', 341 * 3).replace(/.{3}/g, (hex) => String.fromCodePoint(0x4e00 + Number(`0x${hex}`)))}x`;
/** As long as S3's version IDs: 32 characters. */
const VERSION_ID = 'L4kqtJlcpXroDTDmpUMLUo0xyz_8.9-a';
const SHOWN = inlineType('image/png');
const IMAGE: Partial<ObjectAddress> = SHOWN === undefined ? {} : { inlineAs: SHOWN };
const LONGEST_NAME = '文'.repeat(MAX_FILE_NAME_BYTES / 3);
const URL_OF_OBJECT = presignedUrl({ token: sessionToken(1_100) });

function address(object: Partial<ObjectAddress> = {}): Destination {
  const defaults = { bucketName: 'shared-bucket', region: 'us-east-1', objectName: 'folder/S3.png' };
  return { presign: 'on_open', object: { ...defaults, ...object }, description: DESCRIPTION };
}

test.each<[string, Destination]>([
  ['a URL', storedUrl(URL_OF_OBJECT)],
  ['a URL without a session token', storedUrl(presignedUrl())],
  ['a URL with a version ID', storedUrl(presignedUrl({ versionId: VERSION_ID }))],
  ['a URL with a file name', storedUrl(presignedUrl({ contentDisposition: attachmentNamed('Übersicht “Q3”.pdf') }))],
  ['a URL of the local emulator', storedUrl('http://127.0.0.1:4581/b/k' as PresignedUrl)],
  ['an address', address()],
  ['an address with a version ID', address({ versionId: VERSION_ID })],
  ['an address with a file name', address({ downloadAs: 'Übersicht “Q3”.pdf' })],
  ['an address with a content type', address(IMAGE)],
  ['an address with control characters in its key', address({ objectName: '\0\n\u2028"\\' })],
  ['an address with a byte order mark in its key', address({ objectName: '\ufeffS3.png' })],
  ['an address without a type and a sender', { ...address(), description: { fileName: 'S3.png', sizeBytes: 0 } }],
  ['the longest key and file name', address({ objectName: LONGEST_KEY, downloadAs: LONGEST_NAME })],
  ['the longest key and version ID', address({ objectName: LONGEST_KEY, versionId: 'v'.repeat(1_024) })],
])('%s is unsealed with its nonce, unchanged', (_, destination) => {
  expect(unsealDestination(NONCE, sealDestination(NONCE, destination), 'download')).toEqual(destination);
});

const UPLOAD: UploadDestination = {
  bucketName: 'shared-bucket',
  region: 'us-east-1',
  key: { prefix: 'inbox/acme/' },
  maxBytes: 500_000_000,
  contentTypes: ['image/*', 'application/pdf'],
  label: 'Logs for case 4711',
  from: 'Ada Lovelace',
};

test.each<[string, UploadDestination]>([
  ['with a prefix', UPLOAD],
  ['for a whole key', { ...UPLOAD, key: { objectName: 'inbox/größe\n.pdf' } }],
  [
    'without types, label and sender',
    { bucketName: 'shared-bucket', region: 'us-east-1', key: { prefix: '' }, maxBytes: 1 },
  ],
])('where an upload goes, %s, is unsealed with its nonce, unchanged, as format 3', (_, destination) => {
  const sealed = sealDestination(NONCE, destination);

  expect(sealed[0]).toBe(3);
  expect(unsealDestination(NONCE, sealed, 'upload')).toEqual(destination);
});

test('a record is refused on the route of the other operation', () => {
  const upload = sealDestination(NONCE, UPLOAD);

  expect(() => unsealDestination(NONCE, upload, 'download')).toThrow(TamperedRecordError);
  for (const download of [storedUrl(URL_OF_OBJECT), address()]) {
    expect(() => unsealDestination(NONCE, sealDestination(NONCE, download), 'upload')).toThrow(TamperedRecordError);
  }
});

test('a record whose format was changed to that of the other operation is refused', () => {
  const withFormat = (sealed: Uint8Array, format: number) => Uint8Array.from(sealed).fill(format, 0, 1);

  expect(() => unsealDestination(NONCE, withFormat(sealDestination(NONCE, UPLOAD), 1), 'download')).toThrow(
    TamperedRecordError,
  );
  expect(() => unsealDestination(NONCE, withFormat(sealDestination(NONCE, address()), 3), 'upload')).toThrow(
    TamperedRecordError,
  );
});

test('a sealed upload shows neither the key nor the label, and is refused with another nonce', () => {
  const sealed = sealDestination(NONCE, UPLOAD);

  for (const secret of ['inbox', 'acme', '4711', 'Ada', 'shared', 'image']) {
    expect(Buffer.from(sealed).includes(secret)).toBe(false);
  }
  expect(() => unsealDestination(nonceNumber(1), sealed, 'upload')).toThrow(TamperedRecordError);
});

test('any key and file name are unsealed unchanged', () => {
  const text = fc.string({ unit: 'binary', maxLength: 40 }).filter((value) => !/\p{Surrogate}/u.test(value));
  const property = fc.property(text, text, (objectName, downloadAs) => {
    const destination = address({ objectName, downloadAs });

    expect(unsealDestination(NONCE, sealDestination(NONCE, destination), 'download')).toEqual(destination);
  });
  fc.assert(property, { numRuns: 50 * SCALE });
});

test('the longest URL fits the authorizer’s context, thanks to compression', () => {
  const longest = presignedUrl({
    key: LONGEST_KEY, // 341 characters, 9 when encoded
    region: 'ap-southeast-1',
    token: sessionToken(1_300),
    versionId: VERSION_ID,
    contentDisposition: attachmentNamed(LONGEST_NAME), // 85 characters, 15 when encoded
  });

  expect(Buffer.byteLength(LONGEST_KEY)).toBe(1_024);
  expect(longest.length).toBeLessThanOrEqual(MAX_PRESIGNED_URL_LENGTH);
  expect(longest.length).toBeGreaterThan(MAX_SEALED_BYTES);
  expect(sealDestination(NONCE, storedUrl(longest)).length).toBeLessThanOrEqual(MAX_SEALED_BYTES);
});

test('the item for a key of 400 bytes stays within 1,024 bytes, one write unit', () => {
  const createdBy = `arn:aws:sts::123456789012:assumed-role/${'r'.repeat(64)}/${'s'.repeat(64)}`;
  const object = { objectName: noise('base64', 400), versionId: VERSION_ID, downloadAs: 'd'.repeat(100) };

  const sealed = sealDestination(NONCE, address(object));

  // DynamoDB counts attribute names and values. Strings and bytes count their length, and numbers one byte for two
  // digits, plus one.
  const itemBytes =
    'nonce_id'.length + 22 + 'sealed'.length + sealed.length + 'expires_at'.length + 6 + 'record_format'.length + 2;
  expect(itemBytes + 'created_by'.length + createdBy.length).toBeLessThanOrEqual(1_024);
});

test('a small record that decompresses to a large text is refused', () => {
  const bomb = sealDestination(NONCE, storedUrl('a'.repeat(10_000_000) as PresignedUrl));

  expect(bomb.length).toBeLessThan(16_384);
  expect(() => unsealDestination(NONCE, bomb, 'download')).toThrow();
});

test.each<[string, string, Destination]>([
  [
    'a URL, format 1',
    'Ab12/RvRD7C55HzGQ50Gei3Oiu6VD2plUlcpHxqzWapyhypZDxPHZ9lKPibj67LgcjO8nc0DiH3iEdtVYr2cppZamZxslqvhZbc0ImsbSsDpZfcf4rongrZP+fnIUls2gff0zOhGsXhJ+btY5dz+yETXDvOEorxAEQhGF2z1isd7T4x66fXoVFWIZrHn5ICuEcxFw+Ba',
    storedUrl('http://127.0.0.1:4581/b/k' as PresignedUrl),
  ],
  [
    'an address, format 2',
    'AqVx+3vRH7Q61Xr+F1ZC0YYelZPU1A7M3h/qzJbXkzWxd2RLYjdNWKEciTohU/l9XUvXDA5Jh1+m9Q+9Ngx04ieF37YtL2QoqiY9vGr1zOW0MOuTgKCx8DEn298JN2tHDygMHD1ljgmGJJBfUpqpEW7SxNOSDQA2jkz7nxyc7AwzcwUncx4nXGkGfuAMSVo91kvXotekQ6ISEf0NFPxNpRkITr6g1UzF68X4ndDF3x3+TLQBM//c0PKRXRfhaXA+1dURfbf1Aj3XKNY=',
    address({ objectName: 'Pläne/S3.png', versionId: 'v1', downloadAs: 'Pläne.png' }),
  ],
])(
  'a link that was issued before a deployment is redeemed after it, because the format is fixed: %s',
  (_, stored, destination) => {
    const nonce = nonceFromBytes(Uint8Array.from({ length: 32 }, (_byte, index) => index));

    expect(unsealDestination(nonce, Buffer.from(stored, 'base64'), 'download')).toEqual(destination);
  },
);

describe.each([
  ['a sealed URL', storedUrl(URL_OF_OBJECT), 1, [0, 4, 0x31, 255]],
  ['a sealed address', address(), 2, [0, 4, 0x32, 255]],
])('%s', (_, destination, format, unknownFormats) => {
  const sealed = sealDestination(NONCE, destination);
  const withByte = (at: number, byte: number) => Uint8Array.from(sealed).fill(byte, at, at + 1);

  test('that is altered in one bit of any byte is refused', () => {
    for (const [at, byte] of sealed.entries()) {
      expect(() => unsealDestination(NONCE, withByte(at, byte ^ (1 << (at % 8))), 'download')).toThrow();
    }
  });

  test('that is cut short or lengthened is refused', () => {
    for (const length of [0, 1, 16, 17, 18, sealed.length - 16, sealed.length - 1]) {
      expect(() => unsealDestination(NONCE, sealed.subarray(0, length), 'download')).toThrow();
    }
    expect(() => unsealDestination(NONCE, Buffer.concat([sealed, Buffer.of(0)]), 'download')).toThrow();
  });

  test.each([1, 2, 3, 4, 5])('is refused with another nonce, number %i', (number) => {
    expect(() => unsealDestination(nonceNumber(number), sealed, 'download')).toThrow(TamperedRecordError);
  });

  test(`has format ${format}`, () => {
    expect(sealed[0]).toBe(format);
  });

  test.each(unknownFormats)('of format %i is refused as unknown', (unknown) => {
    expect(() => unsealDestination(NONCE, withByte(0, unknown), 'download')).toThrow('unknown format');
  });

  test('is refused if it claims to have the other format', () => {
    expect(() => unsealDestination(NONCE, withByte(0, 3 - format), 'download')).toThrow(TamperedRecordError);
  });

  test('shows neither its content, nor the nonce, nor the link ID, and differs under another nonce', () => {
    const bytes = Buffer.from(sealed);
    const other = Buffer.from(sealDestination(nonceNumber(1), destination));
    const equal = bytes.filter((byte, at) => at > 0 && byte === other[at]).length;

    for (const secret of [
      'S3.png',
      'Ada',
      '1234567',
      'X-Amz',
      'amazonaws',
      'shared',
      'us-east-1',
      NONCE,
      linkIdOf(NONCE),
    ]) {
      expect(bytes.includes(secret)).toBe(false);
    }
    expect(bytes.includes(Buffer.from(NONCE, 'base64url'))).toBe(false);
    // By chance, 1 byte in 256 is equal.
    expect(equal).toBeLessThan(bytes.length / 25);
  });
});
