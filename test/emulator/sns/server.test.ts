import { ListTopicsCommand, PublishCommand, type PublishCommandInput, SNSClient } from '@aws-sdk/client-sns';
import type { AwsCall, Principal } from '../../../emulator/iam/principal';
import type { LocalService } from '../../../emulator/loopback';
import { type Email, startSns } from '../../../emulator/sns/server';
import { allow, byAccessKey, failureOf, principal } from '../support';

const TOPIC = 'arn:aws:sns:us-east-1:123456789012:emails';
const OTHER_TOPIC = 'arn:aws:sns:us-east-1:123456789012:other';
const ENCRYPTED_TOPIC = 'arn:aws:sns:us-east-1:123456789012:encrypted';
const KEY = 'arn:aws:kms:us-east-1:123456789012:key/11111111-2222-3333-4444-555555555555';
const MESSAGE = { TopicArn: TOPIC, Subject: 'Redeemed', Message: 'A link was redeemed.' };
const NON_ASCII = 'é😀';

const publisher = principal('PUBLISHER', allow('sns:Publish', TOPIC));
const owner = principal('OWNER', allow('sns:*'));
const reader = principal('READER', allow('sns:ListTopics'));
const denied = principal('DENIED', allow('sns:Publish'), { ...allow('sns:Publish', TOPIC), effect: 'Deny' });
const encrypter = principal(
  'ENCRYPTER',
  allow('sns:Publish', ENCRYPTED_TOPIC),
  allow('kms:GenerateDataKey*', KEY),
  allow('kms:Decrypt', KEY),
);
const halfEncrypter = principal('HALF', allow('sns:Publish', ENCRYPTED_TOPIC), allow('kms:GenerateDataKey*', KEY));

const emails: Email[] = [];
const calls: AwsCall[] = [];
const clients: SNSClient[] = [];
let service: LocalService;
let now = new Date();

beforeAll(async () => {
  service = await startSns({
    topics: [
      { name: 'emails', arn: TOPIC, emails: ['ada@example.com', 'grace@example.com'] },
      { name: 'encrypted', arn: ENCRYPTED_TOPIC, emails: ['ada@example.com'], kmsKeyArn: KEY },
    ],
    port: 0,
    region: 'us-east-1',
    principals: byAccessKey(publisher, owner, reader, denied, encrypter, halfEncrypter),
    now: () => now,
    onCall: (call) => calls.push(call),
    onEmail: (email) => emails.push(email),
  });
});

afterAll(async () => {
  for (const client of clients) {
    client.destroy();
  }
  await service.close();
});

beforeEach(() => {
  emails.length = 0;
  calls.length = 0;
  now = new Date();
});

function clientOf(credentials: Principal): SNSClient {
  const client = new SNSClient({ endpoint: service.endpoint, region: 'us-east-1', credentials, maxAttempts: 1 });
  clients.push(client);
  return client;
}

async function publish(credentials: Principal, message: PublishCommandInput): Promise<string | undefined> {
  return (await clientOf(credentials).send(new PublishCommand(message))).MessageId;
}

test('a message becomes one email per address, with its subject and text unchanged', async () => {
  const Message = `"Report" & <b>${NON_ASCII}</b>\n\nLine 2 + 100%\ttab`;
  const messageId = await publish(publisher, { ...MESSAGE, Subject: `Redeemed: ${NON_ASCII}`, Message });

  expect(messageId).toMatch(/^[0-9a-f-]{36}$/);
  const email = { topicName: 'emails', subject: `Redeemed: ${NON_ASCII}`, text: Message };
  expect(emails).toEqual([
    { ...email, to: 'ada@example.com' },
    { ...email, to: 'grace@example.com' },
  ]);
  expect(calls).toEqual([{ principalArn: 'arn:PUBLISHER', action: 'sns:Publish', resource: TOPIC }]);
});

test('a message without a subject has the default subject of SNS', async () => {
  await publish(publisher, { TopicArn: TOPIC, Message: 'A link was redeemed.' });

  expect(emails[0]?.subject).toBe('AWS Notification Message');
});

test.each<[name: string, change: Partial<PublishCommandInput>]>([
  ['a subject of 99 characters', { Subject: 's'.repeat(99) }],
  ['a message of 256 KB that is percent-encoded', { Message: '"'.repeat(262_144) }],
])('%s is accepted', async (_, change) => {
  await publish(publisher, { ...MESSAGE, ...change });

  expect(emails).toHaveLength(2);
});

