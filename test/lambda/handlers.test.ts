import {
  type AttributeValue,
  ConditionalCheckFailedException,
  DeleteItemCommand,
  DynamoDBClient,
  DynamoDBServiceException,
  GetItemCommand,
  PutItemCommand,
} from '@aws-sdk/client-dynamodb';
import { GetObjectCommand, S3Client, S3ServiceException } from '@aws-sdk/client-s3';
import type { APIGatewayProxyResult } from 'aws-lambda';
import { mockClient } from 'aws-sdk-client-mock';
import type * as AccessObject from '../../lambda/access-object';
import type * as AuthorizeAccess from '../../lambda/authorize-access';
import type * as GenerateUrl from '../../lambda/generate-url';
import type { ObjectAddress, PresignedUrl } from '../../lambda/link/destination';
import { linkIdOf, type Nonce, parseNonce } from '../../lambda/link/nonce';
import { sealDestination, unsealDestination } from '../../lambda/link/sealed-destination';
import type * as ManageLink from '../../lambda/manage-link';
import { startFaultyProxy } from '../support/faulty-proxy';
import { LINK_KINDS } from '../support/link-kinds';
import { ROLE, startTable } from './support/engines';
import {
  authorizerEvent,
  CALLER_ARN,
  METHOD_ARN,
  openingEvent,
  proxyEvent,
  REQUEST_ID,
  type Request,
} from './support/events';
import { firstByte } from './support/first-byte';
import { nonceNumber, presignedUrl, sessionToken, storedUrl } from './support/samples';

const SESSION_TOKEN = sessionToken(1_100);
const SECRET_KEY = ROLE.secretAccessKey;
Object.assign(process.env, {
  NONCE_TABLE_NAME: 'links',
  SHARED_BUCKETS: JSON.stringify([
    { name: 'shared-bucket' },
    { name: 'team-reports', prefix: 'quarterly/' },
    { name: 'scans', region: 'eu-west-1' },
  ]),
  MAX_LINK_LIFETIME_SECONDS: '604800',
  OPENED_URL_LIFETIME_SECONDS: '60',
  URL_SUFFIX: 'amazonaws.com',
  AWS_REGION: 'us-east-1',
  AWS_ACCESS_KEY_ID: ROLE.accessKeyId,
  AWS_SECRET_ACCESS_KEY: SECRET_KEY,
  AWS_SESSION_TOKEN: SESSION_TOKEN,
});

const NOW = new Date('2026-11-22T08:15:00.900Z');
const NOW_SECONDS = Math.floor(NOW.getTime() / 1000);
const NONCE = nonceNumber(0);
const LINK_ID = linkIdOf(NONCE);
const URL_OF_OBJECT = presignedUrl({ token: SESSION_TOKEN });
/** What every line about issuing says of its request. */
const ASKED = { caller: CALLER_ARN, request_id: REQUEST_ID };
const FIELDS = { bucket_name: 'shared-bucket', object_name: 'folder/S3 logo.png' };

const dynamoDb = mockClient(DynamoDBClient);
const s3 = mockClient(S3Client);

/** Everything that was written during one test, by whatever way. */
let output: string[];
let generateUrl: typeof GenerateUrl.handler;
let authorizeAccess: typeof AuthorizeAccess.handler;
let accessObject: typeof AccessObject.handler;
let manageLink: typeof ManageLink.handler;

beforeAll(() => {
  // Loaded only now: they read the environment, and make their clients, while they load.
  ({ handler: generateUrl } = jest.requireActual<typeof GenerateUrl>('../../lambda/generate-url'));
  ({ handler: authorizeAccess } = jest.requireActual<typeof AuthorizeAccess>('../../lambda/authorize-access'));
  ({ handler: accessObject } = jest.requireActual<typeof AccessObject>('../../lambda/access-object'));
  ({ handler: manageLink } = jest.requireActual<typeof ManageLink>('../../lambda/manage-link'));
});

beforeEach(() => {
  output = [];
  const keep = (...written: readonly unknown[]): boolean => {
    output.push(written.map((value) => (typeof value === 'string' ? value : JSON.stringify(value))).join(' '));
    return true;
  };
  for (const method of ['log', 'info', 'warn', 'error', 'debug', 'trace'] as const) {
    jest.spyOn(console, method).mockImplementation(keep);
  }
  jest.spyOn(process.stdout, 'write').mockImplementation(keep);
  jest.spyOn(process.stderr, 'write').mockImplementation(keep);
  jest.useFakeTimers({ now: NOW, doNotFake: ['nextTick', 'setImmediate', 'setTimeout', 'queueMicrotask'] });
  dynamoDb.on(PutItemCommand).resolves({});
  dynamoDb.on(DeleteItemCommand).resolves({
    Attributes: { nonce_id: { S: LINK_ID }, sealed: { B: sealDestination(NONCE, storedUrl(URL_OF_OBJECT)) } },
  });
  s3.on(GetObjectCommand).callsFake(async () => ({ Body: firstByte() }));
});

afterEach(() => {
  jest.restoreAllMocks();
  jest.useRealTimers();
  dynamoDb.reset();
  s3.reset();
});

function logged(): readonly unknown[] {
  return output.map((line) => JSON.parse(line));
}

function ask(fields: Readonly<Record<string, unknown>> = {}, request: Request = {}): Promise<APIGatewayProxyResult> {
  return generateUrl(proxyEvent({ body: JSON.stringify({ ...FIELDS, ...fields }), ...request }));
}

function storedItem(): Record<string, AttributeValue> {
  const [call, ...more] = dynamoDb.commandCalls(PutItemCommand);
  expect(more).toEqual([]);
  return call?.args[0].input.Item ?? {};
}

