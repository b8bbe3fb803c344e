import type { LinkId } from '../../../lambda/link/nonce';
import { log, logStorageFailure } from '../../../lambda/runtime/log';
import { isAwsFailure, StorageUnavailableError } from '../../../lambda/runtime/outage';

describe('a log line', () => {
  let lines: string[];
  beforeEach(() => {
    lines = [];
    jest.spyOn(process.stdout, 'write').mockImplementation((line) => lines.push(String(line)) > 0);
  });
  afterEach(() => jest.restoreAllMocks());

  test('is one line of JSON, not written through the console, which Lambda wraps', () => {
    const console = jest.spyOn(globalThis.console, 'log');

    log({ event: 'link_access', outcome: 'expired', link_id: undefined });

    expect(lines).toEqual(['{"event":"link_access","outcome":"expired"}\n']);
    expect(console).not.toHaveBeenCalled();
  });

  test('of an outage contains its subject', () => {
    const subject = { link_id: 'id' as LinkId, request_id: 'R', caller: 'arn' };

    logStorageFailure(new TypeError('secret'), subject);

    expect(lines.map((line) => JSON.parse(line))).toEqual([
      { event: 'storage_failed', error: 'TypeError', ...subject },
    ]);
  });

  test.each([
    [
      'an AWS error: name, status, attempts and request ID',
      Object.assign(new Error('secret'), {
        name: 'ThrottlingException',
        $metadata: { httpStatusCode: 400, attempts: 3, requestId: 'R', cfId: 'secret' },
        $response: 'secret',
      }),
      { error: 'ThrottlingException', http_status: 400, attempts: 3, aws_request_id: 'R' },
    ],
    [
      'no response: name and attempts',
      Object.assign(new Error('secret'), { $metadata: { attempts: 3 } }),
      { error: 'Error', attempts: 3 },
    ],
    ['an error without metadata: its name', new TypeError('secret'), { error: 'TypeError' }],
    [
      'metadata of other types: its name',
      Object.assign(new Error('x'), { $metadata: { attempts: 'secret' } }),
      { error: 'Error' },
    ],
    ['metadata that is a string: its name', Object.assign(new Error('x'), { $metadata: 'secret' }), { error: 'Error' }],
    ['a string: unknown', 'secret', { error: 'unknown' }],
    ['undefined: unknown', undefined, { error: 'unknown' }],
  ])('of an outage, by error: %s', (_, error, fields) => {
    logStorageFailure(error);

    expect(lines.map((line) => JSON.parse(line))).toEqual([{ event: 'storage_failed', ...fields }]);
  });
});

describe('isAwsFailure', () => {
  test.each([
    ['an SDK error', Object.assign(new Error('x'), { $metadata: {} }), true],
    ['the end of a deadline', Object.assign(new Error('x'), { name: 'AbortError' }), true],
    ['a bug', new TypeError('x'), false],
    ['our own outage error', new StorageUnavailableError(), false],
    ['an SDK response', { $metadata: {} }, false],
    ['undefined', undefined, false],
  ])('%s', (_, error, expected) => {
    expect(isAwsFailure(error)).toBe(expected);
  });
});
