import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { parseArguments } from '../../bin/emulator';
import { PROJECT, runShare } from '../support/cli-process';
import { linkTo, send } from '../support/http';

const OUTPUTS = join(PROJECT, 'cdk.out', 'local-outputs.json');

interface Started {
  readonly process: ChildProcess;
  /** Everything printed so far. */
  printed(): string;
}

/** Runs `npm start` in its own process group. */
function start(...args: readonly string[]): Started {
  const child = spawn(process.execPath, ['--import', 'tsx', join('bin', 'emulator.ts'), ...args], {
    cwd: PROJECT,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let text = '';
  const collect = (chunk: Buffer): void => {
    text += chunk;
  };
  child.stdout.on('data', collect);
  child.stderr.on('data', collect);
  return { process: child, printed: () => text };
}

/** Waits for a text. @throws Error if the process exits before */
async function untilPrinted(started: Started, text: string): Promise<void> {
  while (!started.printed().includes(text)) {
    if (started.process.exitCode !== null) {
      throw new Error(`the emulator exited: ${started.printed()}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

function groupIsAlive(pid: number): boolean {
  try {
    process.kill(-pid, 0);
    return true;
  } catch {
    return false;
  }
}

afterEach(() => rmSync(OUTPUTS, { force: true }));

test('npm start serves the stack, prints a command that works, and leaves nothing after Ctrl-C', async () => {
  const started = start('--port', '0');
  await untilPrinted(started, 'Ctrl-C stops the emulator');

  const { PreSignedURLStack: outputs } = JSON.parse(readFileSync(OUTPUTS, 'utf8'));
  expect(Object.keys(outputs)).toEqual(
    expect.arrayContaining(['ApiGatewayEndpoint', 'BucketUrl', 'DynamoDBEndpoint', 'S3Endpoint']),
  );
  expect(started.printed()).toContain(`${outputs.ApiGatewayEndpoint}generate-url\n`);
  const link = await linkTo({ apiEndpoint: outputs.ApiGatewayEndpoint, bucketName: outputs.BucketUrl });
  expect((await send(link)).status).toBe(302);
  await untilPrinted(started, '"outcome":"redeemed"');

  expect(started.printed()).toContain('\nnpm run share -- README.md\n');
  const shared = await runShare([join(PROJECT, 'README.md')]);
  expect(shared.stdout).toMatch(/^http:\S+\/open-link#[\w-]{43}\n$/);

  const { pid = 0 } = started.process;
  const exited = once(started.process, 'exit');
  process.kill(-pid, 'SIGINT');
  expect(await exited).toEqual([0, null]);
  expect(existsSync(OUTPUTS)).toBe(false);
  expect(groupIsAlive(pid)).toBe(false);
});

test('if the emulator of the outputs file does not respond, as after kill -9, the share command reports its address', async () => {
  // Nothing listens on port 1.
  const outputs = {
    ApiGatewayEndpoint: 'http://127.0.0.1:1/prod/',
    BucketUrl: 'bucket',
    S3Endpoint: 'http://127.0.0.1:1',
  };
  writeFileSync(OUTPUTS, JSON.stringify({ PreSignedURLStack: outputs }));

  const shared = await runShare([join(PROJECT, 'README.md')]);

  expect(shared).toMatchObject({ code: 5, stdout: '' });
  expect(shared.stderr).toContain('http://127.0.0.1:1');
});

test('npm start on a port in use prints an error, and keeps the outputs file of the other emulator', async () => {
  const other = createServer().listen(0, '127.0.0.1');
  await once(other, 'listening');
  const { port } = other.address() as AddressInfo;
  writeFileSync(OUTPUTS, 'of the other emulator');
  try {
    const started = start('--port', String(port));
    const [code] = await once(started.process, 'exit');

    expect(code).toBe(1);
    // The emulator binds the next two ports first. Another process may be using one of them.
    expect(
      [port, port + 1, port + 2].map((used) => `Port ${used} is in use. Choose another one: npm start -- --port N`),
    ).toContain(started.printed().trim().split('\n').at(-1));
    expect(readFileSync(OUTPUTS, 'utf8')).toBe('of the other emulator');
  } finally {
    other.close();
  }
});

test('npm start with a wrong argument prints the usage and exits with 2', async () => {
  const started = start('--port', 'http');
  const [code] = await once(started.process, 'exit');

  expect(code).toBe(2);
  expect(started.printed()).toContain('--port must be an integer from 0 to 65533\n\nServes the stack');
});

test.each([
  [['--port='], '--port must be an integer from 0 to 65533'],
  [['--port', '65534'], '--port must be an integer from 0 to 65533'],
  [['--data='], '--data must be a directory'],
  [['--bucket=Reports'], '--bucket must be NAME[@REGION][:ACCOUNT]'],
  [['--bucket', 'team-reports@'], '--bucket must be NAME[@REGION][:ACCOUNT]'],
  [['--prot', '1'], "Unknown option '--prot'"],
  [['4580'], "Unexpected argument '4580'"],
])('npm start refuses %j', (args, message) => {
  expect(() => parseArguments(args)).toThrow(message);
});

test('npm start accepts a bucket with its Region and account', () => {
  expect(parseArguments(['--bucket', 'reports@eu-west-1:210987654321', '--bucket=scans']).existingBuckets).toEqual([
    { name: 'reports', arn: 'arn:aws:s3:::reports', versioned: false, region: 'eu-west-1', account: '210987654321' },
    { name: 'scans', arn: 'arn:aws:s3:::scans', versioned: false },
  ]);
});
