import { verifySignature } from '../../emulator/iam/sigv4';
import { writeOutputs } from '../support/cli-emulator';
import { createTempDir, type Ended, runCli } from '../support/cli-process';
import { type FakeApi, problem, type Reply, startFakeApi } from '../support/fake-api';

const CREDENTIALS = { AWS_ACCESS_KEY_ID: 'AKID', AWS_SECRET_ACCESS_KEY: 'secret', AWS_REGION: 'eu-west-1' };
const ACTIVE = {
  link_id: '98GcVChBtL06dRDkV5bnkQ',
  status: 'active',
  created_at: '2026-11-28T14:00:00Z',
  created_by: 'arn:jane',
  expires_at: '2026-11-29T14:00:00Z',
};
const REDEEMED = {
  ...ACTIVE,
  link_id: 'AAAAAAAAAAAAAAAAAAAAAA',
  status: 'redeemed',
  redeemed: { at: '2026-11-28T14:03:22Z', source_ip: '203.0.113.7' },
  refused_after: { count: 2, last_at: '2026-11-28T14:07:51Z', last_source_ip: '198.51.100.9' },
};

const NO_LINKS = 'No links were issued with your ARN. If your profile assumes a role, set role_session_name in it.';

const tempDir = createTempDir();
let server: FakeApi;
let outputs: string;

beforeEach(async () => {
  server = await startFakeApi();
  const { endpoint } = server;
  outputs = writeOutputs(tempDir, {
    ApiGatewayEndpoint: endpoint,
    UploadBucket: 'bucket',
    BucketOwner: '123456789012',
  });
});
afterEach(() => server.close());
afterAll(() => tempDir.remove());

async function list(args: readonly string[], ...replies: readonly Reply[]): Promise<Ended> {
  server.replies.push(...replies);
  const { stderr, ...ended } = await runCli(['list', ...args, '--outputs', outputs], { env: CREDENTIALS });
  return { ...ended, stderr: stderr.replace(/^Using .*\n/, '') };
}

test('a table has one line for each link', async () => {
  expect(await list([], [200, { links: [ACTIVE, REDEEMED] }])).toEqual({
    code: 0,
    stdout:
      'LINK ID                 STATUS    CREATED               EXPIRES               REDEEMED                               REFUSED\n' +
      '98GcVChBtL06dRDkV5bnkQ  active    2026-11-28 14:00 UTC  2026-11-29 14:00 UTC\n' +
      'AAAAAAAAAAAAAAAAAAAAAA  redeemed  2026-11-28 14:00 UTC  2026-11-29 14:00 UTC  2026-11-28 14:03 UTC from 203.0.113.7  2\n',
    stderr: '',
  });
});

test('the table has file names if the deployment records them', async () => {
  const named = { ...ACTIVE, file_name: 'Q3\u200e.pdf' };

  const { stdout } = await list([], [200, { links: [named, ACTIVE] }]);

  expect(stdout).toBe(
    'LINK ID                 STATUS  CREATED               EXPIRES               REDEEMED  REFUSED  FILE\n' +
      '98GcVChBtL06dRDkV5bnkQ  active  2026-11-28 14:00 UTC  2026-11-29 14:00 UTC                     Q3_.pdf\n' +
      '98GcVChBtL06dRDkV5bnkQ  active  2026-11-28 14:00 UTC  2026-11-29 14:00 UTC\n',
  );
});

test('the table has what upload links have received', async () => {
  const upload = { ...REDEEMED, operation: 'upload', refused_after: undefined };
  const received = {
    at: '2026-11-28T14:04:10Z',
    bucket_name: 'b',
    object_name: 'inbox/x/a.zip',
    size_bytes: 12_300_000,
  };

  const { stdout } = await list([], [200, { links: [{ ...upload, received }, upload, ACTIVE] }]);

  expect(stdout).toBe(
    'LINK ID                 STATUS    CREATED               EXPIRES               REDEEMED                               REFUSED  RECEIVED\n' +
      'AAAAAAAAAAAAAAAAAAAAAA  redeemed  2026-11-28 14:00 UTC  2026-11-29 14:00 UTC  2026-11-28 14:03 UTC from 203.0.113.7           a.zip (12.3 MB)\n' +
      'AAAAAAAAAAAAAAAAAAAAAA  redeemed  2026-11-28 14:00 UTC  2026-11-29 14:00 UTC  2026-11-28 14:03 UTC from 203.0.113.7           -\n' +
      '98GcVChBtL06dRDkV5bnkQ  active    2026-11-28 14:00 UTC  2026-11-29 14:00 UTC\n',
  );
});

