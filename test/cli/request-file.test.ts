import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { localName } from '../../cli/received-file';
import { linkIdOf } from '../../lambda/link/nonce';
import { nonceNumber } from '../lambda/support/samples';
import { writeOutputs } from '../support/cli-emulator';
import { createTempDir, type Ended, type RunOptions, runCli } from '../support/cli-process';
import { type FakeApi, problem, type Reply, startFakeApi, untilRequested } from '../support/fake-api';

const NONCE = nonceNumber(1);
const LINK_ID = linkIdOf(NONCE);
const CREDENTIALS = { AWS_ACCESS_KEY_ID: 'AKID', AWS_SECRET_ACCESS_KEY: 'secret', AWS_REGION: 'eu-west-1' };
const UPLOAD_URL = `https://links.example/upload-object?nonce=${NONCE}`;
const PAGE_URL = `https://links.example/send-file#${NONCE}`;
const ISSUED: Reply = [
  200,
  { url: UPLOAD_URL, click_through_url: PAGE_URL, link_id: LINK_ID, expires_at: '2026-11-29T14:00:00Z' },
];
const LOCATION = `s3://b/inbox/${LINK_ID}/logs.zip`;
const REMEDY = `The file is still in S3. For another link to it: share ${LOCATION}\n`;

const tempDir = createTempDir();
let server: FakeApi;
/** Where files are saved. */
let folder: string;

beforeEach(async () => {
  server = await startFakeApi();
  folder = mkdtempSync(join(tempDir.directory, 'saved-'));
});
afterEach(() => server.close());
afterAll(() => tempDir.remove());

function request(args: readonly string[], options: RunOptions = {}): Promise<Ended> {
  const outputs = { ApiGatewayEndpoint: server.endpoint, UploadBucket: 'bucket', BucketOwner: '123456789012' };
  const all = ['request', '--max', '500MB', ...args, '--outputs', writeOutputs(tempDir, outputs)];
  return runCli(all, { ...options, env: CREDENTIALS });
}

/** Requests a file, waits for it, and saves it in the folder. */
function requestAndWait(options: RunOptions = {}): Promise<Ended> {
  return request(['--wait', '--output', folder], options);
}

function received(fields: object = {}): Reply {
  const link = { link_id: LINK_ID, operation: 'upload', created_by: 'arn:jane', expires_at: '2026-11-29T14:00:00Z' };
  const redeemed = { at: '2026-11-28T14:03:22Z', source_ip: '203.0.113.7' };
  const object = { bucket_name: 'b', object_name: `inbox/${LINK_ID}/logs.zip`, size_bytes: 5 };
  const arrival = { at: '2026-11-28T14:04:10Z', ...object, ...fields };
  return [200, { ...link, status: 'redeemed', redeemed, received: arrival }];
}

/** The download link, its redirect, and the response of S3. */
function downloadOf(response: Reply): readonly Reply[] {
  const url = `${server.endpoint}access-object?nonce=${NONCE}`;
  const issued = { url, click_through_url: url, link_id: LINK_ID, expires_at: '2026-11-29T14:00:00Z' };
  const location = `${server.endpoint}object?X-Amz-Signature=presigned`;
  return [[200, issued], [302, '', { Location: location }], response];
}

describe('request prints', () => {
  test('the click-through link on stdout, and the rest on stderr', async () => {
    server.replies.push(ISSUED);

    expect(await request([])).toEqual({
      code: 0,
      stdout: `${PAGE_URL}\n`,
      stderr: expect.stringMatching(
        new RegExp(
          '^Requesting through the stack PreSignedURLStack at [^\n]+\n' +
            `One file of up to 500 MB can be sent, until 2026-11-29 14:00 UTC\\. Link ID: ${LINK_ID}\n$`,
        ),
      ),
    });
    expect(server.requests.map(({ method, url, body }) => [method, url, JSON.parse(body)])).toEqual([
      [
        'POST',
        '/prod/generate-url',
        { operation: 'upload', bucket_name: 'bucket', max_bytes: 500_000_000, expires_in: 86_400 },
      ],
    ]);
  });

  test('a direct link, with every option in the request', async () => {
    server.replies.push(ISSUED);
    const shown = ['--label', 'Logs for case 4711', '--from', 'Ada Lovelace', '--types', 'image/*,application/pdf'];

    const { stdout } = await request([...shown, '--expires', '30m', '--to', 's3://team/in/acme/', '--direct']);

    expect(stdout).toBe(`${UPLOAD_URL}\n`);
    expect(JSON.parse(server.requests[0]?.body ?? '')).toEqual({
      operation: 'upload',
      bucket_name: 'team',
      prefix: 'in/acme/',
      max_bytes: 500_000_000,
      content_types: ['image/*', 'application/pdf'],
      label: 'Logs for case 4711',
      from: 'Ada Lovelace',
      expires_in: 1800,
    });
  });
});

