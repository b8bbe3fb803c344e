import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const PROJECT = join(__dirname, '..');
const DOCUMENTS = [
  'README.md',
  'CONTRIBUTING.md',
  'emulator/README.md',
  'SECURITY.md',
  ...readdirSync(join(PROJECT, 'docs')).map((name) => `docs/${name}`),
].filter((name) => name.endsWith('.md'));

/** Paths that a document names, in code or as a link. A `*` in a path matches any name. */
function filesNamedIn(document: string): readonly string[] {
  const text = readFileSync(join(PROJECT, document), 'utf8');
  const inCode = [...text.matchAll(/`((?:test|lib|lambda|cli|emulator|bin|bench)\/[\w./*-]+\.(?:ts|js))`/g)].map(
    ([, path]) => path ?? '',
  );
  const linked = [...text.matchAll(/\]\((?!https?:|#)([^)#\s]+)/g)].map(([, path]) => join(document, '..', path ?? ''));
  return [...inCode, ...linked];
}

function exists(path: string): boolean {
  const [start, end] = path.split('*');
  if (start === undefined || end === undefined) {
    return existsSync(join(PROJECT, path));
  }
  const folder = join(PROJECT, start, '..', start.endsWith('/') ? '.' : '');
  return readdirSync(folder).some((name) => join(start, '..', name).startsWith(start) && name.endsWith(end));
}

test.each(DOCUMENTS)('every file that %s names exists', (document) => {
  expect(filesNamedIn(document).filter((path) => !exists(path))).toEqual([]);
});

test('the documents name files', () => {
  expect(DOCUMENTS.flatMap(filesNamedIn).length).toBeGreaterThan(30);
});
