import { optionalSeconds, requiredSeconds } from '../../lambda/runtime/environment';
import { failureOf } from './support/failure-of';
import { ENVIRONMENT, WITH_RECEIPTS } from './support/handler';

// Loading the SDK for every row would take seconds.
jest.mock('@aws-sdk/client-dynamodb', () => ({ DynamoDBClient: class {} }));
jest.mock('@aws-sdk/lib-dynamodb', () => ({ DynamoDBDocumentClient: { from: () => ({}) } }));
jest.mock('@aws-sdk/client-eventbridge', () => ({ EventBridgeClient: class {} }));
jest.mock('@aws-sdk/client-sns', () => ({ SNSClient: class {} }));
jest.mock('@aws-sdk/client-s3', () => ({ S3Client: class {} }));
jest.mock('@aws-sdk/s3-request-presigner', () => ({}));

/** Loads a function with one environment variable changed. Returns the error. */
async function loadError(file: string, name: string, value?: string): Promise<unknown> {
  process.env = {
    ...ENVIRONMENT,
    ...WITH_RECEIPTS,
    UPLOAD_BUCKET_NAME: 'uploads',
    UPLOAD_URL_LIFETIME_SECONDS: '900',
    [name]: value,
  };
  let error: unknown;
  await jest.isolateModulesAsync(async () => {
    error = await failureOf(import(`../../lambda/${file}`));
  });
  return error;
}

test.each([
  ['generate-url', 'NONCE_TABLE_NAME', undefined],
  ['generate-url', 'ALLOWED_BUCKETS', undefined],
  ['generate-url', 'ALLOWED_BUCKETS', ''],
  ['generate-url', 'AWS_REGION', undefined],
  ['generate-url', 'MAX_LINK_LIFETIME_SECONDS', undefined],
  ['authorize-access', 'NONCE_TABLE_NAME', undefined],
  ['authorize-access', 'NONCE_TABLE_NAME', ''],
  ['manage-link', 'NONCE_TABLE_NAME', undefined],
  ['record-receipts', 'RECEIPT_TABLE_NAME', undefined],
  ['record-receipts', 'DEPLOYMENT_NAME', undefined],
  ['remove-uploads', 'NONCE_TABLE_NAME', undefined],
  ['remove-uploads', 'RECEIPT_TABLE_NAME', undefined],
  ['remove-uploads', 'UPLOAD_BUCKET_NAME', undefined],
  ['remove-uploads', 'AWS_REGION', undefined],
  ['generate-url', 'RECEIPT_RETENTION_SECONDS', undefined],
  ['generate-url', 'URL_SUFFIX', undefined],
  ['access-object', 'URL_SUFFIX', undefined],
  ['access-object', 'AWS_ACCESS_KEY_ID', undefined],
  ['access-object', 'AWS_SECRET_ACCESS_KEY', undefined],
  ['access-object', 'AWS_SESSION_TOKEN', undefined],
  ['upload-object', 'UPLOAD_URL_LIFETIME_SECONDS', undefined],
  ['upload-object', 'URL_SUFFIX', undefined],
  ['upload-object', 'AWS_SESSION_TOKEN', undefined],
  ['log-received', 'AWS_REGION', undefined],
])('%s does not load if %s is %p', async (file, name, value) => {
  expect(await loadError(file, name, value)).toMatchObject({ message: `environment variable ${name} is not set` });
});

test.each([
  ['generate-url', 'MAX_LINK_LIFETIME_SECONDS'],
  ['generate-url', 'OPENED_URL_LIFETIME_SECONDS'],
  ['access-object', 'OPENED_URL_LIFETIME_SECONDS'],
  ['generate-url', 'RECEIPT_RETENTION_SECONDS'],
  ['upload-object', 'UPLOAD_URL_LIFETIME_SECONDS'],
])('%s does not load if %s is not a number of seconds', async (file, name) => {
  expect(await loadError(file, name, 'sixty')).toMatchObject({
    message: `environment variable ${name} must be a whole number of seconds`,
  });
});

test.each([
  ['generate-url', 'MAX_UPLOAD_BYTES', '5GB'],
  ['generate-url', 'DAILY_UPLOAD_BYTES', '0'],
])('%s does not load if %s is %j, not a number of bytes', async (file, name, value) => {
  expect(await loadError(file, name, value)).toMatchObject({
    message: `environment variable ${name} must be a whole number of bytes`,
  });
});

test('seconds are a whole number from 1, and optional seconds may be missing', () => {
  process.env = { SECONDS: '604800' };
  expect([requiredSeconds('SECONDS'), optionalSeconds('SECONDS'), optionalSeconds('OTHER')]).toEqual([
    604_800,
    604_800,
    undefined,
  ]);
  for (const value of ['0', '-1', '1.5', '1e3', ' 60', '']) {
    process.env = { SECONDS: value };
    expect(() => optionalSeconds('SECONDS')).toThrow('environment variable SECONDS');
  }
});
