import { readFileSync, truncateSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { AbortMultipartUploadCommand, ListMultipartUploadsCommand } from '@aws-sdk/client-s3';
import { spawn as spawnInTerminal } from '@lydell/node-pty';
import { readQrCode } from '../cli/support/qr-code';
import { type CliEmulator, runCliEmulator, writeOutputs } from '../support/cli-emulator';
import { COMMAND, cleanEnvironment, createTempDir, PROJECT, type Running, startProcess } from '../support/cli-process';
import { startGate } from '../support/gate';
import { describeLink, nonceOf, send } from '../support/http';

const LINK = /^http:\/\/127\.0\.0\.1:\d+\/prod\/access-object\?nonce=[\w-]{43}$/m;
const tempDir = createTempDir();
/** npm must not read the developer's settings, ask its registry, or run what an older checkout left in its cache. */
const NPM = { npm_config_update_notifier: 'false', npm_config_offline: 'true', npm_config_cache: tempDir.directory };
let emulator: CliEmulator;

beforeAll(async () => {
  emulator = await runCliEmulator(tempDir);
});
afterAll(async () => {
  await emulator.close();
  tempDir.remove();
});

function startShare(file: string, options: Parameters<typeof startProcess>[1] = {}): Running {
  return startProcess(['share', file, '--direct', '--outputs', emulator.outputsFile], options);
}

/** Runs a command in a terminal, where stdout and stderr are one screen. */
function runInTerminal(command: string, args: readonly string[]) {
  const env = { ...cleanEnvironment(NPM), HOME: tempDir.directory };
  const terminal = spawnInTerminal(command, [...args], { cols: 100, rows: 40, cwd: PROJECT, env });
  let screen = '';
  terminal.onData((data) => {
    screen += data;
  });
  const ended = new Promise<{ exitCode: number; signal?: number }>((resolve) => terminal.onExit(resolve));
  return { terminal, screen: () => screen, ended };
}

/** Waits until a command has written a text, or has ended. */
async function untilWritten(text: string, written: () => string, ended: Promise<unknown>): Promise<void> {
  let isRunning = true;
  ended.finally(() => {
    isRunning = false;
  });
  while (isRunning && !written().includes(text)) {
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

test('npx runs the command on a file in the current directory, and prints only the link', async () => {
  const args = ['one-time-links', 'share'];
  const options = { command: 'npx', cwd: join(PROJECT, 'docs'), env: NPM };
  const running = startProcess([...args, 'faults.md', '--direct', '--outputs', emulator.outputsFile], options);

  const { code, stdout, stderr } = await running.ended;

  expect(stderr).toMatch(/^Sharing through the local emulator\.\nfaults\.md \(\d+\.\d kB\) opens once/);
  expect([code, stdout.replace(LINK, 'LINK')]).toEqual([0, 'LINK\n']);
});

test('text from standard input needs no name: its description has the type and sender, and browsers display it', async () => {
  const args = ['share', '-', '--from', 'Ada Lovelace', '--direct', '--outputs', emulator.outputsFile];

  const { code, stdout, stderr } = await startProcess(args, { stdin: 'The code is 4711 – café.\n' }).ended;

  expect([code, stdout.replace(LINK, 'LINK')]).toEqual([0, 'LINK\n']);
  expect(stderr).toContain('snippet.txt (28 bytes) opens once');
  const link = stdout.trim();
  const described = await describeLink(emulator, nonceOf(link));
  expect(JSON.parse(described.body)).toEqual({
    operation: 'download',
    file_name: 'snippet.txt',
    size_bytes: 28,
    content_type: 'text/plain; charset=utf-8',
    expires_at: expect.stringMatching(/^\d{4}-/),
    from: 'Ada Lovelace',
  });
  const { headers } = await send(link);
  const shown = await send(String(headers['location']), { headers: { Origin: emulator.apiEndpoint } });
  expect([shown.status, shown.body]).toEqual([200, 'The code is 4711 – café.\n']);
  expect(shown.headers).toMatchObject({
    'content-disposition': 'inline',
    'content-type': 'text/plain; charset=utf-8',
    'access-control-allow-origin': '*',
  });
});

test('standard input that is not short text needs a name', async () => {
  const args = ['share', '-', '--outputs', emulator.outputsFile];

  const { code, stdout, stderr } = await startProcess(args, { stdin: 'x'.repeat(4097) }).ended;

  expect([code, stdout]).toEqual([2, '']);
  expect(stderr).toBe(
    'Standard input has no file name: add --as NAME. Only UTF-8 text of at most 4,096 bytes needs none.\n',
  );
});

test('--wait ends when the link is redeemed, and prints when and from where', async () => {
  const args = ['share', tempDir.file('awaited.txt', 'x'), '--direct', '--wait', '--outputs', emulator.outputsFile];
  const running = startProcess(args);
  const link = await new Promise<string>((resolve) => running.process.stdout?.once('data', resolve));

  await untilWritten('Waiting for the link to be redeemed.', running.stderr, running.ended);
  expect((await send(link.trim())).status).toBe(302);

  const { code, stdout, stderr } = await running.ended;
  expect([code, stdout]).toEqual([0, link]);
  expect(stderr).toMatch(/\nRedeemed at \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC from 127\.0\.0\.1\.\n$/);
});

test('uploading a large file uses a bounded amount of memory', async () => {
  const file = tempDir.file('large.bin', '');
  truncateSync(file, 300_000_000);
  const memoryFile = join(tempDir.directory, 'memory');
  const peakMemory = join(PROJECT, 'test', 'support', 'peak-memory.cjs');

  const { stderr } = await startShare(file, {
    env: { PEAK_MEMORY_FILE: memoryFile, NODE_OPTIONS: `--require ${peakMemory}` },
  }).ended;

  expect(stderr).toContain('large.bin (300 MB) opens once');
  // About 120 MB for Node and the SDK, and 64 MB for parts. With the whole file in memory it would be 420 MB or more.
  expect(Number(readFileSync(memoryFile, 'utf8')) / 1000).toBeLessThan(330);
});

test('verify starts in its own process', async () => {
  const { code, stderr } = await startProcess(['verify', '--outputs', join(tempDir.directory, 'no-such-file')]).ended;

  expect([code, stderr]).toEqual([4, expect.stringMatching(/^The outputs file cannot be read: /)]);
});

test('in a terminal, a progress bar makes room for the link and its QR code', async () => {
  const file = tempDir.file('movie.mp4', Buffer.alloc(24_000_000, 'x'));
  const args = [COMMAND, 'share', file, '--direct', '--qr', '--outputs', emulator.outputsFile];

  const { screen, ended } = runInTerminal(process.execPath, args);

  expect(await ended).toMatchObject({ exitCode: 0 });
  const percents = [...screen().matchAll(/(\d+) % \(\S+ \S+ of 24\.0 MB/g)].map(([, percent]) => Number(percent));
  expect([percents[0], percents.at(-1)]).toEqual([0, 100]);
  expect(percents.some((percent) => percent > 0 && percent < 100)).toBe(true);
  const [, result = ''] = screen().replaceAll('\r', '').split('\u001b[2K');
  expect(result).toMatch(/^movie\.mp4 \(24\.0 MB\) opens once, until /);
  expect(readQrCode(result)).toBe(LINK.exec(result)?.[0]);
});

test('the command runs from any directory, and a closed stderr does not stop it', async () => {
  tempDir.file('elsewhere.txt', 'x');
  const running = startShare('elsewhere.txt', { cwd: tempDir.directory });
  running.process.stderr?.destroy();

  const { code, stdout } = await running.ended;

  expect([code, stdout.replace(LINK, 'LINK')]).toEqual([0, 'LINK\n']);
});

test('a closed stdout ends with 5, and the upload is removed', async () => {
  const running = startShare(tempDir.file('unread.txt', 'x'));
  running.process.stdout?.destroy();

  const { code, stderr } = await running.ended;

  expect(code).toBe(5);
  expect(stderr).toContain('The output was closed before the result was written: run the command again');
  expect(stderr).not.toContain('nonce');
  expect((await emulator.uploads()).filter((key) => key.endsWith('unread.txt'))).toEqual([]);
});

/** Shares a large file through a gate in front of S3. */
async function shareThroughGate<T extends { readonly ended: Promise<unknown> }>(
  start: (args: readonly string[]) => T,
  admit: (running: T, request: IncomingMessage) => Promise<void>,
): Promise<T> {
  const file = tempDir.file('interrupted.bin', Buffer.alloc(12_000_000, 'x'));
  const gate = await startGate(emulator.s3Endpoint, { admit: (request) => admit(running, request) });
  const outputs = writeOutputs(tempDir, { ...emulator.outputs, S3Endpoint: gate.endpoint }, 'gate.json');
  const running = start([file, '--outputs', outputs]);
  await running.ended;
  await gate.close();
  return running;
}

test('Ctrl-C in a terminal, through npx, removes an upload in parts', async () => {
  const { screen, ended } = await shareThroughGate(
    (args) => runInTerminal('npx', ['one-time-links', 'share', ...args]),
    async ({ terminal, screen, ended }, { url = '' }) => {
      if (url.includes('partNumber=1&')) {
        terminal.write('\u0003');
        await untilWritten('Interrupted: removing', screen, ended);
      }
    },
  );

  const { exitCode, signal } = await ended;
  expect(exitCode === 130 || signal === 2).toBe(true);
  expect(screen()).toContain('Interrupted: nothing was shared.');
  expect((await emulator.uploads()).filter((key) => key.endsWith('interrupted.bin'))).toEqual([]);
});

test('a second signal ends the process, and leaves an upload in parts to the lifecycle rule', async () => {
  const { process } = await shareThroughGate(
    (args) => startProcess(['share', ...args]),
    async ({ process, stderr, ended }, { method, url = '' }) => {
      if (url.includes('partNumber=1&')) {
        process.kill('SIGHUP');
        await untilWritten('Interrupted: removing', stderr, ended);
        process.kill('SIGHUP');
      } else if (method === 'DELETE') {
        await ended;
        throw new Error('The removal comes after the second signal.');
      }
    },
  );

  expect(process.signalCode).toBe('SIGHUP');
  const bucket = { Bucket: emulator.bucketName };
  const { Uploads: [left] = [] } = await emulator.s3.send(new ListMultipartUploadsCommand(bucket));
  const { Key, UploadId } = left ?? {};
  expect(Key).toContain('/interrupted.bin');
  await emulator.s3.send(new AbortMultipartUploadCommand({ ...bucket, Key, UploadId }));
});
