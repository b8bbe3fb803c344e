import { ConditionalCheckFailedException, DynamoDBServiceException } from '@aws-sdk/client-dynamodb';
import { S3Client, S3ServiceException } from '@aws-sdk/client-s3';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { mockClient } from 'aws-sdk-client-mock';
import { linkIdOf } from '../../../lambda/link/nonce';
import { ROLE_CREDENTIALS } from './engines';
import { nonceNumber, presignedUrl } from './samples';

export const NOW = new Date('2026-11-22T08:15:00.900Z');
/** {@link NOW} in seconds since the epoch. */
export const NOW_SECONDS = 1_795_335_300;
export const NONCE = nonceNumber(0);
export const LINK_ID = linkIdOf(NONCE);
export const BUG = new TypeError('x is not a function');
export const URL_OF_OBJECT = presignedUrl({ token: ROLE_CREDENTIALS.sessionToken });

/** Environment of every function. */
export const ENVIRONMENT = {
  NONCE_TABLE_NAME: 'links',
  ALLOWED_BUCKETS: JSON.stringify([
    { name: 'shared-bucket' },
    { name: 'team-reports', prefix: 'quarterly/' },
    { name: 'scans', region: 'eu-west-1' },
  ]),
  MAX_LINK_LIFETIME_SECONDS: '604800',
  OPENED_URL_LIFETIME_SECONDS: '60',
  URL_SUFFIX: 'amazonaws.com',
  AWS_REGION: 'us-east-1',
  AWS_ACCESS_KEY_ID: ROLE_CREDENTIALS.accessKeyId,
  AWS_SECRET_ACCESS_KEY: ROLE_CREDENTIALS.secretAccessKey,
  AWS_SESSION_TOKEN: ROLE_CREDENTIALS.sessionToken,
};

/** Environment variables with receipts. */
export const WITH_RECEIPTS = { RECEIPT_TABLE_NAME: 'receipts', RECEIPT_RETENTION_SECONDS: '2592000' };

/** Sets the clock to {@link NOW}, and adds all output to `output` until mocks are restored. */
export function startTest(output: string[] = []): string[] {
  const collect = (...written: readonly unknown[]): boolean => {
    output.push(written.map((value) => (typeof value === 'string' ? value : JSON.stringify(value))).join(' '));
    return true;
  };
  for (const method of ['log', 'info', 'warn', 'error', 'debug', 'trace'] as const) {
    jest.spyOn(console, method).mockImplementation(collect);
  }
  jest.spyOn(process.stdout, 'write').mockImplementation(collect);
  jest.spyOn(process.stderr, 'write').mockImplementation(collect);
  jest.useFakeTimers({ now: NOW, doNotFake: ['nextTick', 'setImmediate', 'setTimeout', 'queueMicrotask'] });
  return output;
}

/**
 * Sets the environment of a function, which must be imported afterwards. For each test, sets the clock to {@link NOW}, collects
 * all output, and replaces the clients of AWS.
 *
 * @param environment in addition to {@link ENVIRONMENT}.
 */
export function setUpFunction(environment: Readonly<Record<string, string>> = {}) {
  Object.assign(process.env, ENVIRONMENT, environment);
  const output: string[] = [];
  const dynamoDb = mockClient(DynamoDBDocumentClient);
  const s3 = mockClient(S3Client);
  beforeEach(() => {
    output.length = 0;
    startTest(output);
    dynamoDb.reset();
    s3.reset();
  });
  afterEach(endTest);
  return { output: output as readonly string[], dynamoDb, s3 };
}

export function endTest(): void {
  jest.restoreAllMocks();
  jest.useRealTimers();
}

export function parsed(output: readonly string[]): readonly unknown[] {
  return output.map((line) => JSON.parse(line));
}

/** An SDK error with secrets in its message. */
function details(name: string, httpStatusCode: number) {
  return {
    name,
    $fault: httpStatusCode < 500 ? 'client' : 'server',
    message: `failed on ${NONCE} and ${URL_OF_OBJECT}`,
    $metadata: { httpStatusCode, attempts: 3, requestId: 'REQUESTID' },
  } as const;
}

export function dynamoDbError(name: string, httpStatusCode: number): DynamoDBServiceException {
  return new DynamoDBServiceException(details(name, httpStatusCode));
}

export function s3Error(name: string, httpStatusCode: number): S3ServiceException {
  return new S3ServiceException(details(name, httpStatusCode));
}

/**
 * The error for a delete with a failed condition. DynamoDB includes the item if it exists, which means that it is
 * expired.
 */
export function conditionFailed(attempts: number, item: 'no item' | 'expired item'): ConditionalCheckFailedException {
  const found = item === 'expired item' ? { Item: { nonce_id: { S: LINK_ID }, expires_at: { N: '0' } } } : {};
  return new ConditionalCheckFailedException({ message: 'no', $metadata: { attempts }, ...found });
}
