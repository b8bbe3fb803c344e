import { explainAws, isNetworkError } from '../../cli/errors';

const S3 = { name: 'S3' };
const EMULATOR = { name: 'S3', emulatorEndpoint: 'http://127.0.0.1:4581/' };

function serviceError(name: string, httpStatusCode: number): Error {
  return Object.assign(new Error('Some reason.'), { name, $metadata: { httpStatusCode } });
}

function systemError(code: string): Error {
  return Object.assign(new Error('connect'), { code });
}

test.each<[Error, string, number]>([
  [serviceError('ExpiredToken', 400), 'CredentialsExpired', 3],
  [serviceError('ExpiredTokenException', 403), 'CredentialsExpired', 3],
  [serviceError('InvalidAccessKeyId', 403), 'CredentialsRefused', 3],
  [serviceError('SignatureDoesNotMatch', 403), 'CredentialsRefused', 3],
  [serviceError('InvalidClientTokenId', 403), 'CredentialsRefused', 3],
  [serviceError('UnrecognizedClientException', 403), 'CredentialsRefused', 3],
  [serviceError('RequestTimeTooSkewed', 403), 'ClockSkewed', 3],
  [serviceError('SlowDown', 503), 'ServiceFailed', 5],
  [serviceError('ThrottlingException', 429), 'ServiceFailed', 5],
  [serviceError('InternalError', 500), 'ServiceFailed', 5],
  [serviceError('SomethingNew', 400), 'ServiceFailed', 5],
  [systemError('ECONNREFUSED'), 'Unreachable', 5],
  [systemError('ENOTFOUND'), 'Unreachable', 5],
  [Object.assign(new Error('late'), { name: 'TimeoutError' }), 'Unreachable', 5],
  [new TypeError('fetch failed', { cause: new Error('x') }), 'Unreachable', 5],
  [new Error('outer', { cause: systemError('ECONNRESET') }), 'Unreachable', 5],
])('%s becomes %s, with exit code %i', (error, code, exitCode) => {
  expect(explainAws(error, S3, {})).toMatchObject({ code, exitCode });
});

test('an error of the request itself has its own message', () => {
  const cases = { NoSuchBucket: ['BucketNotFound', 'There is no bucket b.'] } as const;

  expect(explainAws(serviceError('NoSuchBucket', 404), S3, cases)).toMatchObject({
    code: 'BucketNotFound',
    message: 'There is no bucket b.',
  });
  expect(explainAws(serviceError('toString', 400), S3, cases)).toMatchObject({ code: 'ServiceFailed' });
});

test('an error that did not come from a service is returned as it is', () => {
  const bug = new TypeError('undefined is not a function');

  expect(explainAws(bug, S3, {})).toBe(bug);
  expect(explainAws('a string', S3, {})).toBe('a string');
  expect(isNetworkError(bug)).toBe(false);
});

test('errors of a local emulator say how to start one and how to use AWS', () => {
  expect(explainAws(systemError('ECONNREFUSED'), EMULATOR, {})).toMatchObject({
    code: 'EmulatorNotRunning',
    message:
      'No local emulator answers at http://127.0.0.1:4581/: start one with npm start, or share from AWS with --stack.',
  });
  expect(explainAws(serviceError('InvalidAccessKeyId', 403), EMULATOR, {})).toMatchObject({
    code: 'CredentialsRefused',
    message: 'The local emulator does not know these credentials: omit --profile, or share from AWS with --stack.',
  });
});
