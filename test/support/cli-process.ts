import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { noteSecrets } from './secrets';

/** Root of the project. */
export const PROJECT = join(__dirname, '..', '..');

/** As `tsx`, from wherever a command is called. */
const TSX = pathToFileURL(require.resolve('tsx')).href;

/** What became of a command. */
export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A command that runs. */
export interface Running {
  readonly process: ChildProcess;
  /** What it has said so far to a person. */
  stderr(): string;
  readonly ended: Promise<Ended>;
}

/** How to run it. */
export interface RunOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** Arguments of Node, before those of the command. */
  readonly nodeArguments?: readonly string[];
}

/** A directory of a suite's own. */
export interface Workshop {
  readonly directory: string;
  /** Writes a file and says where it is. */
  file(name: string, content: string | Buffer): string;
  remove(): void;
}

/** Makes a directory that the suite removes. */
export function createWorkshop(): Workshop {
  const directory = mkdtempSync(join(tmpdir(), 'share-'));
  return {
    directory,
    file(name, content) {
      const path = join(directory, name);
      mkdirSync(join(path, '..'), { recursive: true });
      writeFileSync(path, content);
      return path;
    },
    remove: () => rmSync(directory, { recursive: true, force: true }),
  };
}

/**
 * An environment in which nobody has ever heard of AWS: nothing of whoever runs the suites is in it, no file of theirs is
 * read, and no instance is asked who it is.
 */
export function cleanEnvironment(more: Readonly<Record<string, string>> = {}): Record<string, string> {
  const nowhere = join(tmpdir(), 'nowhere');
  return {
    PATH: process.env['PATH'] ?? '',
    HOME: nowhere,
    TZ: 'UTC',
    AWS_CONFIG_FILE: join(nowhere, 'config'),
    AWS_SHARED_CREDENTIALS_FILE: join(nowhere, 'credentials'),
    AWS_EC2_METADATA_DISABLED: 'true',
    ...more,
  };
}

/** Starts the share command as `npm run share` does. */
export function startShare(
  args: readonly string[],
  { env, cwd = PROJECT, nodeArguments = [] }: RunOptions = {},
): Running {
  const command = ['--import', TSX, ...nodeArguments, join(PROJECT, 'bin', 'share.ts'), ...args];
  const child = spawn(process.execPath, command, {
    cwd,
    env: cleanEnvironment(env),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  return watch(child);
}

/** Runs the share command to its end. */
export async function runShare(args: readonly string[], options: RunOptions = {}): Promise<Ended> {
  return await startShare(args, options).ended;
}

/** Collects what a process says. */
export function watch(child: ChildProcess): Running {
  let stdout = '';
  let stderr = '';
  child.stdout?.setEncoding('utf8').on('data', (chunk) => {
    stdout += chunk;
  });
  child.stderr?.setEncoding('utf8').on('data', (chunk) => {
    stderr += chunk;
  });
  const ended = new Promise<Ended>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => {
      noteSecrets(stdout);
      resolve({ code, stdout, stderr });
    });
  });
  return { process: child, stderr: () => stderr, ended };
}
