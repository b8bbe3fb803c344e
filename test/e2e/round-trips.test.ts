import { PutObjectCommand } from '@aws-sdk/client-s3';
import { resourceNamed } from '../support/assembly';
import { askForLink, type HttpResponse, linkTo, send } from '../support/http';
import { LINK_KINDS } from '../support/link-kinds';
import { type RunningEmulator, runEmulator } from '../support/running-emulator';
import { declareFile } from '../support/uploads';

/** Calls to S3 and DynamoDB, in order, except those that record receipts from the log afterwards. */
const calls: string[] = [];
let emulator: RunningEmulator;

async function start(options: Parameters<typeof runEmulator>[0] = {}): Promise<RunningEmulator> {
  return await runEmulator({
    ...options,
    onCall: ({ principalArn, action }) => {
      if (!action.startsWith('lambda:') && !principalArn.includes('RecordReceipts')) {
        calls.push(action);
      }
    },
  });
}

/** The status of a response, and the calls that were made before it. */
async function callsOf(ask: () => Promise<HttpResponse>): Promise<readonly [status: number, ...calls: string[]]> {
  calls.length = 0;
  const { status } = await ask();
  return [status, ...calls];
}

function issue(fields: Readonly<Record<string, unknown>>, at = emulator): Promise<HttpResponse> {
  return askForLink(at, { bucket_name: at.bucketName, object_name: 'S3.png', ...fields });
}

beforeAll(async () => {
  emulator = await start();
});

afterAll(async () => {
  await emulator.close();
});

test.each(LINK_KINDS)(
  'a link with presign %s is issued with one read and two puts, redeemed with one delete, and refused with one delete',
  async (presign) => {
    let link = '';
    const issued = await callsOf(async () => {
      const response = await issue({ presign });
      link = response.body;
      return response;
    });

    expect(issued).toEqual([200, 's3:GetObject', 'dynamodb:PutItem', 'dynamodb:PutItem']);
    expect(await callsOf(() => send(link))).toEqual([302, 'dynamodb:DeleteItem']);
    expect(await callsOf(() => send(link))).toEqual([403, 'dynamodb:DeleteItem']);
  },
);

test('an upload link is issued with one update and two puts, redeemed with one delete, and refused with one delete', async () => {
  let link = '';
  const issued = await callsOf(async () => {
    const fields = { operation: 'upload', bucket_name: emulator.bucketName, max_bytes: 1000 };
    const response = await askForLink(emulator, fields);
    link = response.body;
    return response;
  });
  const declared = () => declareFile(link, { file_name: 'note.txt', size_bytes: 5 });

  expect(issued).toEqual([200, 'dynamodb:UpdateItem', 'dynamodb:PutItem', 'dynamodb:PutItem']);
  expect(await callsOf(() => declareFile(link, { file_name: 'note.txt', size_bytes: 'five' }))).toEqual([400]);
  expect(await callsOf(declared)).toEqual([200, 'dynamodb:DeleteItem']);
  expect(await callsOf(declared)).toEqual([403, 'dynamodb:DeleteItem']);
});

test('in a versioned bucket, issuing also reads the newest version, with the permission for versions', async () => {
  const versioned = await start({
    change: (resources) => {
      resourceNamed(resources, 'AWS::S3::Bucket', '').Properties.VersioningConfiguration = { Status: 'Enabled' };
    },
  });
  try {
    const object = { Bucket: versioned.bucketName, Key: 'S3.png', Body: 'another picture' };
    const { VersionId: version } = await versioned.s3.send(new PutObjectCommand(object));

    const newest = await callsOf(() => issue({}, versioned));
    expect(newest).toEqual([200, 's3:GetObject', 's3:GetObjectVersion', 'dynamodb:PutItem', 'dynamodb:PutItem']);
    // If the caller specifies the version, the first read is not needed.
    const named = await callsOf(() => issue({ version_id: version }, versioned));
    expect(named).toEqual([200, 's3:GetObjectVersion', 'dynamodb:PutItem', 'dynamodb:PutItem']);
  } finally {
    await versioned.close();
  }
});

describe('no AWS call is made', () => {
  let link: string;
  beforeAll(async () => {
    link = await linkTo(emulator);
  });
  afterAll(async () => {
    // None of them redeemed the link.
    expect((await send(link)).status).toBe(302);
  });

  test.each([
    ['for a nonce that is one character too short', (whole: string) => send(whole.slice(0, -1)), 403],
    ['for a nonce that is one character too long', (whole: string) => send(`${whole}A`), 403],
    ['for a padded nonce', (whole: string) => send(`${whole}=`), 403],
    ['for two nonces', (whole: string) => send(`${whole}&nonce=${'A'.repeat(43)}`), 403],
    ['without a nonce', (whole: string) => send(whole.slice(0, -43)), 401],
    ['for a preview', (whole: string) => send(whole, { headers: { 'User-Agent': 'Twitterbot/1.0' } }), 403],
    ['for a prefetch', (whole: string) => send(whole, { headers: { 'Sec-Purpose': 'prefetch' } }), 403],
    ['for HEAD', (whole: string) => send(whole, { method: 'HEAD' }), 200],
  ] as const)('%s', async (_, ask, expected) => {
    expect(await callsOf(() => ask(link))).toEqual([expected]);
  });

  test.each([
    ['with a field of the wrong type', { bucket_name: 1 }, 400],
    ['for a bucket that is not shared', { bucket_name: 'not-ours' }, 403],
    ['with an invalid field', { bucket_name: 'not-ours', expires_in: 0 }, 400],
  ])('for a request %s', async (_, fields, expected) => {
    expect(await callsOf(() => issue(fields))).toEqual([expected]);
  });
});