test('all pages are requested, with a signature that covers the query', async () => {
  const next = 'eyJhIjoxfQ+/=';
  const { stdout } = await list(['--json'], [200, { links: [ACTIVE], next }], [200, { links: [REDEEMED] }]);

  expect(stdout).toBe(`${JSON.stringify({ links: [ACTIVE, REDEEMED] })}\n`);
  expect(server.requests.map(({ method, url }) => `${method} ${url}`)).toEqual([
    'GET /prod/my-links',
    'GET /prod/my-links?next=eyJhIjoxfQ%2B%2F%3D',
  ]);
  const [, { url = '', rawHeaders = [] } = {}] = server.requests;
  const [rawPath = '', rawQuery = ''] = url.split('?');
  const caller = { accessKeyId: 'AKID', secretAccessKey: 'secret', arn: 'arn:caller', statements: [] };
  const emptyHash = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';
  const signed = { method: 'GET', rawPath, rawQuery, rawHeaders, payloadHash: emptyHash };
  const principals = new Map([['AKID', caller]]);
  const expected = { service: 'execute-api', region: 'eu-west-1', now: new Date(), principals };
  expect(verifySignature(signed, expected)).toMatchObject({ ok: true });
});

test('--active omits links that have ended, and reads more pages', async () => {
  const { stdout } = await list(
    ['--active', '--json'],
    [200, { links: [REDEEMED], next: 'n' }],
    [200, { links: [ACTIVE] }],
  );

  expect(JSON.parse(stdout)).toEqual({ links: [ACTIVE] });
});

test('--limit reads only the pages that it needs, and says that there are more links', async () => {
  const page: Reply = [200, { links: [ACTIVE, REDEEMED], next: 'n' }];

  expect(await list(['--limit', '1', '--json'], page)).toEqual({
    code: 0,
    stdout: `${JSON.stringify({ links: [ACTIVE] })}\n`,
    stderr: 'Older links are not shown: use --limit.\n',
  });
  expect(server.requests).toHaveLength(1);
});

test('a table has at most 50 links, JSON has all', async () => {
  const page: Reply = [200, { links: Array(51).fill(ACTIVE) }];

  const table = await list([], page);
  const json = await list(['--json'], page);

  expect(table.stdout.split('\n')).toHaveLength(52);
  expect(table.stderr).toBe('Older links are not shown: use --limit.\n');
  expect(JSON.parse(json.stdout).links).toHaveLength(51);
  expect(json.stderr).toBe('');
});

test.each<[readonly string[], string, string]>([
  [[], '', `${NO_LINKS}\n`],
  [['--active'], '', 'You have no active links.\n'],
  [['--json'], '{"links":[]}\n', `${NO_LINKS}\n`],
])('without links, list %j prints a message and exits with 0', async (args, stdout, stderr) => {
  expect(await list(args, [200, { links: [] }])).toEqual({ code: 0, stdout, stderr });
});

test.each<[string, Reply, number, string]>([
  [
    'that keeps no receipts',
    problem(403, 'MissingAuthenticationToken'),
    3,
    'The deployment keeps no receipts: ask for its option receiptRetentionDays.\n',
  ],
  [
    'that denies it',
    problem(403, 'AccessDenied'),
    3,
    'You may not call GET /my-links: ask for execute-api:Invoke on it.\n',
  ],
  ['that responds like another API', [200, { links: [{ id: 1 }] }], 4, 'does not respond like the links API'],
  ['that responds with text', [200, 'hello'], 4, 'does not respond like the links API'],
])('list fails with a deployment %s', async (_, reply, code, message) => {
  const ended = await list([], reply);

  expect([ended.code, ended.stdout]).toEqual([code, '']);
  expect(ended.stderr).toContain(message);
});