test.each<[name: string, change: Partial<PublishCommandInput>, message: string]>([
  ['an empty subject', { Subject: '' }, 'Invalid parameter: Subject'],
  ['a subject of 100 characters', { Subject: 's'.repeat(100) }, 'Invalid parameter: Subject'],
  ['a line break in the subject', { Subject: 'Redeemed\nBcc: eve@example.com' }, 'Invalid parameter: Subject'],
  ['a line separator in the subject', { Subject: 'Redeemed\u2028' }, 'Invalid parameter: Subject'],
  ['a control character in the subject', { Subject: 'Redeemed\u0007' }, 'Invalid parameter: Subject'],
  ['no text', { Message: '' }, 'Invalid parameter: Empty message'],
  ['a text of more than 256 KB', { Message: 'é'.repeat(131_073) }, 'Invalid parameter: Message too long'],
  ['no topic', { TopicArn: undefined }, 'Invalid parameter: TopicArn'],
  ['a malformed topic', { TopicArn: 'emails' }, 'Invalid parameter: TopicArn'],
  [
    'a parameter that is not supported',
    { MessageStructure: 'json' },
    'The local emulator does not support the parameter MessageStructure',
  ],
  [
    'an attribute',
    { MessageAttributes: { status: { DataType: 'String', StringValue: 'redeemed' } } },
    'The local emulator does not support the parameter MessageAttributes.entry.1.Name',
  ],
])('a message with %s is refused', async (_, change, message) => {
  const failure = await failureOf(publish(owner, { ...MESSAGE, ...change }));

  expect(failure).toMatchObject({
    name: 'InvalidParameterException',
    message,
    $fault: 'client',
    $metadata: { httpStatusCode: 400, requestId: expect.stringMatching(/^[0-9a-f-]{36}$/) },
  });
  expect([emails, calls]).toEqual([[], []]);
});

test.each<[name: string, credentials: Principal, topic: string, reason: string]>([
  ['without the permission', reader, TOPIC, 'because no identity-based policy allows the sns:Publish action'],
  ['to another topic', publisher, OTHER_TOPIC, 'because no identity-based policy allows the sns:Publish action'],
  ['with a denial', denied, TOPIC, 'with an explicit deny in an identity-based policy'],
])('%s, nothing is published', async (_, credentials, topic, reason) => {
  expect(await failureOf(publish(credentials, { ...MESSAGE, TopicArn: topic }))).toMatchObject({
    name: 'AuthorizationErrorException',
    message: `User: ${credentials.arn} is not authorized to perform: sns:Publish on resource: ${topic} ${reason}`,
    $metadata: { httpStatusCode: 403 },
  });
  expect([emails, calls]).toEqual([[], []]);
});

test('a topic that does not exist is not found', async () => {
  expect(await failureOf(publish(owner, { ...MESSAGE, TopicArn: OTHER_TOPIC }))).toMatchObject({
    name: 'NotFoundException',
    message: 'Topic does not exist',
    $metadata: { httpStatusCode: 404 },
  });
});

test('a message to an encrypted topic needs permissions for its key', async () => {
  const message = { ...MESSAGE, TopicArn: ENCRYPTED_TOPIC };
  await publish(encrypter, message);
  expect(emails).toHaveLength(1);

  for (const [credentials, action] of [
    [owner, 'kms:GenerateDataKey'],
    [halfEncrypter, 'kms:Decrypt'],
  ] as const) {
    expect(await failureOf(publish(credentials, message))).toMatchObject({
      name: 'KMSAccessDeniedException',
      message: expect.stringContaining(`${action} on resource: ${KEY}`),
      $metadata: { httpStatusCode: 400 },
    });
  }
  expect(emails).toHaveLength(1);
});

test.each<[name: string, credentials: Principal, code: string]>([
  ['a wrong secret', { ...publisher, secretAccessKey: 'wrong' }, 'SignatureDoesNotMatch'],
  ['an unknown access key', { ...publisher, accessKeyId: 'UNKNOWN' }, 'InvalidClientTokenId'],
])('%s is refused', async (_, credentials, name) => {
  expect(await failureOf(publish(credentials, MESSAGE))).toMatchObject({ name, $metadata: { httpStatusCode: 403 } });
  expect(emails).toEqual([]);
});

test('an hour-old signature is refused', async () => {
  now = new Date(Date.now() + 3_600_000);

  expect(await failureOf(publish(publisher, MESSAGE))).toMatchObject({
    name: 'RequestExpired',
    $metadata: { httpStatusCode: 400 },
  });
});

test('an unsigned request is refused with the error document of SNS', async () => {
  const response = await fetch(service.endpoint, { method: 'POST', body: 'Action=Publish&Version=2010-03-31' });

  expect([response.status, response.headers.get('content-type'), await response.text()]).toEqual([
    403,
    'text/xml',
    expect.stringMatching(
      /^<\?xml version="1.0" encoding="UTF-8"\?>\n<ErrorResponse xmlns="http:\/\/sns.amazonaws.com\/doc\/2010-03-31\/"><Error><Type>Sender<\/Type><Code>MissingAuthenticationToken<\/Code><Message>Request is missing Authentication Token<\/Message><\/Error><RequestId>[0-9a-f-]{36}<\/RequestId><\/ErrorResponse>$/,
    ),
  ]);
});

test('other operations are not supported', async () => {
  expect(await failureOf(clientOf(owner).send(new ListTopicsCommand({})))).toMatchObject({
    name: 'InvalidAction',
    message: 'The local emulator does not support the action ListTopics of version 2010-03-31',
    $metadata: { httpStatusCode: 400 },
  });
});
