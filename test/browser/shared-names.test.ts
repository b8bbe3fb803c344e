import { readFileSync } from 'node:fs';
import { parse } from 'content-disposition';
import type { Browser } from 'playwright-core';
import { type CliEmulator, runCliEmulator } from '../support/cli-emulator';
import { createTempDir, runShare } from '../support/cli-process';
import { send } from '../support/http';
import { launchChromium } from './chromium';

/** Names that file systems take, and that Chromium leaves alone. */
const NAMES = [
  'plain.txt',
  'two  words .txt',
  '100% sure; a=b, c.txt',
  "it's (50%) 'quoted' [1] {2}.txt",
  'Übersicht “Q3” – final.txt',
  'été.txt',
  'שלום עולם.txt',
  'ملف.txt',
  '報告書 2026.txt',
  'keys 🗝️ 😀.txt',
  "UTF-8''%41.txt",
  'no extension',
  `${'ü'.repeat(125)}.txt`,
];
/**
 * Names that Chromium changes as it saves them: what some file system does not take becomes `_`, blanks at the ends go, and
 * decomposed letters, as macOS likes them, are composed. Others do otherwise; what counts is what they are sent.
 */
const CHANGED = [
  'say "yes" \'or\' no?.txt',
  ' at the ends .txt ',
  'e\u0301te\u0301.txt',
  '👩‍👩‍👧 and a*b<c>d|e:f.txt',
  '=?UTF-8?Q?report=2Eexe?=',
];

const workshop = createTempDir();
const links = new Map<string, string>();
let emulator: CliEmulator;
let browser: Browser;

beforeAll(async () => {
  browser = await launchChromium();
  emulator = await runCliEmulator(workshop);
  for (const name of NAMES) {
    links.set(name, await share(name));
  }
  for (const name of CHANGED) {
    links.set(name, await share(name, '--direct'));
  }
});
afterAll(async () => {
  await browser?.close();
  await emulator?.close();
  workshop.remove();
});

/** Shares a file that has its own name as content. @returns the link */
async function share(name: string, ...options: readonly string[]): Promise<string> {
  const file = workshop.file(name, name);
  const { code, stdout } = await runShare([file, '--outputs', emulator.outputsFile, ...options]);
  expect(code).toBe(0);
  return stdout.trim();
}

test.each(NAMES)('once its button is pressed, a browser saves %j under its name, with its content', async (name) => {
  const context = await browser.newContext();
  const page = await context.newPage();
  await page.goto(links.get(name) ?? '');
  const downloading = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Open the file' }).click();
  const download = await downloading;

  expect(download.suggestedFilename()).toBe(name);
  expect(readFileSync(await download.path(), 'utf8')).toBe(name);
  await context.close();
});

test.each(CHANGED)('every client is told %j as it is', async (name) => {
  const opened = await send(links.get(name) ?? '');
  const response = await fetch(String(opened.headers['location']));

  expect(parse(response.headers.get('content-disposition') ?? '')).toEqual({
    type: 'attachment',
    parameters: { filename: name },
  });
});

test('a name that a link cannot carry is changed, and its sender is told', async () => {
  const file = workshop.file('back\\slash\nand \u202eturn.txt', 'x');

  const { code, stdout, stderr } = await runShare([file, '--direct', '--outputs', emulator.outputsFile]);

  expect(code).toBe(0);
  expect(stderr).toContain('The download is saved as back_slash_and _turn.txt: a link cannot carry the name as it is.');
  const opened = await send(stdout.trim());
  const response = await fetch(String(opened.headers['location']));
  expect(response.headers.get('content-disposition')).toBe('attachment; filename="back_slash_and _turn.txt"');
});
