import { GetObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { DeleteCommand, DynamoDBDocumentClient, PutCommand } from '@aws-sdk/lib-dynamodb';
import type { APIGatewayProxyResult } from 'aws-lambda';
import { mockClient } from 'aws-sdk-client-mock';
import type * as AccessObject from '../../lambda/access-object';
import type * as AuthorizeAccess from '../../lambda/authorize-access';
import type * as GenerateUrl from '../../lambda/generate-url';
import { authorizerEvent, openingEvent, proxyEvent } from './support/events';
import { failureOf } from './support/failure-of';
import { firstByte } from './support/first-byte';
import { dynamoDbError, ENVIRONMENT, endTest, parsed, s3Error, startTest } from './support/handler';
import { nonceNumber } from './support/samples';

Object.assign(process.env, ENVIRONMENT);
const dynamoDb = mockClient(DynamoDBDocumentClient);
const s3 = mockClient(S3Client);
const { handler: generateUrl } = jest.requireActual<typeof GenerateUrl>('../../lambda/generate-url');
const { handler: authorizeAccess } = jest.requireActual<typeof AuthorizeAccess>('../../lambda/authorize-access');
const { handler: accessObject } = jest.requireActual<typeof AccessObject>('../../lambda/access-object');

afterEach(endTest);

function issue(fields = {}): Promise<APIGatewayProxyResult> {
  const body = JSON.stringify({ bucket_name: 'shared-bucket', object_name: 'folder/S3 logo.png', ...fields });
  return generateUrl(proxyEvent({ body }));
}

test('no log line and no error contains a nonce, a presigned URL or a credential', async () => {
  const output = startTest();
  jest.spyOn(Math, 'random').mockReturnValue(0);
  dynamoDb.on(PutCommand).resolves({});
  s3.on(GetObjectCommand).callsFake(async () => ({ Body: firstByte() }));
  const { body: link } = await issue();
  const nonce = link.slice(-43);
  dynamoDb.on(DeleteCommand).resolves({ Attributes: dynamoDb.commandCalls(PutCommand)[0]?.args[0].input.Item ?? {} });
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
  const thrown = await failureOf(authorizeAccess(authorizerEvent(nonce)));
  s3.on(GetObjectCommand).rejects(outage);
  await issue();
  s3.on(GetObjectCommand).rejects(s3Error('AccessDenied', 403));
  await issue();

  // The runtime logs everything about a thrown error.
  const written = [...output, String(thrown), (thrown as Error).stack ?? '', JSON.stringify(thrown)].join('\n');
  expect(parsed(output)).toMatchObject([
    { event: 'link_issued' },
    { event: 'link_access', outcome: 'redeemed' },
    { event: 'link_access', outcome: 'machine' },
    { event: 'link_access', outcome: 'malformed' },
    { event: 'link_refused' },
    { event: 'link_refused' },
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
  for (const word of ['https:', 'X-Amz', 'nonce=', 'IQoJ', 'amazonaws']) {
    expect(written).not.toContain(word);
  }
});
