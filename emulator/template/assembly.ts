import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { STACK_NAME } from '../../lambda/contract';
import { isRecord } from './fields';
import type { StackTemplate, SurroundingApp } from './template';

/** A synthesized stack: its template and its assets. */
export interface Assembly extends StackTemplate {
  /** The cloud assembly (`cdk.out`), absolute. */
  readonly directory: string;
  /** The app around the construct. @default - every resource of the stack belongs to the construct */
  readonly app?: SurroundingApp;
}

/** Context values from the command line: options and their values. */
export type ContextOptions = Readonly<Record<string, string>>;

/** Root of the project. */
export const PROJECT_DIRECTORY = join(__dirname, '..', '..');

/** Context that the CDK CLI adds. Without it, the template would differ from the deployed template. */
const ADDED_CONTEXT = {
  'aws:cdk:enable-path-metadata': true,
  'aws:cdk:enable-asset-metadata': true,
  'aws:cdk:version-reporting': true,
  // Saves 4 s. The checks do not change the template, and `cdk synth` and `cdk deploy` run them.
  '@aws-cdk/core:validateAgainstDefaultRules': false,
};

/**
 * Synthesizes the app as `cdk synth` does, without credentials or network access. Runs in a child process, so that the
 * memory that CDK uses is released.
 *
 * @param options context values, in addition to those in `cdk.json`
 * @throws Error with the output of the app if it fails
 */
export async function synthesize(directory: string, options: ContextOptions = {}): Promise<Assembly> {
  const cdkJson: unknown = JSON.parse(await readFile(join(PROJECT_DIRECTORY, 'cdk.json'), 'utf8'));
  const context = isRecord(cdkJson) && isRecord(cdkJson['context']) ? cdkJson['context'] : {};
  const app = spawn(process.execPath, ['--import', 'tsx', join('bin', 'app.ts')], {
    cwd: PROJECT_DIRECTORY,
    env: {
      ...process.env,
      CDK_OUTDIR: directory,
      CDK_CONTEXT_JSON: JSON.stringify({ ...context, ...options, ...ADDED_CONTEXT }),
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const printed: Buffer[] = [];
  app.stdout.on('data', (chunk: Buffer) => printed.push(chunk));
  app.stderr.on('data', (chunk: Buffer) => printed.push(chunk));
  const code = await new Promise((resolve, reject) => app.once('error', reject).once('close', resolve));
  if (code !== 0) {
    throw new Error(`The app does not synthesize:\n${Buffer.concat(printed).toString('utf8')}`);
  }
  return await readAssembly(directory);
}

/**
 * Reads one stack of a synthesized app.
 *
 * @param stackId ID of the stack in the app
 */
export async function readAssembly(directory: string, stackId: string = STACK_NAME): Promise<Assembly> {
  const [template, { artifacts }] = await Promise.all(
    [`${stackId}.template.json`, 'manifest.json'].map(async (file) =>
      JSON.parse(await readFile(join(directory, file), 'utf8')),
    ),
  );
  const stackName = artifacts[stackId].properties.stackName ?? stackId;
  return { stackName, template, directory: resolve(directory) };
}

/** Returns the directory of an asset. @param assetKey key in the bootstrap bucket: a prefix and `<hash>.zip` */
export function assetDirectory({ directory }: Pick<Assembly, 'directory'>, assetKey: string): string {
  return join(directory, `asset.${basename(assetKey, '.zip')}`);
}
