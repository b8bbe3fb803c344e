import { spawnSync } from 'node:child_process';
import { appendFileSync, renameSync, truncateSync, unlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { openSharedFile, type SharedFile } from '../../cli/shared-file';
import { createTempDir } from '../support/cli-process';

const CONTENT = Buffer.alloc(3_000_000, 'content ');
const tempDir = createTempDir();
const { directory } = tempDir;
const opened: SharedFile[] = [];

afterEach(async () => {
  await Promise.all(opened.splice(0).map((file) => file.close()));
});
afterAll(() => tempDir.remove());

async function openFile(content = CONTENT): Promise<{ readonly path: string; readonly file: SharedFile }> {
  const path = tempDir.file('a file.bin', content);
  // Old, so that every write changes the time.
  utimesSync(path, 1, 1);
  const file = await openSharedFile(path);
  opened.push(file);
  return { path, file };
}

test('a file is read with its name and size', async () => {
  const { file } = await openFile();

  expect(file).toMatchObject({ name: 'a file.bin', sizeBytes: CONTENT.length });
  expect((await buffer(file.read())).equals(CONTENT)).toBe(true);
});

test('an empty file is read', async () => {
  const { file } = await openFile(Buffer.alloc(0));

  expect(file.sizeBytes).toBe(0);
  expect(await buffer(file.read())).toHaveLength(0);
});

test.each<[string, string, (path: string) => void]>([
  ['grows', 'changed', (path) => appendFileSync(path, 'more')],
  ['shrinks', 'changed', (path) => truncateSync(path, 10)],
  ['is overwritten', 'changed', (path) => writeFileSync(path, Buffer.alloc(CONTENT.length, 'x'))],
  ['is replaced by a file with the same size and time', 'changed', replace],
  ['is removed', 'vanished', (path) => unlinkSync(path)],
])('a file that %s while it is read is refused', async (_, event, change) => {
  const { path, file } = await openFile();

  const reading = (async () => {
    for await (const _chunk of file.read()) {
      change(path);
      change = () => {};
    }
  })();

  await expect(reading).rejects.toMatchObject({
    exitCode: 5,
    message: `${path} ${event} during the upload: share it again when it is complete.`,
  });
});

function replace(path: string): void {
  writeFileSync(`${path}.new`, CONTENT);
  utimesSync(`${path}.new`, 1, 1);
  renameSync(`${path}.new`, path);
}

test.each<[string, string, number, string]>([
  ['a missing file', join(directory, 'none'), 4, 'There is no file '],
  ['a path below a file', join(__filename, 'x'), 4, 'There is no file '],
  ['a folder', directory, 2, 'is a folder: share an archive of it.'],
  ['a device', '/dev/null', 2, 'is not a regular file'],
  ['a name that is too long', join(directory, 'x'.repeat(300)), 3, 'cannot be read (ENAMETOOLONG).'],
])('%s is refused', async (_, path, exitCode, message) => {
  await expect(openSharedFile(path)).rejects.toMatchObject({ exitCode, message: expect.stringContaining(message) });
});

test('if a missing file is named like a command, the message names the command', async () => {
  await expect(openSharedFile('status')).rejects.toMatchObject({
    message: 'There is no file status: for the command, write npx one-time-links status LINK_ID.',
  });
});

test('a pipe is refused at once, although opening it would block', async () => {
  const pipe = join(directory, 'pipe');
  spawnSync('mkfifo', [pipe]);

  await expect(openSharedFile(pipe)).rejects.toMatchObject({ exitCode: 2 });
});
