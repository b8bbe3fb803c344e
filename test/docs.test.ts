import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const PROJECT = join(__dirname, '..');
const DOCUMENTS = execFileSync('git', ['ls-files', '*.md'], { cwd: PROJECT, encoding: 'utf8' }).trim().split('\n');

function read(document: string): string {
  return readFileSync(join(PROJECT, document), 'utf8');
}

/** Paths in code spans. A `*` in a path matches any name. */
function filesNamedIn(document: string): readonly string[] {
  const spans = read(document).matchAll(/`((?:test|lib|lambda|cli|emulator|bin|bench|docs)\/[\w./*-]+\.\w+)`/g);
  return [...spans].map(([, path]) => path ?? '');
}

/** Links to files in the project and to sections: path relative to the project, and anchor or ''. */
function linksIn(document: string): readonly (readonly [path: string, anchor: string])[] {
  const links = read(document).matchAll(/\]\((?!https?:)([^)#\s]*)#?([^)\s]*)\)/g);
  return [...links].map(([, path, anchor = '']) => [path ? join(document, '..', path) : document, anchor]);
}

/** The anchors that GitHub generates for the headings of a document. */
function anchorsOf(document: string): readonly string[] {
  const headings = read(document).matchAll(/^#+ (.+)$/gm);
  return [...headings].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replace(/ /g, '-'),
  );
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

test.each(DOCUMENTS)('every link in %s leads to an existing file and section', (document) => {
  const dead = linksIn(document).filter(
    ([path, anchor]) => !exists(path) || (anchor !== '' && !anchorsOf(path).includes(anchor)),
  );
  expect(dead).toEqual([]);
});

test('the README fits on two screens: at most 150 lines and 1,200 words', () => {
  const text = read('README.md');
  expect(text.trimEnd().split('\n').length).toBeLessThanOrEqual(150);
  expect(text.split(/\s+/).length).toBeLessThanOrEqual(1200);
});

test('the documents have links and name files', () => {
  expect(DOCUMENTS.flatMap(linksIn).length).toBeGreaterThan(50);
  expect(DOCUMENTS.flatMap(filesNamedIn).length).toBeGreaterThan(30);
});
