import { PassThrough, Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { readFirstLine, sharedInput } from '../../cli/standard-input';

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
