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

  test('is one line of JSON, past the console: Lambda’s puts something before or around it', () => {
    const console = jest.spyOn(globalThis.console, 'log');

    log({ event: 'link_access', outcome: 'expired', link_id: undefined });

    expect(lines).toEqual(['{"event":"link_access","outcome":"expired"}\n']);
    expect(console).not.toHaveBeenCalled();
  });

  test('of an outage says which request it was about, and who asked', () => {
    const subject = { link_id: 'id' as LinkId, request_id: 'R', caller: 'arn' };

    logStorageFailure(new TypeError('secret'), subject);

    expect(lines.map((line) => JSON.parse(line))).toEqual([
      { event: 'storage_failed', error: 'TypeError', ...subject },
    ]);
  });

  test.each([
    [
      'an AWS failure: name, status, tries and request id',
      Object.assign(new Error('secret'), {
        name: 'ThrottlingException',
        $metadata: { httpStatusCode: 400, attempts: 3, requestId: 'R', cfId: 'secret' },
        $response: 'secret',
      }),
      { error: 'ThrottlingException', http_status: 400, attempts: 3, aws_request_id: 'R' },
    ],
    [
      'no answer: name and tries',
      Object.assign(new Error('secret'), { $metadata: { attempts: 3 } }),
      { error: 'Error', attempts: 3 },
    ],
    ['an error without metadata: its name', new TypeError('secret'), { error: 'TypeError' }],
    [
      'metadata of other types: nothing',
      Object.assign(new Error('x'), { $metadata: { attempts: 'secret' } }),
      { error: 'Error' },
    ],
    ['metadata that is none: nothing', Object.assign(new Error('x'), { $metadata: 'secret' }), { error: 'Error' }],
    ['a text: nothing of it', 'secret', { error: 'unknown' }],
    ['nothing', undefined, { error: 'unknown' }],
  ])('of an outage tells of %s', (_, error, fields) => {
    logStorageFailure(error);

    expect(lines.map((line) => JSON.parse(line))).toEqual([{ event: 'storage_failed', ...fields }]);
  });
});

describe('an AWS failure', () => {
  test.each([
    ['what the SDK threw', Object.assign(new Error('x'), { $metadata: {} }), true],
    ['a bug', new TypeError('x'), false],
    ['our own report of an outage', new StorageUnavailableError(), false],
    ['an answer of the SDK', { $metadata: {} }, false],
    ['nothing', undefined, false],
  ])('is told from the rest: %s', (_, error, expected) => {
    expect(isAwsFailure(error)).toBe(expected);
  });
});
