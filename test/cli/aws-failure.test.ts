import { explainAws, isNetworkFailure } from '../../cli/aws-failure';

const AWS = { name: 'S3' };
const EMULATOR = { name: 'S3', emulatorEndpoint: 'http://127.0.0.1:4581/' };

function serviceError(name: string, status: number, message = 'Said so.'): Error {
  return Object.assign(new Error(message), { name, $metadata: { httpStatusCode: status } });
}

test.each<[Error, string, number]>([
  [serviceError('ExpiredToken', 400), 'CredentialsExpired', 3],
  [serviceError('ExpiredTokenException', 403), 'CredentialsExpired', 3],
  [serviceError('InvalidAccessKeyId', 403), 'CredentialsRefused', 3],
  [serviceError('SignatureDoesNotMatch', 403), 'CredentialsRefused', 3],
  [serviceError('InvalidClientTokenId', 403), 'CredentialsRefused', 3],
  [serviceError('RequestTimeTooSkewed', 403), 'ClockSkewed', 3],
  [serviceError('SlowDown', 503), 'ServiceFailed', 5],
  [serviceError('ThrottlingException', 429), 'ServiceFailed', 5],
  [serviceError('InternalError', 500), 'ServiceFailed', 5],
  [serviceError('SomethingNew', 400), 'ServiceFailed', 5],
  [Object.assign(new Error('connect'), { code: 'ECONNREFUSED' }), 'Unreachable', 5],
  [Object.assign(new Error('getaddrinfo'), { code: 'ENOTFOUND' }), 'Unreachable', 5],
  [Object.assign(new Error('late'), { name: 'TimeoutError' }), 'Unreachable', 5],
  [new TypeError('fetch failed', { cause: new Error('x') }), 'Unreachable', 5],
  [new Error('outer', { cause: Object.assign(new Error('reset'), { code: 'ECONNRESET' }) }), 'Unreachable', 5],
])('%s is told as %s', (error, code, exitCode) => {
  const explained = explainAws(error, AWS);

  expect(explained).toMatchObject({ code, exitCode, cause: error });
  // One sentence, and what to do next after a colon.
  expect((explained as Error).message).toMatch(/^[^:]+: .+\.$/s);
});

test('what is no failure of a service stays what it is', () => {
  const bug = new TypeError('undefined is not a function');

  expect(explainAws(bug, AWS)).toBe(bug);
  expect(explainAws('a string', AWS)).toBe('a string');
  expect(isNetworkFailure(bug)).toBe(false);
});

test('a local emulator is told by its address, with how to start one and how to go to AWS', () => {
  expect(explainAws(Object.assign(new Error(), { code: 'ECONNREFUSED' }), EMULATOR)).toMatchObject({
    code: 'EmulatorNotRunning',
    message:
      'No local emulator answers at http://127.0.0.1:4581/: start one with npm start, or give --stack to share from AWS.',
  });
  expect(explainAws(serviceError('InvalidAccessKeyId', 403), EMULATOR)).toMatchObject({
    code: 'CredentialsRefused',
    message: expect.stringContaining('leave out --profile'),
  });
});
