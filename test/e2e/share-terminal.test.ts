import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type IPty, spawn as spawnInTerminal } from '@lydell/node-pty';
import { LOCAL_CALLER } from '../../emulator/iam/credentials';
import { readQrCode } from '../cli/support/qr-code';
import { type CliEmulator, runCliEmulator, writeOutputs } from '../support/cli-emulator';
import { cleanEnvironment, createWorkshop, type Ended, PROJECT, watch } from '../support/cli-process';
import { startGate } from '../support/gate';
import { startCloudFormationDouble } from '../support/query-protocol';

const LINK = /http:\/\/127\.0\.0\.1:\d+\/prod\/access-object\?nonce=[\w-]{43}/;
const workshop = createWorkshop();
let emulator: CliEmulator;

beforeAll(async () => {
  emulator = await runCliEmulator(workshop);
});
afterAll(async () => {
  await emulator.close();
  workshop.remove();
});

/** What npm must not find on this machine: settings of its own. */
function npmEnvironment(): Record<string, string> {
  return {
    ...cleanEnvironment(),
    HOME: workshop.directory,
    npm_config_update_notifier: 'false',
    npm_config_offline: 'true',
  };
}

interface InTerminal {
  readonly terminal: IPty;
  screen(): string;
  readonly ended: Promise<{ readonly exitCode: number; readonly signal?: number }>;
}

/** Runs a command in a terminal, as a person does: all that it writes is on one screen. */
function runInTerminal(command: string, args: readonly string[]): InTerminal {
  const terminal = spawnInTerminal(command, [...args], { cols: 100, rows: 40, cwd: PROJECT, env: npmEnvironment() });
  let screen = '';
  terminal.onData((data) => {
    screen += data;
  });
  const ended = new Promise<{ exitCode: number; signal?: number }>((resolve) => terminal.onExit(resolve));
  return { terminal, screen: () => screen, ended };
}

function share(...args: readonly string[]): InTerminal {
  const command = ['--import', 'tsx', join('bin', 'share.ts'), '--direct', '--outputs', emulator.outputsFile, ...args];
  return runInTerminal(process.execPath, command);
}

