import type { LinkId } from '../../../lambda/link/nonce';
import { log, logStorageFailure } from '../../../lambda/runtime/log';
import { isAwsFailure, StorageUnavailableError } from '../../../lambda/runtime/outage';

let lines: string[];
beforeEach(() => {
  lines = [];
  jest.spyOn(process.stdout, 'write').mockImplementation((line) => lines.push(String(line)) > 0);
});
afterEach(() => jest.restoreAllMocks());

test('a log line is one line of JSON, not written through the console, which Lambda wraps', () => {
  const console = jest.spyOn(globalThis.console, 'log');

  log({ event: 'link_access', outcome: 'expired', link_id: undefined });

  expect(lines).toEqual(['{"event":"link_access","outcome":"expired"}\n']);
  expect(console).not.toHaveBeenCalled();
});

test('the log of an outage contains its subject', () => {
  const subject = { link_id: 'id' as LinkId, request_id: 'R', caller: 'arn' };

  logStorageFailure(new TypeError('secret'), subject);

  expect(lines.map((line) => JSON.parse(line))).toEqual([{ event: 'storage_failed', error: 'TypeError', ...subject }]);
});

function errorWith(fields: object): Error {
  return Object.assign(new Error('secret'), fields);
}
const THROTTLED = errorWith({
  name: 'ThrottlingException',
  $metadata: { httpStatusCode: 400, attempts: 3, requestId: 'R', cfId: 'secret' },
  $response: 'secret',
});

test.each([
  ['an AWS error', THROTTLED, { error: 'ThrottlingException', http_status: 400, attempts: 3, aws_request_id: 'R' }],
  ['no response', errorWith({ $metadata: { attempts: 3 } }), { error: 'Error', attempts: 3 }],
  ['an error without metadata', new TypeError('secret'), { error: 'TypeError' }],
  ['metadata of other types', errorWith({ $metadata: { attempts: 'secret' } }), { error: 'Error' }],
  ['metadata that is a string', errorWith({ $metadata: 'secret' }), { error: 'Error' }],
  ['a string', 'secret', { error: 'unknown' }],
  ['undefined', undefined, { error: 'unknown' }],
])('the log of an outage has no message: %s', (_, error, fields) => {
  logStorageFailure(error);

  expect(lines.map((line) => JSON.parse(line))).toEqual([{ event: 'storage_failed', ...fields }]);
});

test.each([
  ['an SDK error', errorWith({ $metadata: {} }), true],
  ['an expired deadline', errorWith({ name: 'AbortError' }), true],
  ['a bug', new TypeError('x'), false],
  ['our own outage error', new StorageUnavailableError(), false],
  ['an SDK response', { $metadata: {} }, false],
  ['undefined', undefined, false],
])('%s is an AWS failure: %p', (_, error, expected) => {
  expect(isAwsFailure(error)).toBe(expected);
});
