import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CHECKS } from '../../../cli/verify/verify';

const DOCUMENT = join(__dirname, '..', '..', '..', 'docs', 'verification.md');
const START = '<!-- Written by UPDATE_DOCS=1 npx jest test/cli/verify -->\n';
const IDS = CHECKS.map(({ id }) => id);

function chapter(heading: string): string {
  return readFileSync(DOCUMENT, 'utf8').split(`\n## ${heading}\n`)[1]?.split('\n## ')[0] ?? '';
}

test('each check has a different name', () => {
  expect(new Set(IDS).size).toBe(IDS.length);
});

test('docs/verification.md lists the checks (UPDATE_DOCS=1 writes them)', () => {
  const rows = CHECKS.map(({ id, title, settles }) => `| \`${id}\` | ${title} | ${settles} |\n`).join('');
  const table = `\n| Check | What must be true | What it settles |\n|---|---|---|\n${rows}`;
  const [before = ''] = readFileSync(DOCUMENT, 'utf8').split(START);
  if (process.env['UPDATE_DOCS'] === '1') {
    writeFileSync(DOCUMENT, `${before}${START}${table}`);
  }
  expect(readFileSync(DOCUMENT, 'utf8')).toBe(`${before}${START}${table}`);
});

test.each(['Permissions', 'Assumptions about AWS'])('the chapter %s names checks that exist', (heading) => {
  // Names of other things contain a space, a colon, a slash or a capital.
  const named = [...chapter(heading).matchAll(/`([a-z]+(?:-[a-z]+)*)`/g)].map(([, name]) => name ?? '');

  expect(named.filter((name) => name !== 'verify' && !IDS.includes(name))).toEqual([]);
  expect(named.length).toBeGreaterThan(5);
});
