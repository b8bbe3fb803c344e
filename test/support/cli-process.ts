import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable, Writable } from 'node:stream';
import { run } from '../../cli/run';
import { noteSecrets } from './secrets';

/** Root of the project. */
export const PROJECT = join(__dirname, '..', '..');
/** The command, as `npx` runs it. */
export const COMMAND = join(PROJECT, 'dist', 'one-time-links.js');

/** The result of a command. */
export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
  /** Standard input. @default - empty */
  readonly stdin?: string | Readable;
}

/** Runs the CLI in this process, which is much faster than {@link startProcess}, in an environment without AWS settings. */
export async function runCli(args: readonly string[], { env, signal, stdin = '' }: RunOptions = {}): Promise<Ended> {
  const stdout = recordingStream();
  const stderr = recordingStream();
  const original = process.env;
  process.env = cleanEnvironment(env);
  try {
    const code = await run(args, {
      stdin: typeof stdin === 'string' ? Readable.from([Buffer.from(stdin)], { objectMode: false }) : stdin,
      stdout: stdout.stream,
      stderr: stderr.stream,
      signal: signal ?? new AbortController().signal,
    });
    noteSecrets(stdout.text());
    return { code, stdout: stdout.text(), stderr: stderr.text() };
  } finally {
    process.env = original;
  }
}

/** Runs `share` in its own process. */
export async function runShare(args: readonly string[]): Promise<Ended> {
  return await startProcess(['share', ...args]).ended;
}

/** A stream that keeps what is written to it. */
export function recordingStream(properties: { readonly isTTY?: boolean; readonly columns?: number } = {}) {
  let text = '';
  const stream = new Writable({
    decodeStrings: false,
    write(chunk, _encoding, done) {
      text += chunk;
      done();
    },
  });
  return { stream: Object.assign(stream, properties) as unknown as NodeJS.WriteStream, text: () => text };
}

/** A running process. */
export interface Running {
  readonly process: ChildProcess;
  /** What it has written so far. */
  stdout(): string;
  stderr(): string;
  readonly ended: Promise<Ended>;
}

/** Starts the CLI, or another command, in its own process. */
export function startProcess(
  args: readonly string[],
  options: {
    readonly cwd?: string;
    readonly env?: Readonly<Record<string, string>>;
    readonly command?: string;
    /** @default - empty */
    readonly stdin?: string;
  } = {},
): Running {
  const { cwd = PROJECT, env, command = COMMAND, stdin = '' } = options;
  const child = spawn(command, args, { cwd, env: cleanEnvironment(env), stdio: 'pipe' });
  child.stdin.end(stdin);
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (chunk) => {
    stdout += chunk;
  });
  child.stderr.setEncoding('utf8').on('data', (chunk) => {
    stderr += chunk;
  });
  const ended = new Promise<Ended>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => {
      noteSecrets(stdout);
      resolve({ code, stdout, stderr });
    });
  });
  return { process: child, stdout: () => stdout, stderr: () => stderr, ended };
}

/** An environment without AWS settings: no profiles, no configuration files, no instance metadata. */
export function cleanEnvironment(more: Readonly<Record<string, string>> = {}): Record<string, string> {
  const nowhere = join(tmpdir(), 'nowhere');
  return {
    PATH: process.env['PATH'] ?? '',
    HOME: nowhere,
    TZ: 'UTC',
    AWS_CONFIG_FILE: join(nowhere, 'config'),
    AWS_SHARED_CREDENTIALS_FILE: join(nowhere, 'credentials'),
    AWS_EC2_METADATA_DISABLED: 'true',
    AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
    ...more,
  };
}

/** A temporary directory. */
export type TempDir = ReturnType<typeof createTempDir>;

export function createTempDir() {
  const directory = mkdtempSync(join(tmpdir(), 'share-'));
  return {
    directory,
    /** Writes a file. @returns its path */
    file(name: string, content: string | Buffer): string {
      const path = join(directory, name);
      writeFileSync(path, content);
      return path;
    },
    remove: () => rmSync(directory, { recursive: true, force: true }),
  };
}
