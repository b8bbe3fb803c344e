import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { MAX_PRESIGNED_URL_LENGTH, MAX_SEALED_BYTES } from '../../../lambda/contract';
import { attachmentNamed } from '../../../lambda/link/content-disposition';
import type { Destination, ObjectAddress, PresignedUrl } from '../../../lambda/link/destination';
import { linkIdOf, nonceFromBytes } from '../../../lambda/link/nonce';
import { sealDestination, unsealDestination } from '../../../lambda/link/sealed-destination';
import { noise, nonceNumber, presignedUrl, sessionToken, storedUrl } from '../support/samples';

const NONCE = nonceNumber(0);
const ORDINARY = presignedUrl({ token: sessionToken(1_100) });
const LARGEST = presignedUrl({
  key: `${'€'.repeat(341)}x`,
  region: 'ap-southeast-1',
  token: sessionToken(1_300),
  versionId: noise('hex', 32),
  contentDisposition: attachmentNamed('文'.repeat(85)),
});

const CREATED_BY = 'arn:aws:sts::123456789012:assumed-role/AWSReservedSSO_Developer_0123456789abcdef/jane@example.com';
const ADDRESS: ObjectAddress = { bucketName: 'shared-bucket', region: 'us-east-1', objectName: 'folder/S3.png' };

function addressed(object: ObjectAddress): Destination {
  return { presign: 'on_open', object };
}

/** Size of the item as DynamoDB counts it: names and values in bytes, a number at two digits a byte plus one. */
function itemBytes(sealedBytes: number, createdBy = CREATED_BY): number {
  const expiresAt = 'expires_at'.length + 6;
  return 'nonce_id'.length + 22 + 'sealed'.length + sealedBytes + expiresAt + 'created_by'.length + createdBy.length;
}

