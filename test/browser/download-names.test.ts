import { readFileSync } from 'node:fs';
import { parse } from 'content-disposition';
import type { Browser, Download, Page } from 'playwright-core';
import { type CliEmulator, runCliEmulator } from '../support/cli-emulator';
import { createTempDir, runCli } from '../support/cli-process';
import { linkTo, send } from '../support/http';
import { launchChromium } from './chromium';

const tempDir = createTempDir();
let emulator: CliEmulator;
let browser: Browser;
let page: Page;

beforeAll(async () => {
  browser = await launchChromium();
  emulator = await runCliEmulator(tempDir);
  page = await browser.newPage();
});

afterAll(async () => {
  await browser?.close();
  await emulator?.close();
  tempDir.remove();
});

async function downloadFrom(clickThroughLink: string): Promise<Download> {
  await page.goto(clickThroughLink);
  const started = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Download' }).click();
  return await started;
}

async function dispositionOf(directLink: string): Promise<string> {
  const { headers } = await send(directLink);
  return (await fetch(String(headers['location']))).headers.get('content-disposition') ?? '';
}

test.each([
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
])('a browser saves %j under this name', async (name) => {
  const download = await downloadFrom(await linkTo(emulator, { click_through: true, download_as: name }));

  expect(download.suggestedFilename()).toBe(name);
});

// Chromium changes these names when it saves them: it replaces characters that some file systems do not allow, trims
// white space and composes decomposed letters. Other browsers differ, so this checks the name that S3 sends.
test.each([
  'say "yes" \'or\' no?.txt',
  ' at the ends .txt ',
  'e\u0301te\u0301.txt',
  '👩‍👩‍👧 and a*b<c>d|e:f.txt',
  '=?UTF-8?Q?report=2Eexe?=',
])('S3 sends %j unchanged', async (name) => {
  const disposition = await dispositionOf(await linkTo(emulator, { download_as: name }));

  expect(parse(disposition)).toEqual({ type: 'attachment', parameters: { filename: name } });
});

test('a file shared from the command line keeps its name and content', async () => {
  const file = tempDir.file('Übersicht “Q3” 🗝️.txt', 'content');
  const { code, stdout } = await runCli(['share', file, '--outputs', emulator.outputsFile]);
  expect(code).toBe(0);

  const download = await downloadFrom(stdout.trim());

  expect(download.suggestedFilename()).toBe('Übersicht “Q3” 🗝️.txt');
  expect(readFileSync(await download.path(), 'utf8')).toBe('content');
});

test('a file name that is not valid for a download is changed, and the command line says so', async () => {
  const file = tempDir.file('back\\slash\nand \u202eturn.txt', 'content');

  const { code, stdout, stderr } = await runCli(['share', file, '--direct', '--outputs', emulator.outputsFile]);

  expect(code).toBe(0);
  expect(stderr).toContain('back_slash_and _turn.txt');
  expect(await dispositionOf(stdout.trim())).toBe('attachment; filename="back_slash_and _turn.txt"');
});
