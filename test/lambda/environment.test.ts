import { ENVIRONMENT, loadError } from './support/handler';

Object.assign(process.env, ENVIRONMENT);

test.each([
  ['generate-url', 'NONCE_TABLE_NAME', undefined],
  ['generate-url', 'SHARED_BUCKETS', undefined],
  ['generate-url', 'SHARED_BUCKETS', ''],
  ['generate-url', 'AWS_REGION', undefined],
  ['generate-url', 'MAX_LINK_LIFETIME_SECONDS', undefined],
  ['authorize-access', 'NONCE_TABLE_NAME', undefined],
  ['authorize-access', 'NONCE_TABLE_NAME', ''],
  ['manage-link', 'NONCE_TABLE_NAME', undefined],
  ['access-object', 'URL_SUFFIX', undefined],
  ['access-object', 'AWS_ACCESS_KEY_ID', undefined],
  ['access-object', 'AWS_SECRET_ACCESS_KEY', undefined],
  ['access-object', 'AWS_SESSION_TOKEN', undefined],
] as const)('%s does not load if %s is %p', async (file, name, value) => {
  expect(await loadError(file, name, value)).toMatchObject({ message: `environment variable ${name} is not set` });
});

test.each([
  ['generate-url', 'MAX_LINK_LIFETIME_SECONDS'],
  ['generate-url', 'OPENED_URL_LIFETIME_SECONDS'],
  ['access-object', 'OPENED_URL_LIFETIME_SECONDS'],
])('%s does not load if %s is not a number of seconds', async (file, name) => {
  for (const value of ['0', '-1', '1.5', '1e3', ' 60', 'sixty']) {
    expect(await loadError(file, name, value)).toMatchObject({
      message: `environment variable ${name} must be a whole number of seconds`,
    });
  }
});
