import { GetObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { DeleteCommand, DynamoDBDocumentClient, GetCommand, PutCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import type { APIGatewayProxyResult } from 'aws-lambda';
import { mockClient } from 'aws-sdk-client-mock';
import type * as AccessObject from '../../lambda/access-object';
import type * as AuthorizeAccess from '../../lambda/authorize-access';
import type * as DescribeLink from '../../lambda/describe-link';
import type * as GenerateUrl from '../../lambda/generate-url';
import { parseLogEvent } from '../../lambda/link/log-record';
import type * as ManageLink from '../../lambda/manage-link';
import type * as UploadObject from '../../lambda/upload-object';
import { authorizerEvent, CALLER_ARN, openingEvent, proxyEvent, REQUEST_ID } from './support/events';
import { failureOf } from './support/failure-of';
import { firstByte } from './support/first-byte';
import {
  conditionFailed,
  dynamoDbError,
  ENVIRONMENT,
  endTest,
  parsed,
  s3Error,
  startTest,
  WITH_RECEIPTS,
} from './support/handler';
import { nonceNumber } from './support/samples';

Object.assign(process.env, ENVIRONMENT, WITH_RECEIPTS, {
  RECEIPT_FILE_NAMES: 'true',
  ALLOWED_BUCKETS: JSON.stringify([{ name: 'shared-bucket', uploadPrefix: 'inbox/' }]),
  DAILY_UPLOAD_BYTES: '100000000000',
  UPLOAD_URL_LIFETIME_SECONDS: '900',
});
const dynamoDb = mockClient(DynamoDBDocumentClient);
const s3 = mockClient(S3Client);
const { handler: generateUrl } = jest.requireActual<typeof GenerateUrl>('../../lambda/generate-url');
const { handler: authorizeAccess } = jest.requireActual<typeof AuthorizeAccess>('../../lambda/authorize-access');
const { handler: accessObject } = jest.requireActual<typeof AccessObject>('../../lambda/access-object');
const { handler: describeLink } = jest.requireActual<typeof DescribeLink>('../../lambda/describe-link');
const { handler: uploadObject } = jest.requireActual<typeof UploadObject>('../../lambda/upload-object');
const { handler: manageLink } = jest.requireActual<typeof ManageLink>('../../lambda/manage-link');

afterEach(endTest);

function issue(fields = {}): Promise<APIGatewayProxyResult> {
  const body = JSON.stringify({ bucket_name: 'shared-bucket', object_name: 'folder/S3 logo.png', ...fields });
  return generateUrl(proxyEvent({ body }));
}

test('no log line, no error and no receipt contains a nonce, a presigned URL, a credential or a description', async () => {
  const output = startTest();
  jest.spyOn(Math, 'random').mockReturnValue(0);
  dynamoDb.on(PutCommand).resolves({});
  s3.on(GetObjectCommand).callsFake(async () => ({ Body: firstByte() }));
  const { body: link } = await issue({ from: 'Ada Lovelace' });
  const nonce = link.slice(-43);
  const stored = dynamoDb.commandCalls(PutCommand).map(({ args }) => args[0].input.Item ?? {});
  dynamoDb.on(GetCommand).resolves({ Item: stored[0] ?? {} });
  const description = await describeLink(proxyEvent({ body: JSON.stringify({ nonce }) }));
  await describeLink(proxyEvent({ body: JSON.stringify({ nonce: `${nonce}=` }) }));
  dynamoDb.on(DeleteCommand).resolves({ Attributes: stored[0] ?? {} });
  const { context } = await authorizeAccess(authorizerEvent(nonce));
  const { headers } = await accessObject(openingEvent(nonce, context));
  const presigned = String(headers?.['Location']);
  await accessObject(openingEvent(nonce, undefined));
  await failureOf(accessObject(openingEvent(nonceNumber(1), context)));
  await authorizeAccess(authorizerEvent(nonce, { headers: { 'user-agent': ['Twitterbot/1.0'] } }));
  await authorizeAccess(authorizerEvent(`${nonce}=`));
  await issue({ download_as: presigned });
  await issue({ [presigned]: nonce });
  const outage = Object.assign(dynamoDbError('InternalServerError', 500), {
    message: `${nonce} ${presigned} ${ENVIRONMENT.AWS_SESSION_TOKEN}`,
    cause: new Error(presigned),
    $response: { headers: { location: presigned } },
  });
  dynamoDb.rejects(outage).on(PutCommand).rejects(outage).on(DeleteCommand).rejects(outage);
  await issue();
  dynamoDb.on(GetCommand).rejects(outage);
  await describeLink(proxyEvent({ body: JSON.stringify({ nonce }) }));
  const thrown = await failureOf(authorizeAccess(authorizerEvent(nonce)));
  s3.on(GetObjectCommand).rejects(outage);
  await issue();
  s3.on(GetObjectCommand).rejects(s3Error('AccessDenied', 403));
  await issue();

  // The runtime logs everything about a thrown error.
  const written = [
    ...output,
    String(thrown),
    (thrown as Error).stack ?? '',
    JSON.stringify(thrown),
    JSON.stringify(stored[1]),
  ].join('\n');
  expect(stored[1]).toHaveProperty('created_by', CALLER_ARN);
  expect(parsed(output)).toMatchObject([
    { event: 'link_issued' },
    { event: 'link_description', outcome: 'active' },
    { event: 'link_description', outcome: 'malformed' },
    { event: 'link_access', outcome: 'redeemed' },
    { event: 'link_access', outcome: 'machine' },
    { event: 'link_access', outcome: 'malformed' },
    { event: 'link_refused' },
    { event: 'link_refused' },
    { event: 'storage_failed' },
    { event: 'storage_failed' },
    { event: 'storage_failed' },
    { event: 'storage_failed' },
    { event: 'link_refused' },
  ]);
  const signature = new URL(presigned).searchParams.get('X-Amz-Signature') ?? '';
  expect(signature).toMatch(/^[0-9a-f]{64}$/);
  const { AWS_SESSION_TOKEN, AWS_SECRET_ACCESS_KEY } = ENVIRONMENT;
  for (const secret of [nonce, presigned, signature, AWS_SESSION_TOKEN, AWS_SECRET_ACCESS_KEY]) {
    expect(written).not.toContain(secret);
    expect(written).not.toContain(secret.slice(0, 20));
    expect(written).not.toContain(encodeURIComponent(secret));
  }
  expect(JSON.parse(description.body)).toMatchObject({ from: 'Ada Lovelace', file_name: 'S3 logo.png' });
  for (const word of ['Ada', 'https:', 'X-Amz', 'nonce=', 'IQoJ', 'amazonaws']) {
    expect(written).not.toContain(word);
  }
});

test('neither log lines, nor errors, nor the items of an upload link contain a nonce, a presigned URL or what it asks for', async () => {
  const output = startTest();
  dynamoDb.reset();
  dynamoDb.on(PutCommand).resolves({});
  dynamoDb.on(UpdateCommand).resolves({});
  const fields = { operation: 'upload', object_name: undefined, max_bytes: 1_000, label: 'Secret plans' };
  const { body: link } = await issue({ ...fields, from: 'Mata Hari', content_types: ['image/*'] });
  const nonce = link.slice(-43);
  const stored = dynamoDb.commandCalls(PutCommand).map(({ args }) => args[0].input.Item ?? {});
  const query = { nonce: [nonce], file_name: ['secret plan.jpg'], size_bytes: ['1000'], content_type: ['image/jpeg'] };
  const request = { method: 'POST', resource: '/upload-object', query };
  dynamoDb.on(GetCommand).resolves({ Item: stored[0] ?? {} });
  const description = await describeLink(proxyEvent({ body: JSON.stringify({ nonce }) }));
  await authorizeAccess(authorizerEvent(nonce, { ...request, query: { ...query, size_bytes: [nonce] } }));
  dynamoDb.on(DeleteCommand).resolves({ Attributes: stored[0] ?? {} });
  const { context } = await authorizeAccess(authorizerEvent(nonce, request));
  const { body: uploaded } = await uploadObject(openingEvent(nonce, context, request));
  const presigned = String(JSON.parse(uploaded).url);
  await uploadObject(openingEvent(nonce, undefined, request));
  const other = { ...request, query: { ...query, nonce: [nonceNumber(1)] } };
  const thrown = await failureOf(uploadObject(openingEvent(nonceNumber(1), context, other)));
  dynamoDb.on(DeleteCommand).rejects(dynamoDbError('InternalServerError', 500));
  const outage = await failureOf(authorizeAccess(authorizerEvent(nonce, request)));
  await issue({ ...fields, label: `line\n${nonce}` });
  await issue({ ...fields, prefix: `outbox/${nonce}/` });

  const errors = [thrown, outage].flatMap((error) => [String(error), (error as Error).stack, JSON.stringify(error)]);
  const written = [...output, ...errors, JSON.stringify(stored[1])].join('\n');
  expect(parsed(output)).toMatchObject([
    { event: 'link_issued' },
    { event: 'link_description', outcome: 'active' },
    { event: 'link_access', outcome: 'invalid_upload' },
    { event: 'link_access', outcome: 'redeemed' },
    { event: 'storage_failed' },
    { event: 'link_refused', code: 'InvalidRequest' },
    { event: 'link_refused', code: 'BucketNotAllowed' },
  ]);
  expect(JSON.parse(description.body)).toMatchObject({ label: 'Secret plans', from: 'Mata Hari' });
  const signature = new URL(presigned).searchParams.get('X-Amz-Signature') ?? '';
  expect(signature).toMatch(/^[0-9a-f]{64}$/);
  for (const secret of [nonce, presigned, signature, ENVIRONMENT.AWS_SESSION_TOKEN]) {
    expect(written).not.toContain(secret.slice(0, 20));
  }
  for (const word of ['Secret', 'secret plan', 'Mata', 'X-Amz', 'nonce=', 'amazonaws', 'inbox']) {
    expect(written).not.toContain(word);
    expect(Buffer.from(stored[0]?.['sealed']).includes(word)).toBe(false);
  }
});

test('what the functions log about a link is what record-receipts reads', async () => {
  const output = startTest();
  dynamoDb.reset();
  dynamoDb.on(PutCommand).resolves({});
  dynamoDb.on(UpdateCommand).resolves({});
  s3.on(GetObjectCommand).callsFake(async () => ({ Body: firstByte() }));
  const { body: link } = await issue();
  const item = dynamoDb.commandCalls(PutCommand)[0]?.args[0].input.Item ?? {};
  dynamoDb
    .on(DeleteCommand)
    .resolvesOnce({ Attributes: item })
    .rejectsOnce(conditionFailed(1, 'no item'))
    .rejectsOnce(conditionFailed(1, 'expired item'))
    .resolves({ Attributes: item });
  const request = authorizerEvent(link.slice(-43), { headers: { 'User-Agent': ['Mozilla/5.0 "x"'] } });
  await authorizeAccess(request);
  await authorizeAccess(request);
  await authorizeAccess(request);
  const linkId = String(item['nonce_id']);
  const pathParameters = { link_id: linkId };
  await manageLink(proxyEvent({ method: 'DELETE', resource: '/links/{link_id}', pathParameters }));

  const timestamp = Date.UTC(2026, 10, 22, 8, 15, 0, 900);
  const common = { linkId, at: '2026-11-22T08:15:00.900Z', requestId: REQUEST_ID };
  const attempt = { at: '2026-11-22T08:15:00.900Z', sourceIp: '203.0.113.7', userAgent: 'Mozilla/5.0 %22x%22' };
  expect(output.map((message) => parseLogEvent({ timestamp, message }))).toEqual([
    { kind: 'issued', ...common },
    { kind: 'redeemed', attempt, ...common },
    { kind: 'refused', attempt, ...common },
    { kind: 'refused', attempt, ...common },
    { kind: 'revoked', by: CALLER_ARN, ...common },
  ]);
});
