import { log, logStorageFailure } from '../../../lambda/runtime/log';
import { isAwsFailure, StorageUnavailableError } from '../../../lambda/runtime/outage';

describe('a log line', () => {
  let lines: unknown[];
  beforeEach(() => {
    lines = [];
    jest.spyOn(console, 'log').mockImplementation((...line: readonly unknown[]) => void lines.push(...line));
  });
  afterEach(() => jest.restoreAllMocks());

  test('is one line of JSON', () => {
    log({ event: 'link_access', outcome: 'expired' });

    expect(lines).toEqual(['{"event":"link_access","outcome":"expired"}']);
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

    expect(lines.map((line) => JSON.parse(String(line)))).toEqual([{ event: 'storage_failed', ...fields }]);
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
