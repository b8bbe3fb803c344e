import { PassThrough, Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { readFirstLine, readSnippet, sharedInput } from '../../cli/standard-input';

const { signal } = new AbortController();

test.each([
  ['one line', 'first\n', 'first'],
  ['a line without a line break', 'first', 'first'],
  ['more lines', ' first \r\nsecond\n', 'first'],
  ['nothing', '', ''],
])('the first line is read from %s', async (_, content, line) => {
  expect(await readFirstLine(Readable.from([content]), signal)).toBe(line);
});

test('the content is shared unchanged, and its size is known only after it has been read', async () => {
  const file = sharedInput(Readable.from([Buffer.from('some '), Buffer.from('bytes')]), 'a.txt');

  expect([file.name, file.sizeBytes]).toEqual(['a.txt', undefined]);
  expect(await buffer(file.read())).toEqual(Buffer.from('some bytes'));
  expect(file.sizeBytes).toBe(10);
});

test('empty input is refused, because the command before the pipe may have failed', async () => {
  await expect(buffer(sharedInput(Readable.from([]), 'a.txt').read())).rejects.toMatchObject({
    exitCode: 2,
    message: 'Standard input is empty: there is nothing to share.',
  });
});

test.each([
  ['a line', 'secret\n'],
  ['tabs and line breaks of Windows', 'user\tAda\r\n'],
  ['any script', '秘密 🔑 café'],
  ['4,096 bytes', 'é'.repeat(2048)],
])('a snippet may be %s, and is shared unchanged', async (_, text) => {
  // Some chunks end within a character.
  const file = await readSnippet(Readable.from([...Buffer.from(text)].map((byte) => Buffer.from([byte]))), signal);

  expect(file).toMatchObject({ name: 'snippet.txt', sizeBytes: Buffer.byteLength(text), isSnippet: true });
  expect((await buffer(file.read())).toString()).toBe(text);
});

test.each<[string, Buffer]>([
  ['4,097 bytes', Buffer.from(`${'é'.repeat(2048)}x`)],
  ['Latin-1', Buffer.from('café', 'latin1')],
  ['UTF-16', Buffer.from('secret', 'utf16le')],
  ['escape sequences', Buffer.from('\u001b[31mred\u001b[0m')],
])('a snippet must not be %s: it needs a name', async (_, content) => {
  await expect(readSnippet(Readable.from([content]), signal)).rejects.toMatchObject({
    exitCode: 2,
    message: 'Standard input has no file name: add --as NAME. Only UTF-8 text of at most 4,096 bytes needs none.',
  });
});

test('endless input is refused, and no longer read', async () => {
  const zeros = new Readable({ read: () => void zeros.push(Buffer.alloc(1024)) });

  await expect(readSnippet(zeros, signal)).rejects.toMatchObject({ exitCode: 2 });
  expect(zeros.destroyed).toBe(true);
});

test('an empty snippet is refused', async () => {
  await expect(readSnippet(Readable.from([]), signal)).rejects.toMatchObject({
    message: 'Standard input is empty: there is nothing to share.',
  });
});

test('reading a snippet can be interrupted while the input is silent', async () => {
  const interruption = new AbortController();
  const reading = readSnippet(new PassThrough(), interruption.signal);
  interruption.abort();

  await expect(reading).rejects.toMatchObject({ name: 'AbortError' });
});

test('reading fails if the input fails', async () => {
  const input = new PassThrough();
  const reading = buffer(sharedInput(input, 'a.txt').read());
  input.destroy(new Error('EIO'));

  await expect(reading).rejects.toThrow('EIO');
});

test('reading can be stopped while the input is silent', async () => {
  const body = sharedInput(new PassThrough(), 'a.txt').read();
  const reading = buffer(body);
  body.destroy(new Error('enough'));

  await expect(reading).rejects.toThrow('enough');
});
