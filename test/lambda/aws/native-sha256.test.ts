import { NativeSha256 } from '../../../lambda/aws/native-sha256';

/** `abc` in the middle of other bytes. */
const BYTES = Uint8Array.from([0, 0x61, 0x62, 0x63, 0]);
const SHA256_OF_ABC = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad';
/** Keyed with `key`. */
const HMAC_OF_ABC = '9c196e32dc0175f86f4b1cb89289d6619de6bee699e4c378e68309ed97a1a6ab';

test.each([
  ['a string', 'abc', 'key'],
  ['bytes', BYTES.subarray(1, 4), Buffer.from('key')],
  ['an ArrayBuffer', BYTES.slice(1, 4).buffer, Uint8Array.from(Buffer.from('key')).buffer],
  ['a DataView', new DataView(BYTES.buffer, 1, 3), new DataView(Uint8Array.from(Buffer.from('key')).buffer)],
])('hashes %s, with and without a secret', async (_, data, secret) => {
  const hash = new NativeSha256();
  const hmac = new NativeSha256(secret);
  hash.update(data);
  hmac.update(data);

  expect(Buffer.from(await hash.digest()).toString('hex')).toBe(SHA256_OF_ABC);
  expect(Buffer.from(await hmac.digest()).toString('hex')).toBe(HMAC_OF_ABC);
});
