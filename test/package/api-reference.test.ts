import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PROJECT } from '../../build/bundling';

const DOCUMENTS = join(PROJECT, 'docs', 'api');

const temporary = mkdtempSync(join(tmpdir(), 'api-reference-'));
afterAll(() => rmSync(temporary, { recursive: true }));

test('docs/api is the reference of the current code', () => {
  const directory = process.env['UPDATE_DOCS'] === undefined ? temporary : DOCUMENTS;
  execFileSync(process.execPath, ['--import', 'tsx', 'build/api-reference.ts', directory], { cwd: PROJECT });
  expect(contentOf(directory)).toEqual(contentOf(DOCUMENTS));
});

function contentOf(directory: string): Readonly<Record<string, string>> {
  return Object.fromEntries(readdirSync(directory).map((name) => [name, readFileSync(join(directory, name), 'utf8')]));
}
