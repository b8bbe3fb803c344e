import { randomBytes } from 'node:crypto';
import { drawNonce, linkIdOf, nonceFromBytes, parseLinkId, parseNonce, sealingKeyOf } from '../../../lambda/link/nonce';
import { nonceNumber } from '../support/samples';

const BASE64URL = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
const COUNTING = nonceFromBytes(Uint8Array.from({ length: 32 }, (_, index) => index));

/** Every spelling that differs from the nonce in one of the six bits of one of its characters. */
function oneBitAway(nonce: string): readonly string[] {
  return [...nonce].flatMap((character, at) =>
    [1, 2, 4, 8, 16, 32].map((bit) => {
      const changed = BASE64URL[BASE64URL.indexOf(character) ^ bit];
      return `${nonce.slice(0, at)}${changed}${nonce.slice(at + 1)}`;
    }),
  );
}

describe('a nonce', () => {
  test('is drawn again until its link ID does not start with a dash, which a command line reads as an option', () => {
    const numbers = Array.from({ length: 200 }, (_, number) => number);
    const dashed = numbers.find((number) => linkIdOf(nonceNumber(number)).startsWith('-')) ?? -1;
    const sources = [nonceNumber(dashed), nonceNumber(dashed), nonceNumber(0)];

    const { nonce, linkId } = drawNonce(() => Buffer.from(sources.shift() ?? '', 'base64url'));

    expect(dashed).toBeGreaterThan(0);
    expect(nonce).toBe(nonceNumber(0));
    expect(linkId).toBe(linkIdOf(nonce));
    expect(sources).toEqual([]);
  });

  test('is 32 bytes in 43 characters of unpadded base64url', () => {
    expect(COUNTING).toBe('AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8');
    expect(nonceFromBytes(Buffer.alloc(32, 0xff))).toBe('__________________________________________8');
  });

  test.each([0, 16, 31, 33, 64])('cannot have %i bytes', (length) => {
    expect(() => nonceFromBytes(Buffer.alloc(length))).toThrow(RangeError);
  });

  test('is parsed, whatever its bytes', () => {
    for (const nonce of Array.from({ length: 500 }, () => nonceFromBytes(randomBytes(32)))) {
      expect(parseNonce(nonce)).toBe(nonce);
    }
  });

  test.each([
    ['nothing', undefined],
    ['an empty text', ''],
    ['31 bytes', Buffer.alloc(31).toString('base64url')],
    ['33 bytes', Buffer.alloc(33).toString('base64url')],
    ['42 characters', COUNTING.slice(1)],
    ['44 characters', `${COUNTING}A`],
    ['padding', `${COUNTING}=`],
    ['the alphabet of plain base64', Buffer.alloc(32, 0xff).toString('base64').replace('=', '')],
    ['a space before', ` ${COUNTING}`],
    ['a space inside', `${COUNTING.slice(0, 20)} ${COUNTING.slice(20)}`],
    ['a space in place of a character', `${COUNTING.slice(0, 20)} ${COUNTING.slice(21)}`],
    ['a line break after', `${COUNTING}\n`],
    ['a NUL after', `${COUNTING}\0`],
    ['a percent-encoded character', `%41${COUNTING.slice(1)}`],
    ['a letter that looks the same', `А${COUNTING.slice(1)}`],
    ['two nonces', `${COUNTING},${COUNTING}`],
    ['a megabyte', 'A'.repeat(1_048_576)],
  ])('is not parsed from %s', (_, text) => {
    expect(parseNonce(text)).toBeUndefined();
  });

  test('with one bit of any character flipped is not a nonce, or has another link ID and key', () => {
    const changed = oneBitAway(nonceNumber(1));
    const nonces = changed.map(parseNonce).filter((nonce) => nonce !== undefined);

    expect(changed).toHaveLength(43 * 6);
    // 43 characters have two spare bits: flipping those must not give a second spelling.
    expect(nonces).toHaveLength(256);
    const all = [nonceNumber(1), ...nonces];
    expect(new Set(all.map(linkIdOf)).size).toBe(257);
    expect(new Set(all.map((nonce) => Buffer.from(sealingKeyOf(nonce).key).toString('hex'))).size).toBe(257);
  });
});

describe('a link ID', () => {
  const LINK_ID = linkIdOf(COUNTING);

  test('is parsed in its canonical spelling only', () => {
    expect(parseLinkId(LINK_ID)).toBe(LINK_ID);
    // 22 characters have four spare bits.
    const spellings = oneBitAway(LINK_ID).filter((text) => parseLinkId(text) !== undefined);
    expect(spellings).toHaveLength(128);
  });

  test.each([
    ['nothing', undefined],
    ['an empty text', ''],
    ['21 characters', LINK_ID.slice(1)],
    ['23 characters', `${LINK_ID}A`],
    ['padding', `${LINK_ID}==`],
    ['the alphabet of plain base64', Buffer.alloc(16, 0xff).toString('base64').replace('==', '')],
    ['a nonce', COUNTING],
    ['a percent-encoded character', `%${LINK_ID.charCodeAt(0).toString(16)}${LINK_ID.slice(1)}`],
    ['a space after', `${LINK_ID} `],
    ['the name of the parameter', '{link_id}'],
    ['a megabyte', 'A'.repeat(1_048_576)],
  ])('is not parsed from %s', (_, text) => {
    expect(parseLinkId(text)).toBeUndefined();
  });
});

describe('the derivation', () => {
  test('never drifts: links that were issued before a deployment are redeemed after it', () => {
    const { key, iv } = sealingKeyOf(COUNTING);

    // HKDF-SHA256 without salt (RFC 5869), computed with Python's hmac and hashlib.
    expect(linkIdOf(COUNTING)).toBe('82aXbhElgMsOfnLTeEzwfA');
    expect(Buffer.from(key).toString('hex')).toBe('d3199ecb1f9873990ff2a18bee4d7d297b191ef5f3ce2b09f9f620125ed3b761');
    expect(Buffer.from(iv).toString('hex')).toBe('89e9ad80495545b48c7a6627');
  });

  test('puts no part of the nonce or the key into the link ID', () => {
    for (const nonce of Array.from({ length: 50 }, (_, number) => nonceNumber(number))) {
      const linkId = Buffer.from(linkIdOf(nonce), 'base64url');
      const { key, iv } = sealingKeyOf(nonce);
      const secret = Buffer.concat([Buffer.from(nonce, 'base64url'), key, iv]);

      const pieces = Array.from({ length: linkId.length - 3 }, (_, at) => linkId.subarray(at, at + 4));
      expect(pieces.some((piece) => secret.includes(piece))).toBe(false);
    }
  });
});