/** What the link that was just made leads to, sealed. */
function sealedRecord(): Uint8Array {
  return storedItem()['sealed']?.B ?? new Uint8Array();
}

/** The nonce of a link that was just made. */
function nonceOf(link: string) {
  const nonce = parseNonce(new URL(link).searchParams.get('nonce') ?? undefined);
  if (nonce === undefined) {
    throw new Error('the link has no nonce');
  }
  return nonce;
}

/** The URL in a sealed record, which must hold one. */
function urlIn(nonce: Nonce, sealed: Uint8Array): PresignedUrl {
  const destination = unsealDestination(nonce, sealed);
  if (destination.presign !== 'now') {
    throw new Error('the record holds no URL');
  }
  return destination.url;
}

/** A failure as the SDK throws it, with a message that quotes what nobody may read. */
function failure(name: string, httpStatusCode: number) {
  return {
    name,
    $fault: httpStatusCode < 500 ? 'client' : 'server',
    message: `failed on ${NONCE} and ${URL_OF_OBJECT}`,
    $metadata: { httpStatusCode, attempts: 3, requestId: 'REQUESTID' },
  } as const;
}

function dynamoDbFailure(name: string, httpStatusCode: number): DynamoDBServiceException {
  return new DynamoDBServiceException(failure(name, httpStatusCode));
}

function s3Failure(name: string, httpStatusCode: number): S3ServiceException {
  return new S3ServiceException(failure(name, httpStatusCode));
}

async function failureOf(call: Promise<unknown>): Promise<unknown> {
  return await call.then(
    () => undefined,
    (error: unknown) => error,
  );
}

describe('a function without its environment', () => {
  async function load(file: string, missing: string, value?: string): Promise<unknown> {
    const before = process.env[missing];
    let error: unknown;
    try {
      delete process.env[missing];
      if (value !== undefined) {
        process.env[missing] = value;
      }
      await jest.isolateModulesAsync(async () => {
        error = await failureOf(import(`../../lambda/${file}`));
      });
    } finally {
      process.env[missing] = before;
    }
    return error;
  }

  test.each([
    ['generate-url', 'NONCE_TABLE_NAME', undefined],
    ['generate-url', 'SHARED_BUCKETS', undefined],
    ['generate-url', 'SHARED_BUCKETS', ''],
    ['authorize-access', 'NONCE_TABLE_NAME', undefined],
    ['authorize-access', 'NONCE_TABLE_NAME', ''],
    ['manage-link', 'NONCE_TABLE_NAME', undefined],
    ['generate-url', 'AWS_REGION', undefined],
    ['generate-url', 'MAX_LINK_LIFETIME_SECONDS', undefined],
    ['generate-url', 'URL_SUFFIX', undefined],
    ['generate-url', 'AWS_SESSION_TOKEN', undefined],
    ['access-object', 'URL_SUFFIX', undefined],
    ['access-object', 'AWS_ACCESS_KEY_ID', undefined],
    ['access-object', 'AWS_SECRET_ACCESS_KEY', undefined],
    ['access-object', 'AWS_SESSION_TOKEN', undefined],
  ] as const)('%s does not load where %s is %p, and names it', async (file, name, value) => {
    expect(await load(file, name, value)).toMatchObject({ message: `environment variable ${name} is not set` });
  });

  test.each([
    ['generate-url', 'MAX_LINK_LIFETIME_SECONDS'],
    ['generate-url', 'OPENED_URL_LIFETIME_SECONDS'],
    ['access-object', 'OPENED_URL_LIFETIME_SECONDS'],
  ])('%s does not load where %s is no number of seconds, and names it', async (file, name) => {
    for (const value of ['0', '-1', '1.5', '1e3', ' 60', 'sixty']) {
      expect(await load(file, name, value)).toMatchObject({
        message: `environment variable ${name} must be a whole number of seconds`,
      });
    }
  });
});

