import { buildProgram } from '../../cli/program';
import { linkIdOf } from '../../lambda/link/nonce';
import { nonceNumber } from '../lambda/support/samples';
import { runCli } from '../support/cli-process';

const NONCE = nonceNumber(1);
const LINK_ID = linkIdOf(NONCE);
const LINK = `https://links.example.com/prod/open-link#${NONCE}`;
const STATUS = { action: 'status', link: LINK_ID };

/** The request that results from a command line. */
async function parse(...args: readonly string[]): Promise<unknown> {
  let parsed: unknown;
  const record = async (request: unknown): Promise<void> => {
    parsed = request;
  };
  const actions = { share: record, request: record, manage: record, list: record, verify: record };
  await buildProgram(actions, () => {}).parseAsync(args, { from: 'user' });
  return parsed;
}

test.each<[readonly string[], object]>([
  [['share', 'report.pdf'], { source: 'report.pdf', expiresInSeconds: 86_400 }],
  [['share', 'a', '--expires', '30m'], { source: 'a', expiresInSeconds: 1800 }],
  [['share', 's3://b/k', '--version-id', 'v1'], { source: 's3://b/k', expiresInSeconds: 86_400, versionId: 'v1' }],
  [['share', '--', '--odd'], { source: '--odd', expiresInSeconds: 86_400 }],
  [
    ['share', 'a', '--as', 'For Ada.pdf', '--direct', '--json', '--qr'],
    { source: 'a', expiresInSeconds: 86_400, downloadAs: 'For Ada.pdf', direct: true, json: true, qr: true },
  ],
  [
    ['status', LINK_ID, '--profile', 'work', '--region', 'eu-central-1', '--outputs', 'o.json', '--stack', 'Links'],
    { ...STATUS, profile: 'work', region: 'eu-central-1', outputs: 'o.json', stack: 'Links' },
  ],
  [['status', LINK_ID, '--endpoint', 'https://x.example'], { ...STATUS, endpoint: 'https://x.example/' }],
  [['status', LINK_ID, '--json'], { ...STATUS, json: true }],
  [['status', LINK_ID, '--local'], { ...STATUS, local: true }],
  [['request', '--max', '500MB'], { maxBytes: 500_000_000, expiresInSeconds: 86_400 }],
  [
    ['request', '--max', '1.5GB', '--label', 'Logs', '--from', 'Ada', '--types', 'image/*, Application/PDF'],
    {
      maxBytes: 1_500_000_000,
      expiresInSeconds: 86_400,
      label: 'Logs',
      from: 'Ada',
      contentTypes: ['image/*', 'application/pdf'],
    },
  ],
  [
    ['request', '--max', '1B', '--to', 's3://b/inbox/acme/', '--direct', '--qr', '--json', '--expires', '7d'],
    {
      maxBytes: 1,
      expiresInSeconds: 604_800,
      to: { bucket: 'b', prefix: 'inbox/acme/' },
      direct: true,
      qr: true,
      json: true,
    },
  ],
  [
    ['request', '--max', '20kB', '--wait', '--output', 'in.zip', '--local'],
    { maxBytes: 20_000, expiresInSeconds: 86_400, wait: true, output: 'in.zip', local: true },
  ],
  [['share', '-', '--as', 'a.txt'], { source: '-', expiresInSeconds: 86_400, downloadAs: 'a.txt' }],
  [['status', '-'], { action: 'status', link: '-' }],
  [['share', 'a', '--from', 'Ada Lovelace'], { source: 'a', expiresInSeconds: 86_400, from: 'Ada Lovelace' }],
  [['share', 'a', '--wait'], { source: 'a', expiresInSeconds: 86_400, wait: true }],
  [['list'], {}],
  [['list', '--active', '--limit', '10', '--json', '--local'], { active: true, limit: 10, json: true, local: true }],
  [['verify', '--local'], { local: true }],
  [['verify', '--stack', 'Links', '--json', '--flood'], { stack: 'Links', json: true, flood: true }],
  [['revoke', LINK_ID, '--profile', 'work'], { action: 'revoke', link: LINK_ID, profile: 'work' }],
])('%j', async (args, request) => {
  expect(await parse(...args)).toEqual(request);
});

