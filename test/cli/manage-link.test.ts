import { PassThrough } from 'node:stream';
import { readLinkId } from '../../cli/manage-link';
import { linkIdOf } from '../../lambda/link/nonce';
import { nonceNumber } from '../lambda/support/samples';
import { writeOutputs } from '../support/cli-emulator';
import { createTempDir, type Ended, type RunOptions, runCli } from '../support/cli-process';
import { type FakeApi, problem, type Reply, startFakeApi, untilRequested } from '../support/fake-api';

const NONCE = nonceNumber(1);
const LINK_ID = linkIdOf(NONCE);
const ACTIVE = {
  link_id: LINK_ID,
  status: 'active',
  created_at: '2026-11-25T12:00:00Z',
  expires_at: '2026-11-26T12:00:00Z',
  created_by: 'arn:aws:iam::123456789012:user/jane',
};
const REDEEMED = {
  ...ACTIVE,
  status: 'redeemed',
  redeemed: { at: '2026-11-25T12:03:22Z', source_ip: '203.0.113.7', user_agent: 'curl/8.5.0' },
};
const ISSUED = 'Issued at 2026-11-25 12:00:00 UTC by arn:aws:iam::123456789012:user/jane.\n';
const CREDENTIALS = { AWS_ACCESS_KEY_ID: 'AKID', AWS_SECRET_ACCESS_KEY: 'secret', AWS_REGION: 'eu-west-1' };
const NOT_FOUND: Reply = problem(404, 'LinkNotFound');
const DENIED: Reply = problem(403, 'AccessDenied');
/** Without receipts, there is no route `/my-links`. */
const NO_RECEIPTS: Reply = problem(403, 'MissingAuthenticationToken');
const MINE = `/prod/my-links/${LINK_ID}`;
const ANY = `/prod/links/${LINK_ID}`;

const tempDir = createTempDir();
let server: FakeApi;
let outputs: string;

/** The first line on stderr. */
const using = () =>
  `Using the stack PreSignedURLStack at ${new URL(server.endpoint).host}, with the bucket of account 123456789012.\n`;

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

function manage(action: 'status' | 'revoke', ...replies: readonly Reply[]): Promise<Ended> {
  server.replies.push(...replies);
  return manageWith([action, LINK_ID]);
}

function manageWith(args: readonly string[], options: RunOptions = {}): Promise<Ended> {
  return runCli([...args, '--outputs', outputs], { ...options, env: CREDENTIALS });
}

test.each([
  ['a direct link', `https://links.example.com/prod/access-object?nonce=${NONCE}`],
  ['a click-through link', `https://links.example.com/open-link#${NONCE}`],
  ['an upload link', `https://links.example.com/send-file#${NONCE}`],
  ['a direct upload link', `https://links.example.com/prod/upload-object?nonce=${NONCE}`],
  ['a link of the emulator', `http://127.0.0.1:4580/prod/open-link#${NONCE}`],
  ['the ID itself', LINK_ID],
])('the link ID is read from %s', (_, text) => {
  expect(readLinkId(text)).toBe(LINK_ID);
});

test.each([
  ['an empty string', ''],
  ['only a nonce', NONCE],
  ['a link with another parameter', `https://x/access-object?nonce=${NONCE}&a=b`],
  ['another page', `https://x/#${NONCE}`],
  ['a truncated link', `https://x/open-link#${NONCE.slice(1)}`],
  ['a truncated ID', LINK_ID.slice(1)],
  ['an ID that is not canonical', `${LINK_ID.slice(0, -1)}B`],
  ['a path', '../../generate-url'],
])('%s has no link ID', (_, text) => {
  expect(readLinkId(text)).toBeUndefined();
});

test('status prints a word for programs and sentences for people', async () => {
  const { code, stdout, stderr } = await manage('status', [200, ACTIVE]);

  expect([code, stdout]).toEqual([0, 'active\n']);
  expect(stderr).toBe(`${using()}Active until 2026-11-26 12:00 UTC.\n${ISSUED}`);
  expect(server.requests).toMatchObject([{ method: 'GET', url: MINE }]);
});

test('status of a link that is not active also exits with 0', async () => {
  const { code, stdout, stderr } = await manage('status', [200, REDEEMED]);

  expect([code, stdout]).toEqual([0, 'redeemed\n']);
  expect(stderr).toBe(`${using()}Redeemed at 2026-11-25 12:03:22 UTC from 203.0.113.7 ("curl/8.5.0").\n${ISSUED}`);
});

test('status --json prints the response without characters that a terminal would act on', async () => {
  server.replies.push([200, { ...REDEEMED, file_name: 'a\u200eb.pdf' }]);

  const { stdout, stderr } = await manageWith(['status', LINK_ID, '--json']);

  expect(JSON.parse(stdout)).toEqual({ ...REDEEMED, file_name: 'a\u200eb.pdf' });
  expect(stdout).toContain(String.raw`a\u200eb.pdf`);
  expect(stderr).toContain(' for a_b.pdf.\n');
});

test.each<[string, Reply]>([
  ['another caller issued it', NOT_FOUND],
  ['the caller has the manager policy only', DENIED],
  ['the deployment keeps no receipts', NO_RECEIPTS],
])('a link is looked up and revoked as a manager if %s', async (_, reply) => {
  expect(await manage('status', reply, [200, ACTIVE])).toMatchObject({ code: 0, stdout: 'active\n' });
  expect(await manage('revoke', reply, [204, ''])).toMatchObject({ code: 0, stdout: '' });
  expect(server.requests.map(({ method, url }) => `${method} ${url}`)).toEqual([
    `GET ${MINE}`,
    `GET ${ANY}`,
    `DELETE ${MINE}`,
    `DELETE ${ANY}`,
  ]);
});