describe('generate-url', () => {
  test('answers with a link, and stores under its id what only its nonce opens', async () => {
    const { statusCode, headers, body } = await ask({ expires_in: 60 });

    expect(statusCode).toBe(200);
    expect(headers).toMatchObject({ 'Content-Type': 'text/plain; charset=utf-8', 'Cache-Control': 'no-store' });
    expect(body).toMatch(
      /^https:\/\/a1b2c3d4e5\.execute-api\.us-east-1\.amazonaws\.com\/prod\/access-object\?nonce=[\w-]{43}$/,
    );
    const nonce = nonceOf(body);
    expect(storedItem()).toEqual({
      nonce_id: { S: linkIdOf(nonce) },
      sealed: { B: expect.any(Uint8Array) },
      expires_at: { N: `${NOW_SECONDS + 60}` },
      created_by: { S: CALLER_ARN },
    });
    const url = new URL(urlIn(nonce, sealedRecord()));
    expect(url.pathname).toBe('/folder/S3%20logo.png');
    expect(Object.fromEntries(url.searchParams)).toMatchObject({
      'X-Amz-Date': '20261122T081500Z',
      'X-Amz-Expires': '60',
      'X-Amz-Security-Token': SESSION_TOKEN,
      'X-Amz-SignedHeaders': 'host',
    });
  });

  test('answers a program with link, id and expiry, which is that of the stored item and of the URL', async () => {
    const { body } = await ask({}, { headers: { accept: ['application/json'] } });
    const { url, click_through_url, link_id, expires_at } = JSON.parse(body);

    expect(link_id).toBe(linkIdOf(nonceOf(url)));
    expect(new URL(click_through_url).hash).toBe(`#${nonceOf(url)}`);
    expect(expires_at).toBe('2026-11-22T09:15:00Z');
    expect(storedItem()).toMatchObject({
      nonce_id: { S: link_id },
      expires_at: { N: `${Date.parse(expires_at) / 1000}` },
    });
  });

  test('answers with the click-through link of the stored item where that is asked for', async () => {
    const { body } = await ask({ click_through: true });

    expect(body).toMatch(/^https:\/\/a1b2c3d4e5\.execute-api\.us-east-1\.amazonaws\.com\/prod\/open-link#[\w-]{43}$/);
    const nonce = parseNonce(body.split('#')[1]);
    expect(storedItem()).toMatchObject({ nonce_id: { S: nonce && linkIdOf(nonce) } });
  });

  test('draws a nonce of its own for every link', async () => {
    const links = await Promise.all(Array.from({ length: 20 }, () => ask()));

    expect(new Set(links.map(({ body }) => body)).size).toBe(20);
  });

  test('presigns the version and the file name that were asked for', async () => {
    const { body } = await ask({ version_id: 'v1', download_as: 'résumé.pdf' });
    const { searchParams } = new URL(urlIn(nonceOf(body), sealedRecord()));

    expect(searchParams.get('versionId')).toBe('v1');
    expect(searchParams.get('response-content-disposition')).toBe(
      `attachment; filename="r_sum_.pdf"; filename*=UTF-8''r%C3%A9sum%C3%A9.pdf`,
    );
    expect(s3.commandCalls(GetObjectCommand)[0]?.args[0].input).toMatchObject({ VersionId: 'v1' });
  });

  const addressIn = (body: string) => unsealDestination(nonceOf(body), sealedRecord());

  test.each<[Readonly<Record<string, unknown>>, number]>([
    [{ presign: 'on_open' }, 3600],
    [{ expires_in: 3601 }, 3601],
    [{ expires_in: 604_800, presign: 'on_open' }, 604_800],
  ])('stores the address of the object, and no URL, where %j is asked for', async (fields, seconds) => {
    const { body } = await ask({ version_id: 'v1', download_as: 'résumé.pdf', ...fields });

    expect(addressIn(body)).toEqual({
      presign: 'on_open',
      object: {
        bucketName: 'shared-bucket',
        region: 'us-east-1',
        objectName: 'folder/S3 logo.png',
        versionId: 'v1',
        downloadAs: 'résumé.pdf',
      },
    });
    expect(storedItem()).toMatchObject({ expires_at: { N: `${NOW_SECONDS + seconds}` } });
  });

  test('pins the version that it found, in a URL and in an address', async () => {
    s3.on(GetObjectCommand).callsFake(async () => ({ Body: firstByte(), VersionId: 'found' }));

    const { body: stored } = await ask();
    expect(new URL(urlIn(nonceOf(stored), sealedRecord())).searchParams.get('versionId')).toBe('found');
    dynamoDb.resetHistory();

    expect(addressIn((await ask({ presign: 'on_open' })).body)).toMatchObject({ object: { versionId: 'found' } });
  });

  test('looks once more at a version that it found, with the right that the link will take', async () => {
    s3.on(GetObjectCommand).callsFake(async ({ VersionId }) => {
      if (VersionId !== undefined) {
        throw s3Failure('AccessDenied', 403);
      }
      return { Body: firstByte(), VersionId: 'found' };
    });

    expect(await ask()).toMatchObject({ statusCode: 400, body: expect.stringContaining('forbids') });
    expect(dynamoDb.calls()).toEqual([]);
  });

  test('reads a body that the gateway packed as base64', async () => {
    const body = Buffer.from(JSON.stringify(FIELDS)).toString('base64');

    expect(await generateUrl({ ...proxyEvent({ body }), isBase64Encoded: true })).toMatchObject({ statusCode: 200 });
  });

  test('stores a link of an unknown caller, as a console test is one', async () => {
    await ask({}, { requestContext: { identity: { userArn: null } } });

    expect(storedItem()).toMatchObject({ created_by: { S: 'unknown' } });
  });

  const s3Says = (name: string, httpStatusCode: number) => () => {
    s3.on(GetObjectCommand).rejects(s3Failure(name, httpStatusCode));
  };
  test.each<[string, Readonly<Record<string, unknown>>, () => void, number, string, RegExp]>([
    ['a field is wrong', { expires_in: 0 }, () => {}, 400, 'InvalidRequest', /expires_in/],
    ['the bucket is another', { bucket_name: 'other-bucket' }, () => {}, 403, 'BucketNotAllowed', /bucket_name/],
    ['the bucket is in capitals', { bucket_name: 'SHARED-BUCKET' }, () => {}, 403, 'BucketNotAllowed', /bucket_name/],
    ['there is no such object', {}, s3Says('NoSuchKey', 404), 404, 'ObjectNotFound', /object/],
    ['the object is archived', {}, s3Says('InvalidObjectState', 403), 400, 'InvalidRequest', /^object_name.*restore/],
    ['the object is not ours to read', {}, s3Says('AccessDenied', 403), 400, 'InvalidRequest', /^object_name.*forbids/],
    [
      'the version id is malformed',
      { version_id: 'x' },
      s3Says('InvalidArgument', 400),
      400,
      'InvalidRequest',
      /^version_id/,
    ],
    ['the object has a key of its own', {}, s3Says('InvalidRequest', 400), 400, 'InvalidRequest', /SSE-C/],
    [
      'all together is too long',
      { object_name: '€'.repeat(341), version_id: '%'.repeat(1_024), download_as: '文'.repeat(85) },
      () => {},
      400,
      'InvalidRequest',
      /object_name, version_id and download_as/,
    ],
  ])('refuses where %s, and stores nothing', async (_, fields, arrange, status, code, detail) => {
    arrange();

    const { statusCode, headers, body } = await ask(fields);

    expect(statusCode).toBe(status);
    expect(headers).toMatchObject({ 'Content-Type': 'application/problem+json' });
    expect(headers).not.toHaveProperty('Retry-After');
    expect(JSON.parse(body)).toMatchObject({ status, code, detail: expect.stringMatching(detail) });
    expect(dynamoDb.calls()).toEqual([]);
    expect(logged()).toEqual([{ event: 'link_refused', code, ...ASKED }]);
  });

  test('leaves room for a longer session token in a URL that is signed on opening', async () => {
    /** Asks for a link whose URL has so many characters more than that of the longest key. */
    const statusOf = async (more: number, presign: string): Promise<number> => {
      const versionId = '%'.repeat(Math.floor(more / 3)) + 'v'.repeat(more % 3);
      return (await ask({ object_name: '€'.repeat(341), version_id: versionId, presign })).statusCode;
    };
    let longest = 600;
    while ((await statusOf(longest + 1, 'now')) === 200) {
      longest++;
    }

    expect(await statusOf(longest, 'on_open')).toBe(400);
    // The validity of a URL that is signed on opening, 60 seconds, takes two characters less than 3,600.
    expect(await statusOf(longest - 509, 'on_open')).toBe(400);
    expect(await statusOf(longest - 510, 'on_open')).toBe(200);
  });

  test.each([
    { bucket_name: 'other-bucket' },
    { bucket_name: 'team-reports', object_name: 'salaries.csv' },
    { bucket_name: 'team-reports', object_name: 'quarterly' },
    { bucket_name: 'team-reports', object_name: '/quarterly/1.pdf' },
    { bucket_name: 'team-reports', object_name: 'Quarterly/1.pdf' },
  ])('refuses what it does not share in one and the same way, and does not ask S3 about it: %j', async (fields) => {
    const answer = await ask(fields);

    expect(answer).toEqual(await ask({ bucket_name: 'no-such-bucket' }));
    expect(answer.statusCode).toBe(403);
    expect(s3.calls()).toEqual([]);
  });

  test('shares of a bucket with a prefix what starts with it', async () => {
    const { body } = await ask({ bucket_name: 'team-reports', object_name: 'quarterly/1.pdf' });

    expect(new URL(urlIn(nonceOf(body), sealedRecord())).host).toBe('team-reports.s3.us-east-1.amazonaws.com');
  });

  test.each(['now', 'on_open'])('signs for the region that a bucket is in, with presign %s', async (presign) => {
    const { body } = await ask({ bucket_name: 'scans', object_name: '1.png', presign });

    const regions = s3.calls().map(({ thisValue }) => (thisValue as S3Client).config.region());
    expect(await Promise.all(regions)).toEqual(['eu-west-1']);
    const nonce = nonceOf(body);
    if (presign === 'on_open') {
      expect(addressIn(body)).toMatchObject({ object: { bucketName: 'scans', region: 'eu-west-1' } });
    } else {
      const { host, searchParams } = new URL(urlIn(nonce, sealedRecord()));
      expect(host).toBe('scans.s3.eu-west-1.amazonaws.com');
      expect(searchParams.get('X-Amz-Credential')).toContain('/eu-west-1/s3/');
    }
  });

  test('cannot tell a missing object from a forbidden one where it shares a part of a bucket, and says so', async () => {
    s3.on(GetObjectCommand).rejects(s3Failure('AccessDenied', 403));

    const { statusCode, body } = await ask({ bucket_name: 'team-reports', object_name: 'quarterly/9.pdf' });

    expect(statusCode).toBe(404);
    expect(JSON.parse(body)).toMatchObject({
      code: 'ObjectNotFound',
      detail: 'There is no such object, or a key or a policy forbids this deployment to read it.',
    });
  });

  const unavailable = {
    statusCode: 503,
    headers: expect.objectContaining({ 'Retry-After': '2', 'Content-Type': 'application/problem+json' }),
    body: expect.stringContaining('"code":"StorageUnavailable"'),
  };

  test.each([
    ['a fault', s3Failure('InternalError', 500)],
    ['throttling', s3Failure('SlowDown', 503)],
    ['a refusal of who asks', s3Failure('InvalidAccessKeyId', 403)],
    ['a refusal of credentials that have expired', s3Failure('ExpiredToken', 400)],
    ['the lack of the bucket', s3Failure('NoSuchBucket', 404)],
    ['no connection', Object.assign(new Error('connect ECONNREFUSED'), { $metadata: { attempts: 3 } })],
  ])('answers %s at S3 with 503, and stores nothing', async (_, error) => {
    s3.on(GetObjectCommand).rejects(error);

    expect(await ask()).toMatchObject(unavailable);
    expect(dynamoDb.calls()).toEqual([]);
  });

  test.each([
    ['NoSuchBucket', 404],
    ['PermanentRedirect', 301],
    ['AuthorizationHeaderMalformed', 400],
  ])(
    'says whose fault it is, and logs it, where S3 says %s: the deployment has the bucket wrong',
    async (name, status) => {
      s3.on(GetObjectCommand).rejects(s3Failure(name, status));

      const answer = await ask();

      expect(answer).toMatchObject(unavailable);
      expect(JSON.parse(answer.body).detail).toMatch(/^bucket_name does not exist, or is in another region/);
      expect(logged()).toEqual([expect.objectContaining({ event: 'storage_failed', error: name })]);
    },
  );

  test.each([
    ['a fault', dynamoDbFailure('InternalServerError', 500)],
    ['throttling', dynamoDbFailure('ThrottlingException', 400)],
    ['no connection', Object.assign(new Error('connect ECONNREFUSED'), { $metadata: { attempts: 3 } })],
  ])('answers %s of DynamoDB with 503, and hands out no link', async (_, error) => {
    dynamoDb.on(PutItemCommand).rejects(error);

    const answer = await ask();

    expect(answer).toMatchObject(unavailable);
    expect(answer.body).not.toMatch(/access-object|nonce=/);
  });

  test('logs of an outage what helps and no message', async () => {
    dynamoDb.on(PutItemCommand).rejects(dynamoDbFailure('InternalServerError', 500));

    await ask();

    expect(logged()).toEqual([
      {
        event: 'storage_failed',
        error: 'InternalServerError',
        http_status: 500,
        attempts: 3,
        aws_request_id: 'REQUESTID',
        ...ASKED,
      },
    ]);
  });

  test('throws bugs on as they came', async () => {
    const bug = new TypeError('x is not a function');
    s3.on(GetObjectCommand).rejects(bug);

    expect(await failureOf(ask())).toBe(bug);
  });
});

describe('authorize-access', () => {
  test('redeems a link with one delete at the second of the request, and lets the request through', async () => {
    const result = await authorizeAccess(authorizerEvent(NONCE));

    expect(result).toMatchObject({
      principalId: LINK_ID,
      policyDocument: { Statement: [{ Effect: 'Allow', Resource: METHOD_ARN }] },
    });
    expect(dynamoDb.calls()).toHaveLength(1);
    expect(dynamoDb.commandCalls(DeleteItemCommand)[0]?.args[0].input).toMatchObject({
      TableName: 'links',
      Key: { nonce_id: { S: LINK_ID } },
      ExpressionAttributeValues: { ':now': { N: `${NOW_SECONDS}` } },
    });
    expect(logged()).toEqual([{ event: 'link_access', outcome: 'opened', link_id: LINK_ID, request_id: REQUEST_ID }]);
  });

  const refused = (item?: ConditionalCheckFailedException['Item']): ConditionalCheckFailedException =>
    new ConditionalCheckFailedException({
      message: 'The conditional request failed',
      $metadata: {},
      ...(item === undefined ? {} : { Item: item }),
    });
  /** What sets one refusal apart from another goes into the access log, and into no answer. */
  const deniedFor = (outcome: string, userAgent?: string): unknown => ({
    principalId: LINK_ID,
    policyDocument: {
      Version: '2012-10-17',
      Statement: [{ Effect: 'Deny', Action: 'execute-api:Invoke', Resource: METHOD_ARN }],
    },
    context: { outcome, ...(userAgent === undefined ? {} : { userAgent }) },
  });

  test.each([
    ['unknown_or_spent', refused()],
    ['expired', refused({ nonce_id: { S: LINK_ID } })],
  ])('denies, and logs %s', async (outcome, error) => {
    dynamoDb.on(DeleteItemCommand).rejects(error);

    expect(await authorizeAccess(authorizerEvent(NONCE))).toEqual(deniedFor(outcome));
    expect(logged()).toEqual([{ event: 'link_access', outcome, link_id: LINK_ID, request_id: REQUEST_ID }]);
  });

  describe('at a table whose answer is cut off after the link was redeemed', () => {
    let table: Awaited<ReturnType<typeof startTable>>;
    let proxy: Awaited<ReturnType<typeof startFaultyProxy>>;
    let unmocked: typeof AuthorizeAccess.handler;
    beforeAll(async () => {
      table = await startTable();
      proxy = await startFaultyProxy('dynamodb', table.endpoint);
      process.env['AWS_ENDPOINT_URL_DYNAMODB'] = proxy.endpoint;
      // With an SDK of its own, which no mock has a hand in.
      jest.isolateModules(() => {
        ({ handler: unmocked } = jest.requireActual<typeof AuthorizeAccess>('../../lambda/authorize-access'));
      });
    });
    afterAll(async () => {
      delete process.env['AWS_ENDPOINT_URL_DYNAMODB'];
      await proxy.close();
      await table.close();
    });

    test('denies, and logs lost_reply: the link is gone, and nobody opened it', async () => {
      // The SDK sets its clock by the table's answers, whose time is never faked.
      jest.useRealTimers();
      const client = new DynamoDBClient({ endpoint: table.endpoint });
      const sealed = { B: sealDestination(NONCE, storedUrl(URL_OF_OBJECT)) };
      const expires_at = { N: String(Math.ceil(Date.now() / 1000) + 60) };
      const Item = { nonce_id: { S: LINK_ID }, sealed, expires_at };
      await client.send(new PutItemCommand({ TableName: table.tableName, Item }));
      client.destroy();
      await proxy.behave({ kind: 'reset', applied: true }, 1);

      expect(await unmocked(authorizerEvent(NONCE))).toEqual(deniedFor('lost_reply'));
      expect(await unmocked(authorizerEvent(NONCE))).toEqual(deniedFor('unknown_or_spent'));

      expect(proxy.requests).toBe(3);
      expect(logged()).toEqual([
        { event: 'link_access', outcome: 'lost_reply', link_id: LINK_ID, request_id: REQUEST_ID },
        { event: 'link_access', outcome: 'unknown_or_spent', link_id: LINK_ID, request_id: REQUEST_ID },
      ]);
    });
  });

  test.each<[string, Request]>([
    ['unfurler', { headers: { 'User-Agent': ['Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)'] } }],
    ['prefetch', { headers: { 'sec-purpose': ['prefetch;prerender'] } }],
  ])('denies what it takes for %s, and does not ask the table', async (outcome, request) => {
    const result = await authorizeAccess(authorizerEvent(NONCE, request));

    expect(dynamoDb.calls()).toEqual([]);
    expect(logged()).toEqual([{ event: 'link_access', outcome, link_id: LINK_ID, request_id: REQUEST_ID }]);
    expect(result).toEqual(deniedFor(outcome, request.headers?.['User-Agent']?.[0]));
  });

  test.each<[string, Request]>([
    ['none', { query: {} }],
    ['a wrong one', { query: { nonce: ['guess'] } }],
    ['an altered one', { query: { nonce: [`${NONCE}=`] } }],
    ['two', { query: { nonce: [NONCE, nonceNumber(1)] } }],
    ['the same one twice', { query: { nonce: [NONCE, NONCE] } }],
  ])('denies a request with %s for a nonce, and does not ask the table', async (_, request) => {
    const result = await authorizeAccess(authorizerEvent(undefined, request));

    expect(result).toMatchObject({ principalId: 'none', policyDocument: { Statement: [{ Effect: 'Deny' }] } });
    expect(result.context).toEqual({ outcome: 'malformed' });
    expect(dynamoDb.calls()).toEqual([]);
    expect(logged()).toEqual([{ event: 'link_access', outcome: 'malformed', request_id: REQUEST_ID }]);
  });

  test.each([
    ['a fault', dynamoDbFailure('InternalServerError', 500)],
    ['throttling', dynamoDbFailure('ProvisionedThroughputExceededException', 400)],
    ['no connection', Object.assign(new Error(`connect ECONNREFUSED ${NONCE}`), { $metadata: { attempts: 3 } })],
  ])('throws at %s of DynamoDB an error that says nothing of what the SDK said', async (_, error) => {
    dynamoDb.on(DeleteItemCommand).rejects(error);

    const thrown = await failureOf(authorizeAccess(authorizerEvent(NONCE)));

    expect(thrown).toBeInstanceOf(Error);
    expect(thrown).toMatchObject({ name: 'StorageUnavailableError' });
    expect(thrown).not.toHaveProperty('cause');
    expect(Object.keys(thrown as Error)).toEqual(['name']);
    expect((thrown as Error).message).toBe('an AWS service that the link depends on did not answer');
    expect(logged()).toEqual([expect.objectContaining({ event: 'storage_failed', attempts: 3 })]);
  });

  test('throws bugs on as they came', async () => {
    const bug = new TypeError('x is not a function');
    dynamoDb.on(DeleteItemCommand).rejects(bug);

    expect(await failureOf(authorizeAccess(authorizerEvent(NONCE)))).toBe(bug);
  });
});

describe('access-object', () => {
  const authorizer = { sealed: Buffer.from(sealDestination(NONCE, storedUrl(URL_OF_OBJECT))).toString('base64') };

  test.each([
    ['GET', undefined, 302],
    ['GET', 'application/json', 302],
    ['POST', undefined, 303],
    ['POST', '*/*', 303],
    ['POST', 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8', 303],
  ])('answers %s with Accept %s by the redirect %i to the URL', async (method, accept, status) => {
    const headers = accept === undefined ? {} : { Accept: [accept] };

    const answer = await accessObject(openingEvent(NONCE, authorizer, { method, headers }));

    expect(answer).toMatchObject({ statusCode: status, headers: { Location: URL_OF_OBJECT }, body: '' });
  });

  test('answers the POST of a script with the URL', async () => {
    const request = { method: 'POST', headers: { accept: ['application/json'] } };

    const { statusCode, headers, body } = await accessObject(openingEvent(NONCE, authorizer, request));

    expect(statusCode).toBe(200);
    expect(headers).not.toHaveProperty('Location');
    expect(JSON.parse(body)).toEqual({ url: URL_OF_OBJECT });
  });

  test.each<[string, Request, number]>([
    ['the URL, whatever became of Accept', { method: 'POST', query: { nonce: [NONCE], answer: ['json'] } }, 200],
    [
      'the URL, whatever Accept says',
      { method: 'POST', query: { nonce: [NONCE], answer: ['json'] }, headers: { Accept: ['text/html'] } },
      200,
    ],
    ['a redirect to a GET', { method: 'GET', query: { nonce: [NONCE], answer: ['json'] } }, 302],
    [
      'a redirect where another answer is asked for',
      { method: 'POST', query: { nonce: [NONCE], answer: ['html'] } },
      303,
    ],
    [
      'a redirect where two answers are asked for',
      { method: 'POST', query: { nonce: [NONCE], answer: ['json', 'json'] } },
      303,
    ],
    [
      'what Accept asks for, where another answer is asked for',
      { method: 'POST', query: { nonce: [NONCE], answer: [''] }, headers: { Accept: ['application/json'] } },
      200,
    ],
  ])('answers the query that asks for JSON with %s', async (_, request, status) => {
    const { statusCode, headers, body } = await accessObject(openingEvent(undefined, authorizer, request));

    expect(statusCode).toBe(status);
    expect(status === 200 ? JSON.parse(body).url : headers?.['Location']).toBe(URL_OF_OBJECT);
  });

  const OBJECT: ObjectAddress = { bucketName: 'shared-bucket', region: 'eu-west-1', objectName: 'folder/S3 logo.png' };
  const ofAddress = {
    sealed: Buffer.from(sealDestination(NONCE, { presign: 'on_open', object: OBJECT })).toString('base64'),
  };

  test('signs a URL for the object of an address, from the moment of opening on, for as long as is set', async () => {
    const { statusCode, headers } = await accessObject(openingEvent(NONCE, ofAddress));

    expect(statusCode).toBe(302);
    const { origin, pathname, searchParams } = new URL(String(headers?.['Location']));
    expect(`${origin}${pathname}`).toBe('https://shared-bucket.s3.eu-west-1.amazonaws.com/folder/S3%20logo.png');
    expect(Object.fromEntries(searchParams)).toMatchObject({
      'X-Amz-Credential': `${ROLE.accessKeyId}/20261122/eu-west-1/s3/aws4_request`,
      'X-Amz-Date': '20261122T081500Z',
      'X-Amz-Expires': '60',
      'X-Amz-Security-Token': SESSION_TOKEN,
      'X-Amz-Signature': expect.stringMatching(/^[0-9a-f]{64}$/),
    });
  });

  test('does not load the signer for a link with a stored URL', async () => {
    let loaded = false;
    await jest.isolateModulesAsync(async () => {
      jest.doMock('@smithy/signature-v4', () => {
        loaded = true;
        return jest.requireActual('@smithy/signature-v4');
      });
      const { handler } = jest.requireActual<typeof AccessObject>('../../lambda/access-object');
      expect(await handler(openingEvent(NONCE, authorizer))).toMatchObject({ statusCode: 302 });
      expect(loaded).toBe(false);
      expect(await handler(openingEvent(NONCE, ofAddress))).toMatchObject({ statusCode: 302 });
      expect(loaded).toBe(true);
    });
  });

  test('throws where signing on opening was switched off after the link was made', async () => {
    const before = process.env['OPENED_URL_LIFETIME_SECONDS'];
    delete process.env['OPENED_URL_LIFETIME_SECONDS'];
    try {
      await jest.isolateModulesAsync(async () => {
        const { handler } = jest.requireActual<typeof AccessObject>('../../lambda/access-object');
        expect(await handler(openingEvent(NONCE, authorizer))).toMatchObject({ statusCode: 302 });
        expect(await failureOf(handler(openingEvent(NONCE, ofAddress)))).toMatchObject({
          message: expect.stringContaining('switched off'),
        });
      });
    } finally {
      process.env['OPENED_URL_LIFETIME_SECONDS'] = before;
    }
  });

  test.each([
    ['the authorizer was bypassed', NONCE, undefined],
    ['the authorizer said nothing', NONCE, null],
    ['the authorizer sent no record', NONCE, { principalId: LINK_ID }],
    ['there is no nonce', undefined, authorizer],
    ['the nonce is none', 'guess', authorizer],
  ])('answers 403 where %s', async (_, nonce, context) => {
    const { statusCode, headers, body } = await accessObject(openingEvent(nonce, context));

    expect(statusCode).toBe(403);
    expect(headers).not.toHaveProperty('Location');
    expect(JSON.parse(body)).toMatchObject({ code: 'AccessDenied' });
  });

  test.each([
    [
      'another nonce sealed it',
      Buffer.from(sealDestination(nonceNumber(1), storedUrl(URL_OF_OBJECT))).toString('base64'),
      /unable to authenticate/,
    ],
    ['it is empty', '', /unknown format/],
    ['it is garbage', 'garbage', /unknown format/],
  ])('throws where the record is not what the nonce sealed: %s', async (_, sealed, message) => {
    const error = await failureOf(accessObject(openingEvent(NONCE, { sealed })));

    expect(error).toMatchObject({ message: expect.stringMatching(message) });
  });
});

describe('manage-link', () => {
  const manage = (method: string, linkId?: string) =>
    manageLink(proxyEvent({ method, ...(linkId === undefined ? {} : { pathParameters: { link_id: linkId } }) }));
  const notFound = (item?: ConditionalCheckFailedException['Item']) =>
    new ConditionalCheckFailedException({ message: 'no', $metadata: {}, ...(item && { Item: item }) });

  test('says of an open link until when it is open and who asked for it, and nothing of what it leads to', async () => {
    dynamoDb
      .on(GetItemCommand)
      .resolves({ Item: { expires_at: { N: `${NOW_SECONDS + 1}` }, created_by: { S: CALLER_ARN } } });

    const { statusCode, headers, body } = await manage('GET', LINK_ID);

    expect(statusCode).toBe(200);
    expect(headers).toMatchObject({ 'Content-Type': 'application/json', 'Cache-Control': 'no-store' });
    expect(JSON.parse(body)).toEqual({
      link_id: LINK_ID,
      status: 'open',
      expires_at: '2026-11-22T08:15:01Z',
      created_by: CALLER_ARN,
    });
    expect(logged()).toEqual([{ event: 'link_managed', outcome: 'open', link_id: LINK_ID, ...ASKED }]);
  });

  test('revokes a link with one delete at the second of the request', async () => {
    const { statusCode, headers, body } = await manage('DELETE', LINK_ID);

    expect([statusCode, body]).toEqual([204, '']);
    expect(headers).toMatchObject({ 'Cache-Control': 'no-store' });
    expect(headers).not.toHaveProperty('Content-Type');
    expect(dynamoDb.calls()).toHaveLength(1);
    expect(dynamoDb.commandCalls(DeleteItemCommand)[0]?.args[0].input).toMatchObject({
      TableName: 'links',
      Key: { nonce_id: { S: LINK_ID } },
      ExpressionAttributeValues: { ':now': { N: `${NOW_SECONDS}` } },
    });
    expect(logged()).toEqual([{ event: 'link_managed', outcome: 'revoked', link_id: LINK_ID, ...ASKED }]);
  });

  test.each<[string, string, () => void]>([
    ['unknown_or_spent', 'GET', () => dynamoDb.on(GetItemCommand).resolves({})],
    [
      'expired',
      'GET',
      () =>
        dynamoDb
          .on(GetItemCommand)
          .resolves({ Item: { expires_at: { N: `${NOW_SECONDS}` }, created_by: { S: CALLER_ARN } } }),
    ],
    ['unknown_or_spent', 'DELETE', () => dynamoDb.on(DeleteItemCommand).rejects(notFound())],
    ['expired', 'DELETE', () => dynamoDb.on(DeleteItemCommand).rejects(notFound({ nonce_id: { S: LINK_ID } }))],
  ])('answers of a link that is %s, asked for with %s, one and the same 404', async (outcome, method, arrange) => {
    arrange();

    const { statusCode, headers, body } = await manage(method, LINK_ID);

    expect(statusCode).toBe(404);
    expect(headers).toMatchObject({ 'Content-Type': 'application/problem+json' });
    expect(JSON.parse(body)).toEqual({
      type: 'about:blank',
      title: 'Not Found',
      status: 404,
      detail: 'No link of that id is open: it was opened or revoked, expired, or never made.',
      code: 'LinkNotFound',
    });
    expect(logged()).toEqual([{ event: 'link_managed', outcome, link_id: LINK_ID, ...ASKED }]);
  });

  test.each([undefined, '', 'guess', NONCE, `${LINK_ID}==`, '{link_id}'])(
    'refuses %p for a link id, repeats it nowhere, and does not ask the table',
    async (linkId) => {
      for (const method of ['GET', 'DELETE']) {
        const { statusCode, body } = await manage(method, linkId);

        expect(statusCode).toBe(400);
        expect(JSON.parse(body)).toMatchObject({ code: 'InvalidRequest', detail: expect.stringMatching(/^link_id/) });
        expect(body + output.join()).not.toContain(linkId || 'undefined');
      }
      expect(dynamoDb.calls()).toEqual([]);
      expect(logged()).toEqual(Array(2).fill({ event: 'link_managed', outcome: 'malformed', ...ASKED }));
    },
  );

  test.each([
    ['GET', GetItemCommand],
    ['DELETE', DeleteItemCommand],
  ] as const)(
    'answers %s with 503 where the table does not answer, and does not say what became of the link',
    async (method, command) => {
      dynamoDb.on(command).rejects(dynamoDbFailure('InternalServerError', 500));

      const { statusCode, headers, body } = await manage(method, LINK_ID);

      expect(statusCode).toBe(503);
      expect(headers).toMatchObject({ 'Retry-After': '2' });
      expect(JSON.parse(body)).toMatchObject({ code: 'StorageUnavailable' });
      expect(logged()).toEqual([
        expect.objectContaining({ event: 'storage_failed', error: 'InternalServerError', link_id: LINK_ID, ...ASKED }),
      ]);
    },
  );

  test('throws bugs on as they came', async () => {
    const bug = new TypeError('x is not a function');
    dynamoDb.on(GetItemCommand).rejects(bug);

    expect(await failureOf(manage('GET', LINK_ID))).toBe(bug);
  });
});

test.each(LINK_KINDS)(
  'a link with presign %s leads from the request for it to the object: what one function stores the others understand',
  async (presign) => {
    const { body: link } = await ask({ presign });
    dynamoDb.on(DeleteItemCommand).resolves({ Attributes: storedItem() });

    const { context } = await authorizeAccess(authorizerEvent(nonceOf(link)));
    const { statusCode, headers } = await accessObject(openingEvent(nonceOf(link), context));

    expect(statusCode).toBe(302);
    expect(headers?.['Location']).toMatch(
      /^https:\/\/shared-bucket\.s3\.us-east-1\.amazonaws\.com\/folder\/S3%20logo\.png\?X-Amz-/,
    );
  },
);

test('nothing that is written anywhere holds a nonce, a presigned URL or a credential, whatever happens', async () => {
  const { body: link } = await ask();
  const nonce = nonceOf(link);
  const item = storedItem();
  dynamoDb.on(DeleteItemCommand).resolves({ Attributes: item });
  const { context } = await authorizeAccess(authorizerEvent(nonce));
  await accessObject(openingEvent(nonce, context));
  await accessObject(openingEvent(nonce, undefined));
  await failureOf(accessObject(openingEvent(nonceNumber(1), context)));
  await authorizeAccess(authorizerEvent(nonce, { headers: { 'user-agent': ['Twitterbot/1.0'] } }));
  await authorizeAccess(authorizerEvent(`${nonce}=`));
  await ask({ download_as: URL_OF_OBJECT });
  await ask({ [URL_OF_OBJECT]: nonce });
  const presigned = urlIn(nonce, sealedRecord());
  const broken = Object.assign(dynamoDbFailure('InternalServerError', 500), {
    message: `${nonce} ${presigned} ${SESSION_TOKEN}`,
    cause: new Error(presigned),
    $response: { headers: { location: presigned } },
  });
  dynamoDb.on(PutItemCommand).rejects(broken).on(DeleteItemCommand).rejects(broken);
  await ask();
  const thrown = await failureOf(authorizeAccess(authorizerEvent(nonce)));
  s3.on(GetObjectCommand).rejects(broken);
  await ask();
  s3.on(GetObjectCommand).rejects(s3Failure('AccessDenied', 403));
  await ask();

  // What a function throws is logged by the runtime, whole.
  const written = [...output, String(thrown), (thrown as Error).stack ?? '', JSON.stringify(thrown)].join('\n');
  const events = output.map((line) => JSON.parse(line).event);
  expect(events).toEqual([
    'link_issued',
    ...Array.from({ length: 3 }, () => 'link_access'),
    'link_refused',
    'link_refused',
    ...Array.from({ length: 3 }, () => 'storage_failed'),
    'link_refused',
  ]);
  const { searchParams } = new URL(presigned);
  const signature = searchParams.get('X-Amz-Signature');
  expect(signature).toMatch(/^[0-9a-f]{64}$/);
  for (const secret of [nonce, presigned, URL_OF_OBJECT, String(signature), SESSION_TOKEN, SECRET_KEY]) {
    expect(written).not.toContain(secret);
    expect(written).not.toContain(secret.slice(0, 20));
    expect(written).not.toContain(encodeURIComponent(secret));
  }
  for (const word of ['https:', 'X-Amz', 'nonce=', 'IQoJ', 'amazonaws']) {
    expect(written).not.toContain(word);
  }
});