const NOT_A_REGION = 'is invalid. Use a Region code such as eu-central-1. See: npx one-time-links share --help';
const EMPTY = "argument '' is invalid. Give a value, or omit the option. See: npx one-time-links ";
const NOT_AN_ENDPOINT = 'is invalid. Write an https URL without a query.';

const NOT_A_SIZE = 'Write a size as 900B, 20kB, 500MB or 5GB.';
const NOT_TYPES = 'Write 1 to 20 types as image/*,application/pdf.';
const NOT_A_PREFIX = 'Write s3://bucket/ or s3://bucket/prefix/, with a slash at the end.';

test.each<[string, readonly string[]]>([
  ['missing command. See: npx one-time-links --help', []],
  ["unknown command 'report.pdf'. See: npx one-time-links --help", ['report.pdf']],
  ["unknown command 'statsu' (Did you mean status?). See: npx one-time-links --help", ['statsu', LINK_ID]],
  ["missing required argument 'source'.", ['share']],
  ['One file, object or link at a time.', ['share', 'status', LINK]],
  ['That is a link. Write `status` or `revoke` instead of `share`.', ['share', LINK]],
  ['That is neither a link ID nor a link', ['status', 'nonsense']],
  ['That is neither a link ID nor a link', ['revoke', LINK.slice(0, -1)]],
  ['That is neither a link ID nor a link', ['status', '-']],
  ["unknown option '--exipres' (Did you mean --expires?).", ['share', 'a', '--exipres', '1h']],
  ["unknown option '--expires'", ['status', LINK, '--expires', '1h']],
  ['Write a number from 1 to 999999.', ['list', '--limit', '0']],
  ['Write a number from 1 to 999999.', ['list', '--limit', '1e3']],
  ['Write a time as 90s, 30m, 24h or 7d.', ['share', 'a', '--expires', '1 hour']],
  [NOT_AN_ENDPOINT, ['share', 'a', '--endpoint', '']],
  [NOT_AN_ENDPOINT, ['share', 'a', '--endpoint', 'http://x.example/']],
  [EMPTY, ['share', 'a', '--as', '']],
  [EMPTY, ['share', 'a', '--profile', '']],
  [NOT_A_REGION, ['share', 'a', '--region', 'attacker.example/']],
  [NOT_A_REGION, ['share', 'a', '--region', 'eu-central']],
  [NOT_A_REGION, ['share', 'a', '--region', 'EU-CENTRAL-1']],
  ["option '--local' cannot be used with option '--stack <name>'.", ['share', 'a', '--local', '--stack', 'Links']],
  ["option '--local' cannot be used with option '--outputs <file>'.", ['status', LINK_ID, '--local', '--outputs', 'o']],
  ["option '--local' cannot be used with option '--stack <name>'.", ['verify', '--local', '--stack', 'Links']],
  ["option '--local' cannot be used with option '--profile <name>'.", ['share', 'a', '--local', '--profile', 'work']],
  ['Standard input is empty: there is nothing to share.', ['share', '-']],
  [EMPTY, ['share', 'a', '--from', '']],
  ['--from must be a name of 1 to 100 characters, without line breaks', ['share', 'a', '--from', ' ']],
  ['--from must be a name of 1 to 100 characters', ['share', 'a', '--from', '文'.repeat(101)]],
  ['--from must be a name of 1 to 100 characters', ['share', 'a', '--from', 'Ada\nLovelace']],
  ['--from must be a name of 1 to 100 characters', ['share', 'a', '--from', 'Ada\u202eLovelace']],
  ['--as must be a file name of at most 255 bytes, without /', ['share', 'a', '--as', 'a/b']],
  ['--version-id is for objects in S3', ['share', 'a', '--version-id', 'x']],
  ['--expires must be at most 7d for a file: for longer,', ['share', 'a', '--expires', '8d']],
  ['s3://bucket names no object: write s3://bucket/key.', ['share', 's3://bucket']],
  ["required option '--max <size>' not specified. See: npx one-time-links request --help", ['request']],
  [NOT_A_SIZE, ['request', '--max', '500']],
  [NOT_A_SIZE, ['request', '--max', '500MiB']],
  [NOT_TYPES, ['request', '--max', '1B', '--types', 'image']],
  [NOT_TYPES, ['request', '--max', '1B', '--types', '*/*']],
  [NOT_TYPES, ['request', '--max', '1B', '--types', Array(21).fill('image/png').join()]],
  [NOT_A_PREFIX, ['request', '--max', '1B', '--to', 's3://bucket/inbox']],
  [NOT_A_PREFIX, ['request', '--max', '1B', '--to', 'inbox/']],
  [EMPTY, ['request', '--max', '1B', '--label', '']],
  ['--label must be a text of 1 to 200 characters', ['request', '--max', '1B', '--label', 'a\nb']],
  ['--label must be a text of 1 to 200 characters', ['request', '--max', '1B', '--label', 'x'.repeat(201)]],
  ['--from must be a name of 1 to 100 characters', ['request', '--max', '1B', '--from', ' ']],
  ['--output is for --wait: add it, or omit --output.', ['request', '--max', '1B', '--output', 'a']],
  ['package.json exists, and is not replaced', ['request', '--max', '1B', '--wait', '--output', 'package.json']],
])('a usage error exits with 2: %s', async (message, args) => {
  const { code, stdout, stderr } = await runCli(args);

  expect([code, stdout]).toEqual([2, '']);
  expect(stderr).toContain(message);
  expect(stderr).toMatch(/^[^\n]+\n$/);
  expect(stderr).not.toContain(NONCE.slice(0, -1));
});

