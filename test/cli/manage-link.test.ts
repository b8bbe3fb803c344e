import { PassThrough } from 'node:stream';
import { readLinkId } from '../../cli/manage-link';
import { linkIdOf } from '../../lambda/link/nonce';
import { nonceNumber } from '../lambda/support/samples';
import { writeOutputs } from '../support/cli-emulator';
import { createTempDir, type Ended, type RunOptions, runCli } from '../support/cli-process';
import { type FakeApi, type Reply, startFakeApi, untilRequested } from './support/fake-api';

const NONCE = nonceNumber(1);
const LINK_ID = linkIdOf(NONCE);
const OPEN = {
  link_id: LINK_ID,
  status: 'active',
  expires_at: '2026-11-26T12:00:00Z',
  created_by: 'arn:aws:iam::123456789012:user/jane',
};
const CREDENTIALS = { AWS_ACCESS_KEY_ID: 'AKID', AWS_SECRET_ACCESS_KEY: 'secret', AWS_REGION: 'eu-west-1' };
const NOT_FOUND: Reply = [404, { code: 'LinkNotFound' }];

const tempDir = createTempDir();
let server: FakeApi;
let outputs: string;

/** The first line on stderr. */
const using = () =>
  `Using the stack PreSignedURLStack at ${new URL(server.endpoint).host}, with the bucket of account 123456789012.\n`;

beforeEach(async () => {
  server = await startFakeApi();
  const { endpoint } = server;
  outputs = writeOutputs(tempDir, { ApiGatewayEndpoint: endpoint, BucketUrl: 'bucket', BucketOwner: '123456789012' });
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

test('status prints a word for programs and a sentence for people', async () => {
  const { code, stdout, stderr } = await manage('status', [200, OPEN]);

  expect([code, stdout]).toEqual([0, 'active\n']);
  expect(stderr).toBe(`${using()}Active until 2026-11-26 12:00 UTC. Issued by arn:aws:iam::123456789012:user/jane.\n`);
  expect(server.requests).toMatchObject([{ method: 'GET', url: `/prod/links/${LINK_ID}` }]);
});

test.each([
  ['the link ID', `${LINK_ID}\n`],
  ['the link, with spaces and more lines', `  https://links.example.com/open-link#${NONCE} \r\nmore\n`],
])('status - reads %s from standard input', async (_, stdin) => {
  server.replies.push([200, OPEN]);

  expect(await manageWith(['status', '-'], { stdin })).toMatchObject({ code: 0, stdout: 'active\n' });
  expect(server.requests).toMatchObject([{ method: 'GET', url: `/prod/links/${LINK_ID}` }]);
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
    stderr: `${using()}Revoked: the link was never redeemed, and can no longer be.\n`,
  });
  expect(server.requests).toMatchObject([{ method: 'DELETE', url: `/prod/links/${LINK_ID}` }]);
});

test.each<[string, object]>([
  ['an invalid time', { expires_at: 'tomorrow' }],
  ['no issuer', { created_by: undefined }],
  ['an unknown status', { status: 'gone' }],
  ['a direction override', { created_by: 'x\u202ey' }],
])('a response with %s is not from the API', async (_, changes) => {
  const { code, stdout, stderr } = await manage('status', [200, { ...OPEN, ...changes }]);

  expect([code, stdout]).toEqual([4, '']);
  expect(stderr).toContain('does not respond like the links API');
});

test('a 200 does not mean that the link was revoked', async () => {
  expect(await manage('revoke', [200, OPEN])).toMatchObject({
    code: 4,
    stderr: expect.stringContaining('does not respond like the links API'),
  });
});

const UNKNOWN =
  'The link is no longer active: a response was lost, so this command revoked it or it was redeemed just before.\n';
const INACTIVE = 'The link is not active: it was redeemed or revoked, has expired, or never existed.\n';

test.each<[string, 'status' | 'revoke', readonly Reply[], string]>([
  ['the API says so', 'revoke', [[404, { code: 'RevocationUnknown' }]], UNKNOWN],
  ['an earlier attempt got a 503', 'revoke', [[503, {}], NOT_FOUND], UNKNOWN],
  ['an earlier attempt got no response', 'revoke', ['reset', NOT_FOUND], UNKNOWN],
  ['an earlier attempt was throttled', 'revoke', [[429, {}], NOT_FOUND], INACTIVE],
  ['there was no earlier attempt', 'revoke', [NOT_FOUND], INACTIVE],
  ['status changes nothing', 'status', [[503, {}], NOT_FOUND], INACTIVE],
])('the message about an inactive link if %s', async (_, action, replies, stderr) => {
  expect(await manage(action, ...replies)).toEqual({ code: 4, stdout: '', stderr: `${using()}${stderr}` });
});

test('a caller without permission learns which permission to ask for', async () => {
  expect(await manage('revoke', [403, { code: 'AccessDenied' }])).toEqual({
    code: 3,
    stdout: '',
    stderr: `${using()}You may not call DELETE /links/${LINK_ID}: ask for execute-api:Invoke on it.\n`,
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
