import { randomBytes } from 'node:crypto';
import { drawNonce, linkIdOf, nonceFromBytes, parseLinkId, parseNonce, sealingKeyOf } from '../../../lambda/link/nonce';
import { nonceNumber } from '../support/samples';

const BASE64URL = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
const NONCE = nonceFromBytes(Uint8Array.from({ length: 32 }, (_, index) => index));
const LINK_ID = linkIdOf(NONCE);

/** Every string that differs in one of the six bits of one character. */
function oneBitAway(text: string): readonly string[] {
  return [...text].flatMap((character, at) =>
    [1, 2, 4, 8, 16, 32].map((bit) => {
      const changed = BASE64URL[BASE64URL.indexOf(character) ^ bit];
      return `${text.slice(0, at)}${changed}${text.slice(at + 1)}`;
    }),
  );
}

test('a nonce is 32 bytes in 43 characters of unpadded base64url', () => {
  expect(NONCE).toBe('AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8');
  expect(nonceFromBytes(Buffer.alloc(32, 0xff))).toBe('__________________________________________8');
});

test.each([0, 16, 31, 33, 64])('a nonce cannot have %i bytes', (length) => {
  expect(() => nonceFromBytes(Buffer.alloc(length))).toThrow(RangeError);
});

test('a nonce is generated again if its link ID starts with a dash, which a command line would read as an option', () => {
  const dashed = nonceNumber(58);
  const sources = [dashed, dashed, NONCE];

  expect(linkIdOf(dashed)).toMatch(/^-/);
  expect(drawNonce(() => Buffer.from(sources.shift() ?? '', 'base64url'))).toEqual({ nonce: NONCE, linkId: LINK_ID });
  expect(sources).toEqual([]);
});

test('every nonce is parsed', () => {
  for (const nonce of Array.from({ length: 500 }, () => nonceFromBytes(randomBytes(32)))) {
    expect(parseNonce(nonce)).toBe(nonce);
  }
});

test.each([
  ['nothing', undefined],
  ['an empty string', ''],
  ['31 bytes', Buffer.alloc(31).toString('base64url')],
  ['33 bytes', Buffer.alloc(33).toString('base64url')],
  ['42 characters', NONCE.slice(1)],
  ['44 characters', `${NONCE}A`],
  ['padding', `${NONCE}=`],
  ['the standard base64 alphabet', Buffer.alloc(32, 0xff).toString('base64').replace('=', '')],
  ['a leading space', ` ${NONCE}`],
  ['a space inside', `${NONCE.slice(0, 20)} ${NONCE.slice(20)}`],
  ['a space instead of a character', `${NONCE.slice(0, 20)} ${NONCE.slice(21)}`],
  ['a trailing line break', `${NONCE}\n`],
  ['a trailing NUL', `${NONCE}\0`],
  ['a percent-encoded character', `%41${NONCE.slice(1)}`],
  ['a letter that looks the same', `А${NONCE.slice(1)}`],
  ['two nonces', `${NONCE},${NONCE}`],
  ['a megabyte', 'A'.repeat(1_048_576)],
])('%s is not a nonce', (_, text) => {
  expect(parseNonce(text)).toBeUndefined();
});

test('a nonce with one bit flipped is not a nonce, or has another link ID and key', () => {
  const changed = oneBitAway(nonceNumber(1));
  const nonces = changed.map(parseNonce).filter((nonce) => nonce !== undefined);

  expect(changed).toHaveLength(43 * 6);
  // 43 base64url characters hold 258 bits. The two unused bits must be zero, so each nonce has only one encoding.
  expect(nonces).toHaveLength(256);
  const all = [nonceNumber(1), ...nonces];
  expect(new Set(all.map(linkIdOf)).size).toBe(257);
  expect(new Set(all.map((nonce) => Buffer.from(sealingKeyOf(nonce).key).toString('hex'))).size).toBe(257);
});

test('a link ID is parsed in its canonical encoding only', () => {
  expect(parseLinkId(LINK_ID)).toBe(LINK_ID);
  // 22 base64url characters hold 132 bits. The four unused bits must be zero.
  expect(oneBitAway(LINK_ID).filter((text) => parseLinkId(text) !== undefined)).toHaveLength(128);
});

test.each([
  ['nothing', undefined],
  ['an empty string', ''],
  ['21 characters', LINK_ID.slice(1)],
  ['23 characters', `${LINK_ID}A`],
  ['padding', `${LINK_ID}==`],
  ['the standard base64 alphabet', Buffer.alloc(16, 0xff).toString('base64').replace('==', '')],
  ['a nonce', NONCE],
  ['a percent-encoded character', `%38${LINK_ID.slice(1)}`],
  ['a trailing space', `${LINK_ID} `],
  ['the name of the parameter', '{link_id}'],
  ['a megabyte', 'A'.repeat(1_048_576)],
])('%s is not a link ID', (_, text) => {
  expect(parseLinkId(text)).toBeUndefined();
});

test('the derivation does not change, so links that were issued before a deployment can be redeemed after it', () => {
  const { key, iv } = sealingKeyOf(NONCE);

  // HKDF-SHA256 without salt (RFC 5869), computed with Python's hmac and hashlib.
  expect(LINK_ID).toBe('82aXbhElgMsOfnLTeEzwfA');
  expect(Buffer.from(key).toString('hex')).toBe('d3199ecb1f9873990ff2a18bee4d7d297b191ef5f3ce2b09f9f620125ed3b761');
  expect(Buffer.from(iv).toString('hex')).toBe('89e9ad80495545b48c7a6627');
});

test('a link ID contains no four bytes of the nonce or the key', () => {
  for (let number = 0; number < 50; number++) {
    const nonce = nonceNumber(number);
    const linkId = Buffer.from(linkIdOf(nonce), 'base64url');
    const { key, iv } = sealingKeyOf(nonce);
    const secret = Buffer.concat([Buffer.from(nonce, 'base64url'), key, iv]);

    const pieces = Array.from({ length: 13 }, (_, at) => linkId.subarray(at, at + 4));
    expect(pieces.some((piece) => secret.includes(piece))).toBe(false);
  }
});
