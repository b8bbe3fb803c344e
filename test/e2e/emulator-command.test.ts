import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runShare } from '../support/cli-process';
import { linkTo, send } from '../support/http';

const PROJECT = join(__dirname, '..', '..');
const OUTPUTS = join(PROJECT, 'cdk.out', 'local-outputs.json');

interface Started {
  readonly process: ChildProcess;
  /** Everything printed so far. */
  printed(): string;
}

function start(...args: readonly string[]): Started {
  const child = spawn(process.execPath, ['--import', 'tsx', join('bin', 'start.ts'), ...args], {
    cwd: PROJECT,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let text = '';
  child.stdout.on('data', (chunk) => {
    text += chunk;
  });
  child.stderr.on('data', (chunk) => {
    text += chunk;
  });
  return { process: child, printed: () => text };
}

/** Waits until the condition holds or the process ends. */
async function until(started: Started, condition: () => boolean): Promise<void> {
  while (!condition()) {
    if (started.process.exitCode !== null) {
      throw new Error(`the emulator ended: ${started.printed()}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** Processes of the group that the emulator leads. */
function groupIsAlive(pid: number): boolean {
  try {
    process.kill(-pid, 0);
    return true;
  } catch {
    return false;
  }
}

test('npm start prints a request that works, says where it listens, and ends at Ctrl-C without a trace', async () => {
  const started = start('--port', '0');
  await until(started, () => started.printed().includes('Ctrl-C ends it'));

  const { PreSignedURLStack: outputs } = JSON.parse(readFileSync(OUTPUTS, 'utf8'));
  expect(Object.keys(outputs).sort()).toEqual([
    'AlarmTopic',
    'ApiGatewayEndpoint',
    'BucketUrl',
    'DynamoDBEndpoint',
    'IssuerPolicyArn',
    'ManagerPolicyArn',
    'S3Endpoint',
  ]);
  expect(started.printed()).toContain(`${outputs.ApiGatewayEndpoint}generate-url\n`);
  const link = await linkTo({ apiEndpoint: outputs.ApiGatewayEndpoint, bucketName: outputs.BucketUrl });
  expect((await send(link)).status).toBe(302);
  await until(started, () => started.printed().includes('"outcome":"opened"'));

  expect(started.printed()).toContain('\nnpm run share -- report.pdf\n');
  const shared = await runShare([join(PROJECT, 'LICENSE')]);
  expect(shared.stdout).toMatch(/^http:\S+\/open-link#[\w-]{43}\n$/);

  const { pid = 0 } = started.process;
  const exited = once(started.process, 'exit');
  process.kill(-pid, 'SIGINT');
  expect(await exited).toEqual([0, null]);
  expect(existsSync(OUTPUTS)).toBe(false);
  expect(groupIsAlive(pid)).toBe(false);

  const alone = await runShare([join(PROJECT, 'LICENSE')]);
  expect(alone).toMatchObject({ code: 2, stderr: expect.stringContaining('or try it without AWS: npm start.') });
});

test('an emulator that was killed leaves its address, and the share command says that nobody answers there', async () => {
  const data = mkdtempSync(join(tmpdir(), 'killed-emulator-'));
  const started = start('--port', '0', '--data', data);
  await until(started, () => started.printed().includes('Ctrl-C ends it'));
  const exited = once(started.process, 'exit');
  process.kill(-(started.process.pid ?? 0), 'SIGKILL');
  await exited;

  const shared = await runShare([join(PROJECT, 'LICENSE')]);
  rmSync(OUTPUTS);
  rmSync(data, { recursive: true });

  expect(shared).toMatchObject({ code: 5, stdout: '' });
  expect(shared.stderr).toMatch(/^No local emulator answers at http:\/\/127\.0\.0\.1:\d+\/: start one with npm start/);
});

test('npm start on a port that is taken says so and ends', async () => {
  const taken = createServer().listen(0, '127.0.0.1');
  await once(taken, 'listening');
  const address = taken.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  try {
    const started = start('--port', String(port - 1));
    const [code] = await once(started.process, 'exit');

    expect(code).toBe(1);
    expect(started.printed()).toContain(`Port ${port} is taken. Choose another with: npm start -- --port N`);
  } finally {
    taken.close();
  }
});

test.each([
  [['--port', 'http'], '--port must be a whole number from 0 to 65533'],
  [['--port='], '--port must be a whole number from 0 to 65533'],
  [['--data='], '--data must name a directory'],
  [['--bucket=Reports'], '--bucket must be the name of a bucket, or with its region and account'],
  [['--bucket', 'team-reports@'], '--bucket must be the name of a bucket, or with its region and account'],
  [['--prot', '1'], "Unknown option '--prot'"],
])('npm start refuses %j and shows how to call it', async (args, message) => {
  const started = start(...args);
  const [code] = await once(started.process, 'exit');

  expect(code).toBe(2);
  expect(started.printed()).toContain(message);
  expect(started.printed()).toContain(
    'npm start -- [--port N] [--data DIR] [--bucket NAME[@REGION][:ACCOUNT] …] [--no-cache]',
  );
});
