import { explainAws } from '../../cli/errors';

const S3 = { name: 'S3' };
const EMULATOR = { name: 'S3', emulatorEndpoint: 'http://127.0.0.1:4581/' };

function serviceError(name: string, httpStatusCode: number): Error {
  return Object.assign(new Error('Some reason.'), { name, $metadata: { httpStatusCode } });
}

function systemError(code: string): Error {
  return Object.assign(new Error('connect'), { code });
}

const UNREACHABLE = 'S3 cannot be reached: check the network, and try again.';

test.each<[Error, number, string]>([
  [serviceError('ExpiredToken', 400), 3, 'S3 refused the request (ExpiredToken): Some reason.'],
  [serviceError('InvalidAccessKeyId', 403), 3, 'S3 refused the request (InvalidAccessKeyId): Some reason.'],
  [serviceError('PermanentRedirect', 301), 3, 'S3 refused the request (PermanentRedirect): Some reason.'],
  [serviceError('NoSuchBucket', 404), 4, 'S3 refused the request (NoSuchBucket): Some reason.'],
  [serviceError('ThrottlingException', 429), 5, 'S3 failed (ThrottlingException): try again in a minute.'],
  [serviceError('SlowDown', 503), 5, 'S3 failed (SlowDown): try again in a minute.'],
  [systemError('ECONNREFUSED'), 5, UNREACHABLE],
  [systemError('ENOTFOUND'), 5, UNREACHABLE],
  [Object.assign(new Error('late'), { name: 'TimeoutError' }), 5, UNREACHABLE],
  [new TypeError('fetch failed', { cause: new Error('x') }), 5, UNREACHABLE],
  [new Error('outer', { cause: systemError('ECONNRESET') }), 5, UNREACHABLE],
])('%s exits with %i', (error, exitCode, message) => {
  expect(explainAws(error, S3)).toMatchObject({ exitCode, message });
});

test('an error that did not come from a service is returned unchanged', () => {
  const bug = new TypeError('undefined is not a function');

  expect(explainAws(bug, S3)).toBe(bug);
  expect(explainAws('a string', S3)).toBe('a string');
});

test('errors of a local emulator name it', () => {
  expect(explainAws(systemError('ECONNREFUSED'), EMULATOR)).toMatchObject({
    message:
      'No local emulator is running at http://127.0.0.1:4581/: start one with npm start, or use AWS with --stack PreSignedURLStack.',
  });
  expect(explainAws(serviceError('InvalidAccessKeyId', 403), EMULATOR)).toMatchObject({
    message: 'S3 of the local emulator refused the request (InvalidAccessKeyId): Some reason.',
  });
});
