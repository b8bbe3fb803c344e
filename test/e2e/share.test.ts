import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createReadStream, createWriteStream, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { LOCAL_CALLER } from '../../emulator/iam/credentials';
import { parseStatement } from '../../emulator/iam/policy';
import type { Principal } from '../../emulator/iam/principal';
import { readQrCode } from '../cli/support/qr-code';
import { resourceNamed } from '../support/assembly';
import { type CliEmulator, runCliEmulator, writeOutputs } from '../support/cli-emulator';
import { createWorkshop, type Ended, PROJECT, type RunOptions, runShare, startShare } from '../support/cli-process';
import { send } from '../support/http';
import { startCloudFormationDouble } from '../support/query-protocol';

const workshop = createWorkshop();
let emulator: CliEmulator;

/** May do what the README says that sharing takes, and nothing else. */
const SHARER: Principal = {
  arn: 'arn:aws:iam::000000000000:user/sharer',
  accessKeyId: 'SHARER',
  secretAccessKey: 'sharer-secret',
  statements: [
    { Action: 'execute-api:Invoke', Resource: 'arn:aws:execute-api:*:*:*/prod/POST/generate-url' },
    {
      Action: ['s3:PutObject', 's3:AbortMultipartUpload', 's3:DeleteObject'],
      Resource: 'arn:aws:s3:::presignedurlstack-sharedbucket*/shared/*',
    },
  ].map((statement) => parseStatement({ Effect: 'Allow', ...statement }, 'test')),
};

beforeAll(async () => {
  emulator = await runCliEmulator(workshop, {
    callers: [LOCAL_CALLER, SHARER],
    change: (resources) => {
      resourceNamed(resources, 'AWS::S3::Bucket', '').Properties.VersioningConfiguration = { Status: 'Enabled' };
    },
  });
});
afterAll(async () => {
  await emulator.close();
  workshop.remove();
});

/** Shares by a link that opens at once. */
function share(args: readonly string[], options: RunOptions = {}): Promise<Ended> {
  return runShare([...args, '--direct', '--outputs', emulator.outputsFile], options);
}

/** Opens a link and follows where it leads. */
async function download(link: string): Promise<Response> {
  const opened = await send(link.trim());
  expect(opened.status).toBe(302);
  return await fetch(String(opened.headers['location']));
}

function sha256(content: Buffer | Readable): Promise<string> {
  const hash = createHash('sha256');
  return pipeline(content instanceof Readable ? content : Readable.from([content]), hash).then(() =>
    hash.digest('hex'),
  );
}

test('a file is shared: the link alone on standard output, the rest for a person, no bar in a pipe', async () => {
  const file = workshop.file('report.pdf', 'a report');

  const { code, stdout, stderr } = await runShare([file, '--outputs', emulator.outputsFile]);

  expect(code).toBe(0);
  expect(stdout).toMatch(new RegExp(`^${emulator.apiEndpoint}open-link#[\\w-]{43}\\n$`));
  expect(stderr).toMatch(/^report\.pdf \(8 bytes\) opens once, until \w+,? \d+ \w+ \d{4} at \d\d:\d\d:\n$/);
  // As the page does it when its button is pressed.
  const plain = stdout.trim().replace('open-link#', 'access-object?nonce=');
  const opened = await send(plain, { method: 'POST', headers: { Accept: 'application/json' } });
  const response = await fetch(JSON.parse(opened.body).url);
  expect(await response.text()).toBe('a report');
  expect(response.headers.get('content-type')).toBe('application/pdf');
  expect(response.headers.get('content-disposition')).toBe('attachment; filename="report.pdf"');
  expect((await send(plain)).status).toBe(403);
  expect((await emulator.uploads()).at(-1)).toMatch(/^shared\/[\w-]{22}\/report\.pdf$/);
});

test('--direct gives a link that opens at once', async () => {
  const { code, stdout } = await share([workshop.file('direct.txt', 'x')]);

  expect(code).toBe(0);
  expect(stdout).toMatch(new RegExp(`^${emulator.apiEndpoint}access-object\\?nonce=[\\w-]{43}\\n$`));
  expect(await (await download(stdout)).text()).toBe('x');
});

test('the name of an object reaches the terminal without what would do something there', async () => {
  const key = 'a\u001b]0;title\u0007\u202eb.txt';
  await emulator.s3.send(new PutObjectCommand({ Bucket: emulator.bucketName, Key: key, Body: 'x' }));

  const { code, stderr } = await share([`s3://${emulator.bucketName}/${key}`]);

  expect(code).toBe(0);
  expect(stderr).toContain(`s3://${emulator.bucketName}/a_]0;title__b.txt opens once`);
});

test('an empty file is shared as well', async () => {
  const { code, stdout } = await share([workshop.file('empty.txt', '')]);

  expect(code).toBe(0);
  expect(await (await download(stdout)).text()).toBe('');
});

