import fc from 'fast-check';
import { downloadNameProblem, fitDownloadName, nameOfKey } from '../../../lambda/link/download-name';
import { parseLinkRequest } from '../../../lambda/link/link-request';
import { SCALE } from '../../support/scale';

const ODD = [
  ...['\u0000', '\n', '\u007f', '\u0085', '\u2028', '\u202e', '\u2066', '/', '\\', '.', '..', '\ud83d', '\udc00'],
  ...['é', 'e\u0301', 'שלום', '😀', '👨‍👩‍👧', '"', "'", ' ', '%', ';', '=?', '\u200f'],
];
/** Long names, and names with characters that are refused. */
const NAMES = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 30 }),
  fc.array(fc.constantFrom(...ODD), { maxLength: 6 }).map((parts) => parts.join('')),
  fc.string({ unit: 'grapheme', minLength: 60, maxLength: 300 }),
);

function apiAccepts(name: string): boolean {
  const body = JSON.stringify({ bucket_name: 'b', object_name: 'k', download_as: name });
  return parseLinkRequest(body, { maxLifetimeSeconds: 604_800, signsOnOpen: true, maxUploadBytes: 5_000_000_000 }).ok;
}

test.each([
  ['', 'empty'],
  ['x'.repeat(256), 'too-long'],
  ['é'.repeat(128), 'too-long'],
  ['line\nbreak.txt', 'control-character'],
  ['nul\u0000.txt', 'control-character'],
  ['photo\u202egpj.exe', 'control-character'],
  ['half\ud83d.txt', 'control-character'],
  ['a/b.txt', 'path'],
  ['a\\b.txt', 'path'],
  ['.', 'path'],
  ['..', 'path'],
])('%j is unfit: %s', (name, problem) => {
  expect(downloadNameProblem(name)).toBe(problem);
});

test.each([
  'report.pdf',
  'x'.repeat(255),
  'é'.repeat(127),
  'שלום\u200f.txt',
  '=?UTF-8?',
  '...',
  '👨‍👩‍👧.jpg',
  '🏳️‍🌈.png',
  '50% "off".txt',
])('%j is fit, and stays unchanged', (name) => {
  expect(downloadNameProblem(name)).toBeUndefined();
  expect(fitDownloadName(name)).toBe(name);
});

test('the API accepts every fitted name, and an accepted name stays unchanged', () => {
  const property = fc.property(NAMES, (name) => {
    const fitted = fitDownloadName(name);

    expect(name === '' || apiAccepts(fitted)).toBe(true);
    expect(fitDownloadName(fitted)).toBe(fitted);
    expect(!apiAccepts(name) || fitted === name).toBe(true);
  });
  fc.assert(property, { numRuns: 200 * SCALE });
});

test.each([
  ['a\\b.txt', 'a_b.txt'],
  ['line\nbreak.txt', 'line_break.txt'],
  ['photo\u202egpj.exe', 'photo_gpj.exe'],
  ['half\ud83d.txt', 'half_.txt'],
  ['..', '_'],
  [`..${'\u0301'.repeat(200)}`, '_'], // the last dot and its accents are one grapheme, which is too long
  [`e${'\u0301'.repeat(200)}`, '_'],
  ['e\u0301', 'e\u0301'],
  ['x'.repeat(300), 'x'.repeat(255)],
  [`x.${'y'.repeat(300)}`, `x.${'y'.repeat(253)}`],
  [`${'👨‍👩‍👧'.repeat(20)}.tar.gz`, `${'👨‍👩‍👧'.repeat(14)}.gz`], // cut before the extension, between graphemes
])('%j becomes %j', (name, fitted) => {
  expect(fitDownloadName(name)).toBe(fitted);
});

test.each([
  ['a/b.txt', 'b.txt'],
  ['b.txt', 'b.txt'],
  ['a/folder/', 'folder'],
  ['//', '//'],
])('the file name of the key %s is %s', (key, name) => {
  expect(nameOfKey(key)).toBe(name);
});