describe('a sealed URL', () => {
  test.each([
    ['with long-lived credentials', presignedUrl()],
    ['with a session token', ORDINARY],
    ['with a session token of 1,300 characters', presignedUrl({ token: sessionToken(1_300) })],
    ['of another region', presignedUrl({ region: 'cn-north-1' })],
    ['of a pinned version', presignedUrl({ versionId: 'L4kqtJlcpXroDTDmpUMLUo0xyz_8.9-a' })],
    ['with a file name', presignedUrl({ contentDisposition: attachmentNamed('Übersicht “Q3”.pdf') })],
    ['of a key with 1,024 bytes of 3-byte characters', presignedUrl({ key: `${'€'.repeat(341)}x` })],
    ['with everything at its longest', LARGEST],
    ['that is nothing like one of S3', 'http://127.0.0.1:4581/b/k' as PresignedUrl],
  ])('%s opens with its nonce, unchanged', (_, url) => {
    expect(unsealDestination(NONCE, sealDestination(NONCE, storedUrl(url)))).toEqual(storedUrl(url));
  });

  test('at its longest fits the limits that it is checked against', () => {
    expect(LARGEST.length).toBeLessThanOrEqual(MAX_PRESIGNED_URL_LENGTH);
    expect(sealDestination(NONCE, storedUrl(LARGEST)).length).toBeLessThanOrEqual(MAX_SEALED_BYTES);
  });

  test('keeps the item below 1,024 bytes, one write unit, up to a session token of 968 characters', () => {
    for (const seed of Array.from({ length: 50 }, (_, index) => index)) {
      const sealed = sealDestination(NONCE, storedUrl(presignedUrl({ token: sessionToken(968, seed), seed })));

      expect(itemBytes(sealed.length)).toBeLessThanOrEqual(1_024);
    }
  });

  test('takes two fifths off a URL with a session token of 1,100 characters', () => {
    for (const seed of Array.from({ length: 50 }, (_, index) => index)) {
      const url = presignedUrl({ token: sessionToken(1_100, seed), seed });

      expect(url.length).toBeGreaterThan(1_500);
      expect(sealDestination(NONCE, storedUrl(url)).length).toBeLessThan(url.length * 0.6);
    }
  });

  test('opens unchanged, whatever is where the random parts of a URL are, and around them', () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 8 }).filter((part) => !/\p{Surrogate}/u.test(part)),
      fc.constantFrom('', '$&', '$1', '%', '&', ORDINARY, 'X-Amz-Security-Token=&X-Amz-Signature='),
    );
    const token = fc.oneof(
      text,
      // With all its padding and without, with what differs in the bits that padding hides, and not encoded.
      fc.uint8Array({ maxLength: 20 }).map((bytes) => encodeURIComponent(Buffer.from(bytes).toString('base64'))),
      fc.stringMatching(/^(?:[A-Za-z0-9]|%2[BF]|%3D){0,20}$/),
      fc.stringMatching(/^(?:[A-Za-z0-9+/=]|%2f){0,20}$/),
    );
    const signature = fc.oneof(text, fc.stringMatching(/^[0-9a-f]{64}$/), fc.stringMatching(/^[0-9A-Fa-f]{63,65}$/));
    const formats = new Set<number | undefined>();
    fc.assert(
      fc.property(text, token, signature, text, (before, tokenText, signatureText, after) => {
        const parts = `X-Amz-Security-Token=${tokenText}&X-Amz-Signature=${signatureText}`;
        const destination = storedUrl(`${before}${parts}${after}` as PresignedUrl);
        const sealed = sealDestination(NONCE, destination);
        formats.add(sealed[0]);

        expect(unsealDestination(NONCE, sealed)).toEqual(destination);
      }),
      { numRuns: 2_000 },
    );
    expect([...formats].sort()).toEqual([1, 3]);
  });

  test('is refused before a small record can inflate into a large text', () => {
    const bomb = sealDestination(NONCE, storedUrl('a'.repeat(10_000_000) as PresignedUrl));

    expect(bomb.length).toBeLessThan(16_384);
    expect(() => unsealDestination(NONCE, bomb)).toThrow();
  });

  test('of an older deployment still opens: format 1 is pinned', () => {
    const nonce = nonceFromBytes(Uint8Array.from({ length: 32 }, (_, index) => index));
    // The record is pinned and not the sealing: another zlib may well compress in other words.
    const stored =
      'ARu54lRCRZXkWbhPXI6+pukbi3M1GQY9kLHb54pcE9/zTO5mW09zydJ8ytvi822iPz0j4aCZJfM4at3GjQM2yjCAkWiWWSAuAXzmmPJ2/aNOBUsA' +
      'JIFY3W0OqHo+akLo0cfo+nLMWKJ5kWZcaJFSPt4+9Mif7Ld7I0brjb92DTFKNuxSl27GH5/oHagr5T6mw6rprPZ9Qrbj7Xs=';

    expect(unsealDestination(nonce, Buffer.from(stored, 'base64'))).toMatchObject({
      presign: 'now',
      url:
        'https://presignedurlstack-bucket83908e77-1a2b3c4d5e6f.s3.us-east-1.amazonaws.com/S3.png' +
        '?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Content-Sha256=UNSIGNED-PAYLOAD' +
        '&X-Amz-Credential=ASIAIOSFODNN7EXAMPLE%2F20260301%2Fus-east-1%2Fs3%2Faws4_request' +
        '&X-Amz-Date=20260301T120000Z&X-Amz-Expires=3600&X-Amz-Security-Token=IQoJb3JpZ2luX2VjEXAMPLE%2Ftoken%3D%3D' +
        '&X-Amz-Signature=00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff' +
        '&X-Amz-SignedHeaders=host&x-id=GetObject',
    });
  });

  test('of an older deployment still opens: format 3 is pinned', () => {
    const nonce = nonceFromBytes(Uint8Array.from({ length: 32 }, (_, index) => index));
    const stored =
      'A5itlCZXesLLvEj0w3eLboM9/faQBUsA/WHm16p71BcWaeFgyuKEHSG+SlS0QG7Q8rNnJAUpAkrY+Qjsgy0M8h6ui764t6lTI4Cd' +
      '2RR8VDnEWPb6Lqytg2fYXhHoFd2tCSnfGrpl09B1WVKS5mJBzXOBT84ebAv+W6j0A/U4/un1qnQ0NBO6HRG8stOLRA==';

    expect(unsealDestination(nonce, Buffer.from(stored, 'base64'))).toEqual({
      presign: 'now',
      url:
        'https://presignedurlstack-sharedbucket83908e77-1a2b3c4d5e6f.s3.us-east-1.amazonaws.com/S3.png' +
        '?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Content-Sha256=UNSIGNED-PAYLOAD' +
        '&X-Amz-Credential=ASIAIOSFODNN7EXAMPLE%2F20260301%2Fus-east-1%2Fs3%2Faws4_request' +
        '&X-Amz-Date=20260301T120000Z&X-Amz-Expires=3600&X-Amz-Security-Token=IQoJb3JpZ2luX2VjEXAM%2BLE%2Ftokenw%3D%3D' +
        '&X-Amz-Signature=00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff' +
        '&X-Amz-SignedHeaders=host&x-id=GetObject',
    });
    expect(Buffer.from(stored, 'base64')[0]).toBe(3);
  });

  // Sealed from the text of the dictionary, so they are nothing but references to all of it.
  test.each([
    [
      '1',
      633,
      'Acuh+22wJsucJs9eiQceW9Esszhupv4eDB6I2A==',
      '8ccde7cf534cc42cbad3e5ba7033c7f9dda5a091e2c771887a758076e796205d',
    ],
    [
      '3',
      739,
      'A5i8thUTL6S8NNFeeLtWgHw97NSjQR5miul/fRG3CfnpafRBwOu4cgVHgPOY1SuOgry4+J9pi3Zm+nTeaZVLcC4=',
      '8ef7ebb13d2d367c322495116aac432bd13fb6a3cfec2bb01528917aa5aad534',
    ],
  ])(
    'of an older deployment still opens whatever piece of the dictionary of format %s it refers to',
    (format, length, stored, hash) => {
      const nonce = nonceFromBytes(Uint8Array.from({ length: 32 }, (_, index) => index));
      const record = Buffer.from(stored, 'base64');

      const destination = unsealDestination(nonce, record);
      const text = destination.presign === 'now' ? destination.url : '';

      expect(record[0]).toBe(Number(format));
      expect(text).toHaveLength(length);
      expect(createHash('sha256').update(text).digest('hex')).toBe(hash);
    },
  );
});

