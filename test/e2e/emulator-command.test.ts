import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArguments } from '../../bin/emulator';
import { PROJECT, runCli, runShare } from '../support/cli-process';
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

/** Waits until the process prints a text. @throws Error if it exits before that */
async function untilPrinted(started: Started, text: string): Promise<void> {
  while (!started.printed().includes(text)) {
    if (started.process.exitCode !== null) {
      throw new Error(`the emulator exited: ${started.printed()}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** Sends Ctrl-C. */
async function stop({ process: child }: Started): Promise<void> {
  const exited = once(child, 'exit');
  process.kill(-(child.pid ?? 0), 'SIGINT');
  expect(await exited).toEqual([0, null]);
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

  expect(statSync(OUTPUTS).mode & 0o777).toBe(0o600);
  expect(started.printed()).toContain('\nnpx one-time-links share README.md\n');
  const shared = await runShare([join(PROJECT, 'README.md')]);
  expect(shared.stdout).toMatch(/^http:\S+\/open-link#[\w-]{43}\n$/);
  expect(shared.stderr).toMatch(/^Sharing through the local emulator\.\n/);

  await stop(started);
  expect(existsSync(OUTPUTS)).toBe(false);
  expect(groupIsAlive(started.process.pid ?? 0)).toBe(false);
});

test('while an emulator runs, the CLI says which deployment it uses, and AWS can be chosen', async () => {
  const started = start('--port', '0');
  await untilPrinted(started, 'Ctrl-C stops the emulator');
  const file = join(PROJECT, 'README.md');
  const work = { AWS_PROFILE: 'work' };

  const chosenByDefault = await runCli(['share', file], { env: work });
  const chosenByFlag = await runCli(['share', file, '--local'], { env: work });
  const withProfile = await runCli(['share', file, '--profile', 'work', '--region', 'eu-west-1']);
  const withStack = await runCli(['share', file, '--stack', 'PreSignedURLStack', '--region', 'eu-west-1']);

  expect(chosenByDefault.stderr).toMatch(
    /^Sharing through the local emulator, although AWS_PROFILE is set\. For AWS, add --stack PreSignedURLStack\.\n/,
  );
  expect(chosenByFlag.stderr).toMatch(/^Sharing through the local emulator\.\n/);
  expect([chosenByDefault.code, chosenByFlag.code]).toEqual([0, 0]);
  expect(withProfile).toMatchObject({
    code: 3,
    stderr: expect.stringMatching(/^The profile work has no credentials/),
  });
  expect(withStack).toMatchObject({ code: 3, stderr: expect.stringMatching(/^There are no AWS credentials/) });
  await stop(started);
});

test('a second emulator does not change the outputs file of the first, and prints how to reach it', async () => {
  const first = start('--port', '0');
  await untilPrinted(first, 'Ctrl-C stops the emulator');
  const content = readFileSync(OUTPUTS, 'utf8');
  const second = start('--port', '0');
  await untilPrinted(second, 'Ctrl-C stops the emulator');

  expect(readFileSync(OUTPUTS, 'utf8')).toBe(content);
  const [, option = '', file = ''] =
    /npx one-time-links share README\.md (--outputs) (\S+)/.exec(second.printed()) ?? [];
  expect(file).toMatch(/^cdk\.out\/local-outputs-\d+\.json$/);
  const { PreSignedURLStack: outputs } = JSON.parse(readFileSync(join(PROJECT, file), 'utf8'));
  const shared = await runShare([join(PROJECT, 'README.md'), option, file]);
  expect(shared.stdout).toContain(outputs.ApiGatewayEndpoint);

  await stop(second);
  expect(existsSync(join(PROJECT, file))).toBe(false);
  expect(readFileSync(OUTPUTS, 'utf8')).toBe(content);
  await stop(first);
  expect(existsSync(OUTPUTS)).toBe(false);
});

test('after kill -9, the CLI ignores the outputs file, and the next emulator replaces it', async () => {
  const killed = start('--port', '0');
  await untilPrinted(killed, 'Ctrl-C stops the emulator');
  const exited = once(killed.process, 'exit');
  process.kill(-(killed.process.pid ?? 0), 'SIGKILL');
  await exited;
  const stale = readFileSync(OUTPUTS, 'utf8');
  const file = join(PROJECT, 'README.md');

  const defaultFile = await runCli(['share', file], { env: { AWS_REGION: 'eu-west-1' } });
  expect(defaultFile.stderr).toMatch(
    /^Ignoring cdk\.out\/local-outputs\.json: its local emulator is not running\.\nThere are no AWS credentials/,
  );
  const asked = await runCli(['share', file, '--local']);
  expect(asked).toMatchObject({ code: 5, stdout: '' });
  expect(asked.stderr).toContain(`(process ${killed.process.pid}) is not running: start one with npm start`);

  const next = start('--port', '0');
  await untilPrinted(next, 'Ctrl-C stops the emulator');
  expect(readFileSync(OUTPUTS, 'utf8')).not.toBe(stale);
  expect((await runCli(['share', file])).code).toBe(0);
  await stop(next);
});

test('only its user can read what an emulator writes into an existing folder', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'emulator-data-'));
  chmodSync(folder, 0o755);
  const started = start('--port', '0', '--data', folder);
  await untilPrinted(started, 'Ctrl-C stops the emulator');
  expect((await runShare([join(PROJECT, 'README.md')])).code).toBe(0);

  const entries = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  const modes = entries.map((name) => [name, statSync(join(folder, name)).mode & 0o077]);
  await stop(started);
  rmSync(folder, { recursive: true });

  expect(modes.length).toBeGreaterThan(5);
  expect(modes.filter(([, mode]) => mode !== 0)).toEqual([]);
});

test('--local without an emulator is an error', async () => {
  expect(await runCli(['share', join(PROJECT, 'README.md'), '--local'])).toEqual({
    code: 5,
    stdout: '',
    stderr: 'No local emulator is running: run npm start in the checkout, or use --outputs FILE.\n',
  });
});

test('an emulator that stops leaves an outputs file that another one has replaced', async () => {
  const started = start('--port', '0');
  await untilPrinted(started, 'Ctrl-C stops the emulator');
  writeFileSync(OUTPUTS, 'of the other emulator');

  await stop(started);

  expect(readFileSync(OUTPUTS, 'utf8')).toBe('of the other emulator');
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
    // The emulator binds the next five ports first. Another process may be using one of them.
    expect(
      [port, port + 1, port + 2, port + 3, port + 4, port + 5].map(
        (used) =>
          `Port ${used} is in use. The emulator needs six consecutive ports. Choose others: npm start -- --port N`,
      ),
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
  expect(started.printed()).toContain('--port must be an integer from 0 to 65530\n\nServes the stack');
});

test.each([
  [['--port='], '--port must be an integer from 0 to 65530'],
  [['--port', '65531'], '--port must be an integer from 0 to 65530'],
  [['--data='], '--data must be a directory'],
  [['--bucket=Reports'], '--bucket must be NAME[@REGION][:ACCOUNT]'],
  [['--bucket', 'team-reports@'], '--bucket must be NAME[@REGION][:ACCOUNT]'],
  [['-c', 'eventBusName'], '-c must be OPTION=VALUE'],
  [['--construct', 'WebStack/Links'], '--construct requires --assembly'],
  [['--assembly='], '--assembly must be a directory'],
  [['--assembly', 'cdk.out', '-c', 'a=b'], '-c and --no-cache do not apply to --assembly'],
  [['--prot', '1'], "Unknown option '--prot'"],
  [['4580'], "Unexpected argument '4580'"],
])('npm start refuses %j', (args, message) => {
  expect(() => parseArguments(args)).toThrow(message);
});

test('npm start accepts options of the stack', () => {
  const { assembly } = parseArguments(['-c', 'eventBusName=default', '-c', 'throttles={"open":"a=b"}']);
  expect(assembly).toEqual({ context: { eventBusName: 'default', throttles: '{"open":"a=b"}' }, cache: true });
});

test('npm start accepts a bucket with its Region and account', () => {
  expect(parseArguments(['--bucket', 'reports@eu-west-1:210987654321', '--bucket=scans']).existingBuckets).toEqual([
    { name: 'reports', arn: 'arn:aws:s3:::reports', versioned: false, region: 'eu-west-1', account: '210987654321' },
    { name: 'scans', arn: 'arn:aws:s3:::scans', versioned: false },
  ]);
});