test.each<[string, Reply, number, string]>([
  ['the response is lost', 'reset', 5, 'so an unusable link may have been issued: try again.\n'],
  [
    'the daily limit is reached',
    problem(403, 'UploadQuotaExceeded'),
    3,
    'The API refused the request (UploadQuotaExceeded): Some detail.\n',
  ],
  [
    'the bucket accepts no uploads',
    problem(403, 'BucketNotAllowed'),
    3,
    'The API refused the request (BucketNotAllowed): Some detail.\n',
  ],
  ['the size is too large', problem(400, 'InvalidRequest', 'max_bytes must be …'), 2, 'max_bytes must be …\n'],
])('if %s, request fails', async (_, reply, exitCode, message) => {
  server.replies.push(reply);

  const { code, stdout, stderr } = await request([]);

  expect([code, stdout]).toEqual([exitCode, '']);
  expect(stderr).toContain(message);
  expect(server.requests).toHaveLength(1);
});

test('a deployment without a bucket for uploads needs --to', async () => {
  const outputs = writeOutputs(tempDir, { ApiGatewayEndpoint: server.endpoint }, 'no-bucket.json');

  expect(await runCli(['request', '--max', '1kB', '--outputs', outputs], { env: CREDENTIALS })).toMatchObject({
    code: 2,
    stdout: '',
    stderr: expect.stringContaining(
      'The deployment has no bucket for uploads: use --to s3://BUCKET/PREFIX/ with a bucket that accepts uploads.\n',
    ),
  });
});