describe('a sealed address', () => {
  const everything: ObjectAddress = {
    bucketName: 'b'.repeat(63),
    region: 'ap-southeast-1',
    objectName: `${'€'.repeat(341)}x`,
    versionId: noise('hex', 32),
    downloadAs: '文'.repeat(85),
  };

  test.each<[string, ObjectAddress]>([
    ['of a plain key', ADDRESS],
    ['of a version', { ...ADDRESS, versionId: 'L4kqtJlcpXroDTDmpUMLUo0xyz_8.9-a' }],
    ['with a file name', { ...ADDRESS, downloadAs: 'Übersicht “Q3”.pdf' }],
    ['with everything at its longest', everything],
    ['with the longest version id that S3 may have', { ...everything, versionId: 'v'.repeat(1_024) }],
    ['of a key of NUL characters, which part the fields', { ...ADDRESS, objectName: '\0a\0\0b\0' }],
    ['of a key that is one line break', { ...ADDRESS, objectName: '\n' }],
    ['of a key with a byte order mark at its start', { ...ADDRESS, objectName: '\ufeffS3.png' }],
  ])('%s opens with its nonce, unchanged', (_, object) => {
    const sealed = sealDestination(NONCE, addressed(object));

    expect(unsealDestination(NONCE, sealed)).toEqual(addressed(object));
    expect(sealed.length).toBeLessThanOrEqual(MAX_SEALED_BYTES);
  });

  test.each(['bucketName', 'region', 'versionId', 'downloadAs'])('is not made of a %s with a NUL in it', (field) => {
    expect(() => sealDestination(NONCE, addressed({ ...ADDRESS, [field]: 'a\0b' }))).toThrow(RangeError);
  });

  test('keeps the item below 1,024 bytes, one write unit, with every key up to 500 bytes and name up to 160', () => {
    const role = `arn:aws:sts::123456789012:assumed-role/${'r'.repeat(64)}/${'s'.repeat(64)}`;
    for (const objectName of [noise('base64', 500), '€'.repeat(166), '\0'.repeat(500), '📦'.repeat(125)]) {
      const object = { ...everything, objectName, downloadAs: 'd'.repeat(160) };

      expect(itemBytes(sealDestination(NONCE, addressed(object)).length, role)).toBeLessThan(1_024);
    }
  });

  test('takes as many bytes as what is in it, so that no content shows in the length', () => {
    const lengthOf = (objectName: string): number =>
      sealDestination(NONCE, addressed({ ...ADDRESS, objectName })).length;

    expect(lengthOf('a'.repeat(400))).toBe(lengthOf(noise('base64', 400)));
  });

  test('of an older deployment still opens: format 2 is pinned', () => {
    const nonce = nonceFromBytes(Uint8Array.from({ length: 32 }, (_, index) => index));
    const object = { ...ADDRESS, objectName: 'Pläne/S3.png', versionId: 'v1', downloadAs: 'Pläne.png' };
    const stored = 'AuvU12d2S4neQbI1Hc9W9Q8QibXQNTNXip9OfUHbyl2HDNkxrozrPyQah1SOCl7yrM/x8vob4v0TXUZ+q/8TJbbnj+I=';

    expect(unsealDestination(nonce, Buffer.from(stored, 'base64'))).toEqual(addressed(object));
    // There is no compression, so the sealing is pinned as well.
    expect(Buffer.from(sealDestination(nonce, addressed(object))).toString('base64')).toBe(stored);
  });
});