test('200 MB are shared in less memory than they have, byte for byte', async () => {
  const file = join(workshop.directory, 'large.bin');
  const block = Buffer.alloc(1_000_000, 'block ');
  const stream = createWriteStream(file);
  for (let index = 0; index < 200; index++) {
    block.writeUInt32BE(index);
    if (!stream.write(Buffer.from(block))) {
      await once(stream, 'drain');
    }
  }
  stream.end();
  await once(stream, 'close');
  const memoryFile = join(workshop.directory, 'memory');

  const { code, stdout, stderr } = await share([file], {
    env: { PEAK_MEMORY_FILE: memoryFile },
    nodeArguments: ['--require', join(PROJECT, 'test', 'support', 'peak-memory.cjs')],
  });

  expect(stderr).toContain('large.bin (200 MB) opens once');
  expect(code).toBe(0);
  expect(Number(readFileSync(memoryFile, 'utf8')) / 1000).toBeLessThan(200);
  const { body } = await download(stdout);
  const downloaded = await sha256(Readable.fromWeb(body as import('node:stream/web').ReadableStream));
  expect(downloaded).toBe(await sha256(createReadStream(file)));
});

test('that nobody reads what is said to a person is no reason to stop', async () => {
  const file = workshop.file('unheard.txt', 'x');
  const running = startShare([file, '--direct', '--outputs', emulator.outputsFile]);
  running.process.stderr?.destroy();

  const { code, stdout } = await running.ended;

  expect(code).toBe(0);
  expect(await (await download(stdout)).text()).toBe('x');
});

test('--expires, --as and --json: the whole answer, and the name that the reader sees wherever it shows', async () => {
  const file = workshop.file('draft 7 (secret client).txt', 'x');

  const { code, stdout, stderr } = await share([file, '--expires', '30m', '--as', 'For Ada.txt', '--json']);

  expect(code).toBe(0);
  const answer = JSON.parse(stdout);
  expect(Object.keys(answer)).toEqual(['url', 'click_through_url', 'link_id', 'expires_at']);
  expect(Date.parse(answer.expires_at) - Date.now()).toBeLessThanOrEqual(1_800_000);
  expect(Date.parse(answer.expires_at) - Date.now()).toBeGreaterThan(1_700_000);
  expect(stderr).toContain('For Ada.txt (1 byte) opens once');
  const opened = await send(answer.url);
  expect(opened.headers['location']).toContain('/For%20Ada.txt?');
  expect(decodeURIComponent(String(opened.headers['location']))).not.toContain('secret client');
  const response = await fetch(String(opened.headers['location']));
  expect(response.headers.get('content-disposition')).toBe('attachment; filename="For Ada.txt"');
});

test('a link lives for 24 hours unless somebody says otherwise', async () => {
  const { stdout } = await share([workshop.file('day.txt', 'x'), '--json']);

  const hours = (Date.parse(JSON.parse(stdout).expires_at) - Date.now()) / 3_600_000;
  expect(hours).toBeGreaterThan(23.9);
  expect(hours).toBeLessThanOrEqual(24);
});

test('--qr shows the link that is printed', async () => {
  const { code, stdout, stderr } = await share([workshop.file('qr.txt', 'x'), '--qr']);

  expect(code).toBe(0);
  expect(readQrCode(stderr, 'light on dark')).toBe(stdout.trim());
});

test('an object in S3 is shared without an upload, saved under the last part of its key, a version if one is named', async () => {
  const object = { Bucket: emulator.bucketName, Key: 'reports/2026 ü/final.txt' };
  const { VersionId: first = '' } = await emulator.s3.send(new PutObjectCommand({ ...object, Body: 'first' }));
  await emulator.s3.send(new PutObjectCommand({ ...object, Body: 'second' }));
  const before = await emulator.uploads();
  const source = `s3://${object.Bucket}/${object.Key}`;

  const newest = await share([source]);
  const pinned = await share([source, '--version-id', first]);

  expect([newest.code, pinned.code]).toEqual([0, 0]);
  expect(newest.stderr).toContain(`${source} opens once`);
  const response = await download(newest.stdout);
  expect(await response.text()).toBe('second');
  expect(response.headers.get('content-disposition')).toBe('attachment; filename="final.txt"');
  expect(await (await download(pinned.stdout)).text()).toBe('first');
  expect(await emulator.uploads()).toEqual(before);
});

test('--endpoint takes the place of the address in the outputs', async () => {
  const dead = { ...emulator.outputs, ApiGatewayEndpoint: 'http://127.0.0.1:1/prod/' };
  const outputs = writeOutputs(workshop, dead, 'dead.json');
  const file = workshop.file('endpoint.txt', 'x');

  const { code, stdout } = await runShare([
    file,
    '--direct',
    '--outputs',
    outputs,
    '--endpoint',
    emulator.apiEndpoint.slice(0, -1),
  ]);

  expect(code).toBe(0);
  expect(await (await download(stdout)).text()).toBe('x');
});

