import { createHash } from 'node:crypto';
import { attachmentNamed } from '../../../lambda/link/content-disposition';
import { MAX_PRESIGNED_URL_LENGTH, MAX_SEALED_BYTES } from '../../../lambda/link/limits';
import { linkIdOf, nonceFromBytes } from '../../../lambda/link/nonce';
import { type PresignedUrl, sealUrl, unsealUrl } from '../../../lambda/link/sealed-url';
import { noise, nonceNumber, presignedUrl, sessionToken } from '../support/samples';

const NONCE = nonceNumber(0);
const ORDINARY = presignedUrl({ token: sessionToken(1_100) });
const LARGEST = presignedUrl({
  key: `${'€'.repeat(341)}x`,
  region: 'ap-southeast-1',
  token: sessionToken(1_300),
  versionId: noise('hex', 32),
  contentDisposition: attachmentNamed('文'.repeat(85)),
});

/** Size of the item as DynamoDB counts it: names and values in bytes, a number at two digits a byte plus one. */
function itemBytes(sealedBytes: number): number {
  const createdBy = 'arn:aws:sts::123456789012:assumed-role/AWSReservedSSO_Developer_0123456789abcdef/jane@example.com';
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
    expect(unsealUrl(NONCE, sealUrl(NONCE, url))).toBe(url);
  });

  test('at its longest fits the limits that it is checked against', () => {
    expect(LARGEST.length).toBeLessThanOrEqual(MAX_PRESIGNED_URL_LENGTH);
    expect(sealUrl(NONCE, LARGEST).length).toBeLessThanOrEqual(MAX_SEALED_BYTES);
  });

  test('keeps the item below 1,024 bytes, one write unit, up to a session token of 800 characters', () => {
    for (const seed of Array.from({ length: 50 }, (_, index) => index)) {
      const sealed = sealUrl(NONCE, presignedUrl({ token: sessionToken(800, seed), seed }));

      expect(itemBytes(sealed.length)).toBeLessThanOrEqual(1_024);
    }
  });

  test('takes a third off a URL with a session token of 1,100 characters', () => {
    for (const seed of Array.from({ length: 50 }, (_, index) => index)) {
      const url = presignedUrl({ token: sessionToken(1_100, seed), seed });

      expect(url.length).toBeGreaterThan(1_500);
      expect(sealUrl(NONCE, url).length).toBeLessThan(url.length * 0.68);
    }
  });

  test('that is altered in one bit of any byte is refused', () => {
    const sealed = sealUrl(NONCE, ORDINARY);
    expect(unsealUrl(NONCE, sealed)).toBe(ORDINARY);

    for (const [at, byte] of sealed.entries()) {
      const altered = Uint8Array.from(sealed);
      altered[at] = byte ^ (1 << (at % 8));
      expect(() => unsealUrl(NONCE, altered)).toThrow();
    }
  });

  test('that is cut short or lengthened is refused', () => {
    const sealed = sealUrl(NONCE, ORDINARY);

    for (const length of [0, 1, 16, 17, 18, sealed.length - 16, sealed.length - 1]) {
      expect(() => unsealUrl(NONCE, sealed.subarray(0, length))).toThrow();
    }
    expect(() => unsealUrl(NONCE, Buffer.concat([sealed, Buffer.of(0)]))).toThrow();
  });

  test('is refused with every other nonce', () => {
    const sealed = sealUrl(NONCE, ORDINARY);

    for (const number of [1, 2, 3, 4, 5]) {
      expect(() => unsealUrl(nonceNumber(number), sealed)).toThrow();
    }
  });

  test.each([0, 2, 3, 0x31, 255])('of the unknown version %i is refused, by that name', (version) => {
    const sealed = Uint8Array.from(sealUrl(NONCE, ORDINARY));
    sealed[0] = version;

    expect(() => unsealUrl(NONCE, sealed)).toThrow('unknown format');
  });

  test('is refused before a small record can inflate into a large text', () => {
    const bomb = sealUrl(NONCE, 'a'.repeat(10_000_000) as PresignedUrl);

    expect(bomb.length).toBeLessThan(16_384);
    expect(() => unsealUrl(NONCE, bomb)).toThrow();
  });

  test('shows neither URL nor nonce nor link id, and shares nothing with the same URL under another nonce', () => {
    const sealed = Buffer.from(sealUrl(NONCE, ORDINARY));
    const other = Buffer.from(sealUrl(nonceNumber(1), ORDINARY));
    const equal = sealed.filter((byte, at) => at > 0 && byte === other[at]).length;

    for (const secret of ['S3.png', 'X-Amz', 'amazonaws', NONCE, linkIdOf(NONCE)]) {
      expect(sealed.includes(secret)).toBe(false);
    }
    expect(sealed.includes(Buffer.from(NONCE, 'base64url'))).toBe(false);
    // By chance 1 byte in 256 is equal, about 4 here.
    expect(equal).toBeLessThan(40);
  });

  test('of an older deployment still opens: version 1 is pinned', () => {
    const nonce = nonceFromBytes(Uint8Array.from({ length: 32 }, (_, index) => index));
    // The record is pinned and not the sealing: another zlib may well compress in other words.
    const stored =
      'ARu54lRCRZXkWbhPXI6+pukbi3M1GQY9kLHb54pcE9/zTO5mW09zydJ8ytvi822iPz0j4aCZJfM4at3GjQM2yjCAkWiWWSAuAXzmmPJ2/aNOBUsA' +
      'JIFY3W0OqHo+akLo0cfo+nLMWKJ5kWZcaJFSPt4+9Mif7Ld7I0brjb92DTFKNuxSl27GH5/oHagr5T6mw6rprPZ9Qrbj7Xs=';

    expect(unsealUrl(nonce, Buffer.from(stored, 'base64'))).toBe(
      'https://presignedurlstack-bucket83908e77-1a2b3c4d5e6f.s3.us-east-1.amazonaws.com/S3.png' +
        '?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Content-Sha256=UNSIGNED-PAYLOAD' +
        '&X-Amz-Credential=ASIAIOSFODNN7EXAMPLE%2F20260301%2Fus-east-1%2Fs3%2Faws4_request' +
        '&X-Amz-Date=20260301T120000Z&X-Amz-Expires=3600&X-Amz-Security-Token=IQoJb3JpZ2luX2VjEXAMPLE%2Ftoken%3D%3D' +
        '&X-Amz-Signature=00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff' +
        '&X-Amz-SignedHeaders=host&x-id=GetObject',
    );
  });

  test('of an older deployment still opens whatever piece of the dictionary it refers to', () => {
    const nonce = nonceFromBytes(Uint8Array.from({ length: 32 }, (_, index) => index));
    // Sealed from the text of the dictionary, so it is nothing but references to all of it.
    const stored = Buffer.from('Acuh+22wJsucJs9eiQceW9Esszhupv4eDB6I2A==', 'base64');

    const text = unsealUrl(nonce, stored);

    expect(text).toHaveLength(633);
    expect(createHash('sha256').update(text).digest('hex')).toBe(
      '8ccde7cf534cc42cbad3e5ba7033c7f9dda5a091e2c771887a758076e796205d',
    );
  });
});
