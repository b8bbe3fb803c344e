import { spawnSync } from 'node:child_process';
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  truncateSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { openSharedFile, type SharedFile } from '../../cli/shared-file';

const directory = mkdtempSync(join(tmpdir(), 'shared-file-'));
afterAll(() => rmSync(directory, { recursive: true }));

const CONTENT = Buffer.alloc(3_000_000, 'content ');
const opened: SharedFile[] = [];
afterEach(async () => {
  await Promise.all(opened.splice(0).map((file) => file.close()));
});

async function openFile(content: Buffer = CONTENT): Promise<{ readonly path: string; readonly file: SharedFile }> {
  const path = join(directory, 'a file.bin');
  writeFileSync(path, content);
  // Long ago, so that a write always gives it another time.
  utimesSync(path, 1, 1);
  const file = await openSharedFile(path);
  opened.push(file);
  return { path, file };
}

test('a file is read as it is, with its name and size', async () => {
  const { file } = await openFile();

  expect(file).toMatchObject({ name: 'a file.bin', size: CONTENT.length });
  expect((await buffer(file.read())).equals(CONTENT)).toBe(true);
});

test('how to make one file of a folder can be pasted into a shell, whatever the folder is called', async () => {
  const folder = join(directory, "Ada's (old) files");
  mkdirSync(folder);
  const { message } = await openSharedFile(folder).catch((error) => error);
  const [, command = ''] = message.split('for example: ');

  expect(spawnSync('sh', ['-c', command], { cwd: directory }).status).toBe(0);
  expect(existsSync(`${folder}.tgz`)).toBe(true);
});

test.each(['.', '/', '..'])('no such command is given for %s', async (path) => {
  await expect(openSharedFile(path)).rejects.toThrow(`${path} is a folder: make one file of it first.`);
});

test('an empty file is read as well', async () => {
  const { file } = await openFile(Buffer.alloc(0));

  expect(file.size).toBe(0);
  expect(await buffer(file.read())).toHaveLength(0);
});

test.each<[string, string, (path: string) => void]>([
  ['grows', 'changed', (path) => appendFileSync(path, 'more')],
  ['shrinks', 'changed', (path) => truncateSync(path, 10)],
  ['is written over', 'changed', (path) => writeFileSync(path, Buffer.alloc(CONTENT.length, 'x'))],
  ['is replaced by another of its size and age', 'changed', replace],
  ['vanishes', 'vanished', (path) => unlinkSync(path)],
])('a file that %s before it is read to its end is refused', async (_, what, change) => {
  const { path, file } = await openFile();

  const reading = (async () => {
    for await (const _chunk of file.read()) {
      change(path);
      change = () => {};
    }
  })();

  await expect(reading).rejects.toMatchObject({
    code: 'FileChanged',
    exitCode: 5,
    message: `${path} ${what} while it was uploaded: share it again when it is finished.`,
  });
});

function replace(path: string): void {
  writeFileSync(`${path}.new`, CONTENT);
  utimesSync(`${path}.new`, 1, 1);
  renameSync(`${path}.new`, path);
}

test.each<[string, () => string, string, string]>([
  ['what is not there', () => join(directory, 'none'), 'FileNotFound', 'There is no file'],
  ['what is below a file', () => join(__filename, 'x'), 'FileNotFound', 'There is no file'],
  ['a folder', () => directory, 'NotAFile', 'is a folder: make one file of it first'],
  ['a device', () => '/dev/null', 'NotAFile', 'is no regular file'],
  ['a name that is too long', () => join(directory, 'x'.repeat(300)), 'FileUnreadable', '(ENAMETOOLONG)'],
])('%s is refused', async (_, path, code, message) => {
  await expect(openSharedFile(path())).rejects.toMatchObject({ code, message: expect.stringContaining(message) });
});

test('a pipe is refused at once: nobody waits for who writes to it', async () => {
  const pipe = join(directory, 'pipe');
  spawnSync('mkfifo', [pipe]);

  await expect(openSharedFile(pipe)).rejects.toMatchObject({ code: 'NotAFile' });
});