describe.each([
  ['a sealed URL', storedUrl(ORDINARY)],
  ['a sealed URL without a session token', storedUrl(presignedUrl())],
  ['a sealed address', addressed(ADDRESS)],
])('%s', (_, destination) => {
  const sealed = sealDestination(NONCE, destination);

  test('that is altered in one bit of any byte is refused', () => {
    expect(unsealDestination(NONCE, sealed)).toEqual(destination);

    for (const [at, byte] of sealed.entries()) {
      for (const bit of at === 0 ? [0, 1, 2, 3, 4, 5, 6, 7] : [at % 8]) {
        const altered = Uint8Array.from(sealed);
        altered[at] = byte ^ (1 << bit);
        expect(() => unsealDestination(NONCE, altered)).toThrow();
      }
    }
  });

  test('that passes itself off as one of another format is refused', () => {
    for (const format of [1, 2, 3].filter((other) => other !== sealed[0])) {
      const altered = Uint8Array.from(sealed);
      altered[0] = format;

      expect(() => unsealDestination(NONCE, altered)).toThrow('unable to authenticate');
    }
  });

  test('that is cut short or lengthened is refused', () => {
    for (const length of [0, 1, 16, 17, 18, sealed.length - 16, sealed.length - 1]) {
      expect(() => unsealDestination(NONCE, sealed.subarray(0, length))).toThrow();
    }
    expect(() => unsealDestination(NONCE, Buffer.concat([sealed, Buffer.of(0)]))).toThrow();
  });

  test('is refused with every other nonce', () => {
    for (const number of [1, 2, 3, 4, 5]) {
      expect(() => unsealDestination(nonceNumber(number), sealed)).toThrow();
    }
  });

  test.each([0, 4, 5, 0x31, 255])('of the unknown format %i is refused, by that name', (format) => {
    const altered = Uint8Array.from(sealed);
    altered[0] = format;

    expect(() => unsealDestination(NONCE, altered)).toThrow('unknown format');
  });

  test('shows neither its content nor nonce nor link id, and shares nothing with the same under another nonce', () => {
    const bytes = Buffer.from(sealed);
    const other = Buffer.from(sealDestination(nonceNumber(1), destination));
    const equal = bytes.filter((byte, at) => at > 0 && byte === other[at]).length;

    for (const secret of ['S3.png', 'X-Amz', 'amazonaws', 'shared', 'us-east-1', NONCE, linkIdOf(NONCE)]) {
      expect(bytes.includes(secret)).toBe(false);
    }
    expect(bytes.includes(Buffer.from(NONCE, 'base64url'))).toBe(false);
    // By chance 1 byte in 256 is equal.
    expect(equal).toBeLessThan(bytes.length / 25);
  });
});