test('--help of share lists its options, examples and exit codes', async () => {
  const { code, stdout, stderr } = await runCli(['share', '--help']);

  expect([code, stderr]).toEqual([0, '']);
  expect(stdout.match(/--[a-z-]+(?= <| {2})/g)?.join(' ')).toBe(
    '--expires --as --from --version-id --direct --qr --json --wait --local --stack --outputs --profile --region --endpoint --help',
  );
  expect(stdout).toContain('  npx one-time-links share report.pdf\n');
  expect(stdout).toContain(
    'Exit codes: 2 usage, 3 denied, 4 not found, 5 network or storage, 6 a check failed, 130 interrupted.',
  );
});

test('--version prints the version of the package', async () => {
  const { version } = await import('../../package.json');
  expect(await runCli(['--version'])).toEqual({ code: 0, stdout: `${version}\n`, stderr: '' });
});

test.each([
  [[LINK]],
  [['share', 'a', '--endpoint', LINK]],
  [['share', `links.example.com/prod/open-link#${NONCE}`]],
  [['share', `links.example.com/prod/access-object?nonce=${NONCE}`]],
  [['share', `links.example.com/prod/send-file#${NONCE}`]],
  [['request', '--max', '1B', '--to', `https://h/upload-object?nonce=${NONCE}`]],
  [['share', NONCE]],
  [['share', `open-link%23${NONCE}`]],
  [['share', `h/access-object?nonce%3d${NONCE}`]],
  [['share', `h/open-link%2523${NONCE}`]],
  [['share', `x${NONCE}`]],
  [['share', `--${NONCE}`]],
])('an error does not repeat the nonce in %j', async (args) => {
  const { code, stdout, stderr } = await runCli(args);

  expect(code).not.toBe(0);
  expect(stdout + stderr).not.toContain(NONCE);
});