describe('in a terminal', () => {
  test('a bar shows how far the upload is, and is gone when the link is there', async () => {
    const { screen, ended } = share(workshop.file('movie.mp4', Buffer.alloc(40_000_000, 'x')));

    expect(await ended).toMatchObject({ exitCode: 0 });
    const drawn = screen();
    const percents = [...drawn.matchAll(/(\d+) % \((\S+ \S+) of 40\.0 MB/g)].map(([, percent]) => Number(percent));
    expect(percents[0]).toBe(0);
    expect(percents.at(-1)).toBe(100);
    expect(percents.some((percent) => percent > 0 && percent < 100)).toBe(true);
    // The line is cleared before the result is told.
    const [, result = ''] = drawn.split('\u001b[2K');
    expect(result).toMatch(/^movie\.mp4 \(40\.0 MB\) opens once, until .*:\r\nhttp:\S+\r\n$/);
    expect(result).toMatch(LINK);
  });

  test('the QR code is black on white, and leads where the link does', async () => {
    const { screen, ended } = share(workshop.file('qr.txt', 'x'), '--qr');

    expect(await ended).toMatchObject({ exitCode: 0 });
    const code = screen().slice(screen().indexOf('\u001b[30;107m')).replaceAll('\r', '');
    expect(readQrCode(code, 'dark on light')).toBe(LINK.exec(screen())?.[0]);
  });

  test('Ctrl-C undoes the upload, also through npm', async () => {
    const file = workshop.file('interrupted.bin', Buffer.alloc(30_000_000, 'x'));
    let running: InTerminal | undefined;
    const gate = await startGate(emulator.s3Endpoint, {
      async admit({ url = '' }) {
        if (url.includes('partNumber=1&')) {
          running?.terminal.write('\u0003');
          while (!running?.screen().includes('Interrupted: removing')) {
            await new Promise((resolve) => setTimeout(resolve, 5));
          }
        }
      },
    });
    const outputs = writeOutputs(workshop, { ...emulator.outputs, S3Endpoint: gate.endpoint }, 'gate.json');
    running = runInTerminal('npm', ['run', 'share', '--', file, '--direct', '--outputs', outputs]);

    const { exitCode, signal } = await running.ended;
    expect(exitCode === 130 || signal === 2).toBe(true);
    expect(running.screen()).toContain('Interrupted: nothing was shared.');
    expect((await emulator.uploads()).filter((key) => key.endsWith('interrupted.bin'))).toEqual([]);
    await gate.close();
  });
});

describe('from a checkout', () => {
  function npm(command: string, args: readonly string[], cwd = PROJECT, more = {}): Promise<Ended> {
    const env = { ...npmEnvironment(), ...more };
    return watch(spawn(command, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] })).ended;
  }

  test('npm run --silent share prints the link alone, for a file as seen from where it is called', async () => {
    const args = ['run', '--silent', 'share', '--', 'faults.md', '--direct', '--outputs', emulator.outputsFile];

    const { code, stdout, stderr } = await npm('npm', args, join(PROJECT, 'docs'));

    expect(stderr).toMatch(/^faults\.md \(\d+\.\d kB\) opens once/);
    expect(code).toBe(0);
    expect(stdout.replace(LINK, 'LINK')).toBe('LINK\n');
  });

  test('npx one-time-links does the same, with no word of npm’s', async () => {
    const args = ['one-time-links', 'faults.md', '--direct', '--outputs', emulator.outputsFile];

    const { code, stdout } = await npm('npx', args, join(PROJECT, 'docs'));

    expect(code).toBe(0);
    expect(stdout.replace(LINK, 'LINK')).toBe('LINK\n');
  });

  test('the command itself runs from everywhere', async () => {
    workshop.file('elsewhere.txt', 'x');
    const command = join(PROJECT, 'bin', 'one-time-links.mjs');
    expect(existsSync(command)).toBe(true);

    const args = ['elsewhere.txt', '--direct', '--outputs', emulator.outputsFile];
    const shared = await npm(command, args, workshop.directory);
    const absent = await npm(command, ['absent.txt'], workshop.directory);

    expect(shared.stdout.replace(LINK, 'LINK')).toBe('LINK\n');
    expect(shared.code).toBe(0);
    expect(absent).toEqual({ code: 4, stdout: '', stderr: 'There is no file absent.txt: check the name.\n' });
  });

  test('the command itself finds a stack in CloudFormation', async () => {
    const { ApiGatewayEndpoint = '', BucketUrl = '' } = emulator.outputs;
    const stack = { name: 'MyLinks', outputs: { ApiGatewayEndpoint, BucketUrl } };
    const cloudFormation = await startCloudFormationDouble(stack, 'us-east-1', LOCAL_CALLER);
    const env = {
      AWS_ACCESS_KEY_ID: LOCAL_CALLER.accessKeyId,
      AWS_SECRET_ACCESS_KEY: LOCAL_CALLER.secretAccessKey,
      AWS_ENDPOINT_URL_CLOUDFORMATION: cloudFormation.endpoint,
      AWS_ENDPOINT_URL_S3: emulator.s3Endpoint,
    };
    workshop.file('looked-up.txt', 'x');
    const command = join(PROJECT, 'bin', 'one-time-links.mjs');

    const args = ['looked-up.txt', '--direct', '--stack', 'MyLinks', '--region', 'us-east-1'];
    const { code, stdout, stderr } = await npm(command, args, workshop.directory, env);
    await cloudFormation.close();

    expect(stderr).toMatch(/^looked-up\.txt \(1 byte\) opens once/);
    expect(code).toBe(0);
    expect(stdout.replace(LINK, 'LINK')).toBe('LINK\n');
  });
});