describe('request --wait', () => {
  test('downloads the file through a new link, and prints where it is', async () => {
    const sha256 = createHash('sha256').update('hello').digest('base64');
    const checksum = { checksum_algorithm: 'SHA256', checksum: sha256 };
    server.replies.push(ISSUED, received(checksum), ...downloadOf([200, 'hello']));

    const { code, stdout, stderr } = await requestAndWait();

    expect([code, stdout]).toEqual([0, `${PAGE_URL}\n`]);
    expect(stderr.split('\n').slice(2)).toEqual([
      'Waiting for the file. Ctrl-C stops waiting; the link stays active.',
      'Redeemed at 2026-11-28 14:03:22 UTC from 203.0.113.7.',
      `Received 5 bytes at 2026-11-28 14:04:10 UTC: ${LOCATION}`,
      `Saved as ${join(folder, 'logs.zip')}. Its SHA-256 is correct.`,
      '',
    ]);
    expect(readFileSync(join(folder, 'logs.zip'), 'utf8')).toBe('hello');
    expect(server.requests.map(({ method, url }) => `${method} ${url}`)).toEqual([
      'POST /prod/generate-url',
      `GET /prod/my-links/${LINK_ID}`,
      'POST /prod/generate-url',
      `GET /prod/access-object?nonce=${NONCE}`,
      'GET /prod/object?X-Amz-Signature=presigned',
    ]);
    expect(JSON.parse(server.requests[2]?.body ?? '')).toMatchObject({
      bucket_name: 'b',
      object_name: `inbox/${LINK_ID}/logs.zip`,
    });
    // The requests with secrets in their URLs are not signed.
    expect(server.requests[4]?.rawHeaders.join()).not.toContain('AKID');
  });

  test('saves the file under another name with --output', async () => {
    server.replies.push(ISSUED, received(), ...downloadOf([200, 'hello']));

    await request(['--wait', '--output', join(folder, 'mine.zip')]);

    expect(readFileSync(join(folder, 'mine.zip'), 'utf8')).toBe('hello');
  });

  test('replaces neither a file nor a folder', async () => {
    tempDir.file(join(folder.slice(tempDir.directory.length), 'logs.zip'), 'mine');
    mkdirSync(join(folder, 'logs (1).zip'));
    server.replies.push(ISSUED, received(), ...downloadOf([200, 'hello']));

    const { stderr } = await requestAndWait();

    expect(stderr).toContain(`Saved as ${join(folder, 'logs (2).zip')}.\n`);
    expect(readFileSync(join(folder, 'logs.zip'), 'utf8')).toBe('mine');
    expect(readdirSync(folder).sort()).toEqual(['logs (1).zip', 'logs (2).zip', 'logs.zip']);
  });

  test('saves a file that the uploader labeled as compressed as it is', async () => {
    const gzip = gzipSync('hello').toString('latin1');
    const bytes = Buffer.from(gzip);
    server.replies.push(
      ISSUED,
      received({ size_bytes: bytes.length }),
      ...downloadOf([200, gzip, { 'Content-Encoding': 'gzip' }]),
    );

    const { code } = await requestAndWait();

    expect(code).toBe(0);
    expect(readFileSync(join(folder, 'logs.zip')).equals(bytes)).toBe(true);
  });

  test.each<[string, object, Reply, number, string]>([
    ['is larger', {}, [200, 'hello!'], 5, 'The downloaded file is not the one that was received: its size differs.'],
    ['is smaller', {}, [200, 'hell'], 5, 'The downloaded file is not the one that was received: its size differs.'],
    [
      'has another SHA-256',
      { checksum_algorithm: 'SHA256', checksum: createHash('sha256').update('other').digest('base64') },
      [200, 'hello'],
      5,
      'The downloaded file is not the one that was received: its SHA-256 differs.',
    ],
    ['is refused by S3', {}, [403, '<Error/>'], 5, 'S3 refused the download (status 403).'],
    ['does not arrive', {}, 'reset', 5, 'The download failed (ECONNRESET).'],
  ])('fails, leaves no file, and says where the file is if it %s', async (_, fields, reply, exitCode, message) => {
    server.replies.push(ISSUED, received(fields), ...downloadOf(reply));

    const { code, stderr } = await requestAndWait();

    expect(code).toBe(exitCode);
    expect(stderr.split('\n').at(-2)).toBe(`${message} ${REMEDY}`.trimEnd());
    expect(readdirSync(folder)).toEqual([]);
  });

  test.each<[string, Reply]>([
    ['refused', problem(403, 'AccessDenied')],
    ['redirected to plain http', [302, '', { Location: 'http://s3.example.com/b/k?X-Amz-Signature=presigned' }]],
    ['redirected to a file', [302, '', { Location: 'file:///etc/passwd' }]],
    ['redirected nowhere', [302, '']],
  ])('fails without a secret in the error if the download link is %s', async (_, reply) => {
    const [link = 'reset'] = downloadOf('reset');
    server.replies.push(ISSUED, received(), link, reply);

    const { code, stderr } = await requestAndWait();

    expect(code).toBe(5);
    expect(stderr).toContain('The download link could not be redeemed (status ');
    expect(stderr).not.toMatch(new RegExp(`presigned|${NONCE}`));
    expect(readdirSync(folder)).toEqual([]);
  });

  test('suggests a command that is safe to paste, whatever the uploader called the file', async () => {
    const name = `inbox/${LINK_ID}/it's $(id).zip`;
    server.replies.push(ISSUED, received({ object_name: name }), ...downloadOf([403, '']));

    const { stderr } = await requestAndWait();

    expect(stderr.trimEnd().split(': share ').at(-1)).toBe(`'s3://b/inbox/${LINK_ID}/it'\\''s $(id).zip'`);
  });

  test('removes the partial file after Ctrl-C', async () => {
    const half: Reply = [200, 'hello', { 'Content-Length': '1000' }];
    server.replies.push(ISSUED, received({ size_bytes: 1000 }), ...downloadOf(half));
    const interruption = new AbortController();
    const running = requestAndWait({ signal: interruption.signal });
    await untilRequested(server, 5);
    while (readdirSync(folder).length === 0) {
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    interruption.abort();

    const { code, stderr } = await running;

    expect([code, stderr.split('\n').at(-2)]).toEqual([130, `Interrupted. ${REMEDY}`.trimEnd()]);
    expect(readdirSync(folder)).toEqual([]);
  });

  test.each<[string, string, number, string]>([
    ['a folder that does not exist', 'missing/', 4, 'There is no folder '],
    ['a file in a folder that does not exist', 'missing/a.zip', 3, 'cannot be written to (ENOENT).'],
  ])('issues no link for %s', async (_, path, exitCode, message) => {
    const { code, stderr } = await request(['--wait', '--output', join(folder, path)]);

    expect(code).toBe(exitCode);
    expect(stderr).toContain(message);
    expect(server.requests).toEqual([]);
  });
});

test.each([
  ['inbox/x/photo.jpg', 'photo.jpg'],
  ['inbox/x/Über uns.pdf', 'Über uns.pdf'],
  ['inbox/x/.bashrc', '_bashrc'],
  ['inbox/x/..', '_'],
  ['inbox/x/-rf', '_rf'],
  ['inbox/x/~', '_'],
  ['inbox/x/a:b|c?.txt', 'a_b_c_.txt'],
  ['inbox/x/..\\..\\a.exe', '_._.._a.exe'],
  ['inbox/x/nul.txt', '_ul.txt'],
  ['inbox/x/COM1', '_OM1'],
  ['inbox/x/gpj\u202e.exe', 'gpj_.exe'],
  ['inbox/x/\u001b[31m', '_[31m'],
  ['inbox/x/name. ', 'name._'],
])('the object %j is saved as %j', (key, name) => {
  expect(localName(key)).toBe(name);
});