describe('credentials', () => {
  const { file } = workshop;
  const config = [
    '[default]\nregion = eu-west-1\n',
    '[profile local]\nregion = us-east-1\naws_access_key_id = LOCALCALLER\naws_secret_access_key = local-caller-secret\n',
    '[profile empty]\nregion = us-east-1\n',
  ].join('');

  test('are those of a profile, if one is asked for', async () => {
    const env = { AWS_CONFIG_FILE: file('config', config) };
    const shared = file('profile.txt', 'x');

    for (const [args, more] of [
      [['--profile', 'local'], {}],
      // A profile that was asked for is used, whatever else there is.
      [['--profile', 'local'], { AWS_ACCESS_KEY_ID: 'OTHER', AWS_SECRET_ACCESS_KEY: 'other' }],
    ] as const) {
      expect(await share([shared, ...args], { env: { ...env, ...more } })).toMatchObject({ code: 0 });
    }
  });

  test('are the emulator’s own, whatever the environment has for AWS', async () => {
    const shared = file('environment.txt', 'x');

    for (const env of [
      { AWS_PROFILE: 'empty', AWS_CONFIG_FILE: file('config', config) },
      { AWS_ACCESS_KEY_ID: 'AKIAOTHER', AWS_SECRET_ACCESS_KEY: 'other' },
    ]) {
      expect(await share([shared], { env })).toMatchObject({ code: 0 });
    }
  });

  test('need the rights that the README names, and no more: also where a file is removed again', async () => {
    const { accessKeyId, secretAccessKey } = SHARER;
    const profile = `[profile sharer]\naws_access_key_id = ${accessKeyId}\naws_secret_access_key = ${secretAccessKey}\n`;
    const env = { AWS_CONFIG_FILE: file('sharer', profile) };
    const large = file('rights.bin', Buffer.alloc(12_000_000, 'x'));
    expect(await share([large, '--profile', 'sharer'], { env })).toMatchObject({ code: 0 });
    const before = await emulator.uploads();

    const dead = writeOutputs(
      workshop,
      { ...emulator.outputs, ApiGatewayEndpoint: 'http://127.0.0.1:1/' },
      'dead.json',
    );
    const removed = await runShare([large, '--profile', 'sharer', '--outputs', dead], { env });

    expect(removed).toMatchObject({ code: 5, stderr: expect.not.stringContaining('could not be removed') });
    expect(await emulator.uploads()).toEqual(before);
  });

  test('of a profile that gives none are not taken from elsewhere: not from the environment, not from the machine', async () => {
    const keys = {
      AccessKeyId: 'LOCALCALLER',
      SecretAccessKey: 'local-caller-secret',
      Token: '',
      Expiration: '2099-01-01T00:00:00Z',
    };
    const machine = createServer((_, response) => void response.end(JSON.stringify(keys))).listen(0, '127.0.0.1');
    await once(machine, 'listening');
    const { port } = machine.address() as AddressInfo;
    const env = {
      AWS_CONFIG_FILE: file('config', config),
      AWS_ACCESS_KEY_ID: 'LOCALCALLER',
      AWS_SECRET_ACCESS_KEY: 'local-caller-secret',
      AWS_CONTAINER_CREDENTIALS_FULL_URI: `http://127.0.0.1:${port}/`,
    };
    try {
      for (const profile of ['empty', 'unknown']) {
        const { code, stderr } = await share([file('none.txt', 'x'), '--profile', profile], { env });

        expect(code).toBe(3);
        expect(stderr).toContain(`The profile ${profile} gives no credentials`);
      }
    } finally {
      machine.close();
    }
  });
});

test('without a file of outputs, a stack that is named is looked up in CloudFormation, and called as on AWS', async () => {
  const { ApiGatewayEndpoint = '', BucketUrl = '' } = emulator.outputs;
  const stack = { name: 'MyLinks', outputs: { ApiGatewayEndpoint, BucketUrl } };
  const cloudFormation = await startCloudFormationDouble(stack, 'us-east-1', LOCAL_CALLER);
  const env = {
    AWS_CONFIG_FILE: workshop.file(
      'work',
      '[profile work]\nregion = us-east-1\naws_access_key_id = LOCALCALLER\naws_secret_access_key = local-caller-secret\n',
    ),
    AWS_ENDPOINT_URL_CLOUDFORMATION: cloudFormation.endpoint,
    AWS_ENDPOINT_URL_S3: emulator.s3Endpoint,
  };

  const file = workshop.file('looked up.txt', 'x');
  const { code, stdout } = await runShare([file, '--direct', '--stack', 'MyLinks', '--profile', 'work'], { env });
  await cloudFormation.close();

  expect(code).toBe(0);
  expect(await (await download(stdout)).text()).toBe('x');
});

test('help shows each option and an example, and the version is the package’s', async () => {
  const help = await runShare(['--help']);
  const { version } = JSON.parse(readFileSync(join(PROJECT, 'package.json'), 'utf8'));

  expect(help).toMatchObject({ code: 0, stderr: '' });
  for (const option of [
    'expires',
    'as',
    'version-id',
    'direct',
    'json',
    'qr',
    'profile',
    'region',
    'endpoint',
    'outputs',
    'stack',
  ]) {
    expect(help.stdout).toContain(`--${option}`);
  }
  expect(help.stdout).toContain('npm run share -- report.pdf\n');
  expect(await runShare(['--version'])).toEqual({ code: 0, stdout: `${version}\n`, stderr: '' });
});
