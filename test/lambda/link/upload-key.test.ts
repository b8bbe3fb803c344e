import fc from 'fast-check';
import { linkIdOf } from '../../../lambda/link/nonce';
import { MAX_UPLOAD_PREFIX_BYTES, uploadKey } from '../../../lambda/link/upload-key';
import { SCALE } from '../../support/scale';
import { nonceNumber } from '../support/samples';

const LINK_ID = linkIdOf(nonceNumber(0));
const INBOX = { key: { prefix: 'inbox/acme/' } };

test.each([
  ['photo.jpg', 'photo.jpg'],
  ['größe (1) & "x"?#%2F.txt', 'größe (1) & "x"?#%2F.txt'],
  ['日本語📦.pdf', '日本語📦.pdf'],
  ['.', '_'],
  ['..', '_'],
  ['...', '...'],
  ['.htaccess', '.htaccess'],
  ['/', '_'],
  ['/etc/passwd', '_etc_passwd'],
  ['../../secret.txt', '.._.._secret.txt'],
  ['..\\..\\secret.txt', '.._.._secret.txt'],
  ['C:\\fakepath\\photo.jpg', 'C:_fakepath_photo.jpg'],
  ['folder/', 'folder_'],
  ['%2e%2e', '%2e%2e'], // S3 does not decode the key again.
  ['line\r\nbreak\0.txt', 'line__break_.txt'],
  ['photo\u202egpj.exe', 'photo_gpj.exe'],
  ['half\ud83d.txt', 'half_.txt'],
  [`${'n'.repeat(300)}.tar.gz`, `${'n'.repeat(252)}.gz`],
  ['文'.repeat(341), '文'.repeat(85)],
])('the file %j is stored as %j, below the prefix and the link ID', (fileName, name) => {
  expect(uploadKey(INBOX, LINK_ID, fileName)).toBe(`inbox/acme/${LINK_ID}/${name}`);
});

test('a link for one key uses that key for a file of any name', () => {
  expect(uploadKey({ key: { objectName: 'inbox/contract.pdf' } }, LINK_ID, '../secret')).toBe('inbox/contract.pdf');
});

test('no file name leaves the folder of the link, and the key has at most 1,024 bytes', () => {
  const longest = { key: { prefix: `${'p'.repeat(MAX_UPLOAD_PREFIX_BYTES - 1)}/` } };
  const nasty = fc.constantFrom('.', '..', '/', '\\', '\0', '\n', '\ud83d', '\udce6', '\u202e', '%2f', '📦', '文', ' ');
  const names = fc.string({ unit: fc.oneof(nasty, fc.string({ unit: 'binary', maxLength: 1 })), maxLength: 400 });
  const property = fc.property(names, (fileName) => {
    const key = uploadKey(longest, LINK_ID, fileName);

    const [prefix, folder, name = '', ...others] = key.split('/');
    expect([`${prefix}/`, folder, others]).toEqual([longest.key.prefix, LINK_ID, []]);
    expect(name).toMatch(/^[^/\\\p{Cc}\p{Surrogate}]+$/u);
    expect(['.', '..']).not.toContain(name);
    expect(Buffer.byteLength(name)).toBeLessThanOrEqual(255);
    expect(Buffer.byteLength(key)).toBeLessThanOrEqual(1_024);
  });
  fc.assert(property, { numRuns: 300 * SCALE });
});