test.each([
  ['the link ID', `${LINK_ID}\n`],
  ['the link, with spaces and more lines', `  https://links.example.com/open-link#${NONCE} \r\nmore\n`],
])('status - reads %s from standard input', async (_, stdin) => {
  server.replies.push([200, ACTIVE]);

  expect(await manageWith(['status', '-'], { stdin })).toMatchObject({ code: 0, stdout: 'active\n' });
  expect(server.requests).toMatchObject([{ method: 'GET', url: MINE }]);
});

test('status - can be interrupted while it waits for standard input', async () => {
  const signal = AbortSignal.timeout(50);

  const ended = await manageWith(['status', '-'], { stdin: new PassThrough(), signal });

  expect(ended).toEqual({ code: 130, stdout: '', stderr: 'Interrupted.\n' });
});

test('revoke prints nothing on stdout, because its exit code is the result', async () => {
  expect(await manage('revoke', [204, ''])).toEqual({
    code: 0,
    stdout: '',
    stderr: `${using()}Revoked: the link was not redeemed, and can no longer be redeemed.\n`,
  });
  expect(server.requests).toMatchObject([{ method: 'DELETE', url: MINE }]);
});

test.each<['status' | 'revoke', Reply]>([
  ['status', [200, { ...ACTIVE, status: 'gone' }]],
  ['revoke', [200, ACTIVE]],
])('%s does not accept a response that is not from the API', async (action, reply) => {
  expect(await manage(action, reply)).toMatchObject({
    code: 4,
    stdout: '',
    stderr: expect.stringContaining('does not respond like the links API'),
  });
});

const UNKNOWN =
  'The link is no longer active: a response was lost, so this command revoked it or it was redeemed just before.\n';
const INACTIVE = 'The link is not active: it was redeemed or revoked, has expired, or never existed.';

test.each<[string, readonly Reply[], string]>([
  ['the API says so', [problem(404, 'RevocationUnknown')], UNKNOWN],
  ['an earlier attempt got a 503', [[503, {}], NOT_FOUND], UNKNOWN],
  ['an earlier attempt got no response', ['reset', NOT_FOUND], UNKNOWN],
  ['an earlier attempt as a manager got a 503', [NOT_FOUND, [503, {}], NOT_FOUND], UNKNOWN],
  ['an earlier attempt was throttled', [[429, {}], NOT_FOUND, NOT_FOUND], `${INACTIVE} status shows its state.\n`],
  ['there was no earlier attempt', [NOT_FOUND, NOT_FOUND], `${INACTIVE} status shows its state.\n`],
  ['the deployment keeps no receipts', [NO_RECEIPTS, NOT_FOUND], `${INACTIVE}\n`],
  [
    'the caller may revoke only their own links',
    [NOT_FOUND, DENIED],
    'You have issued no such link, or it is not active: status shows its state. For links of other callers, ask for execute-api:Invoke on DELETE /links/*.\n',
  ],
])('the message about a link that cannot be revoked if %s', async (_, replies, stderr) => {
  expect(await manage('revoke', ...replies)).toEqual({ code: 4, stdout: '', stderr: `${using()}${stderr}` });
  expect(server.replies).toEqual([]);
});

test('a 403 after an unknown outcome is reported as denied', async () => {
  expect(await manage('revoke', 'reset', NO_RECEIPTS, [204, ''])).toMatchObject({ code: 0 });
  expect(server.requests.map(({ url }) => url)).toEqual([MINE, MINE, ANY]);
});

test('after an unknown outcome, no request is sent as a manager', async () => {
  await manage('revoke', [503, {}], NOT_FOUND);
  await manage('revoke', problem(404, 'RevocationUnknown'));
  await manage('revoke', [503, {}], [503, {}], [503, {}]);

  expect(server.requests.map(({ url }) => url)).toEqual(Array(6).fill(MINE));
});

test.each<[string, readonly Reply[], string]>([
  [
    'there is no receipt',
    [NOT_FOUND, NOT_FOUND],
    'There is no such link: it never existed, or its receipt has been deleted.',
  ],
  ['the deployment keeps no receipts', [NO_RECEIPTS, NOT_FOUND], INACTIVE],
  [
    'the caller may look up only their own links',
    [NOT_FOUND, DENIED],
    'You have issued no such link, or its receipt has been deleted. For links of other callers, ask for execute-api:Invoke on GET /links/*.',
  ],
])('the message about an unknown link if %s', async (_, replies, stderr) => {
  expect(await manage('status', ...replies)).toEqual({ code: 4, stdout: '', stderr: `${using()}${stderr}\n` });
});

test.each<[string, readonly Reply[], string]>([
  ['with receipts', [DENIED, DENIED], `DELETE /my-links/${LINK_ID}`],
  ['without receipts', [NO_RECEIPTS, DENIED], `DELETE /links/${LINK_ID}`],
])('a caller without permission learns which permission to ask for, %s', async (_, replies, route) => {
  expect(await manage('revoke', ...replies)).toEqual({
    code: 3,
    stdout: '',
    stderr: `${using()}You may not call ${route}: ask for execute-api:Invoke on it.\n`,
  });
});

test.each([
  ['status', 'Interrupted.\n'],
  ['revoke', 'Interrupted: check with status whether the link was revoked.\n'],
] as const)('%s says what is unknown after an interruption', async (action, stderr) => {
  server.replies.push('silence');
  const interruption = new AbortController();
  const running = manageWith([action, LINK_ID], { signal: interruption.signal });
  await untilRequested(server);
  interruption.abort();

  expect(await running).toEqual({ code: 130, stdout: '', stderr: `${using()}${stderr}` });
});
