import { spawn } from 'node:child_process';
import { chmod, readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { STACK_NAME } from '../../lambda/contract';
import { isRecord } from './fields';
import type { CloudFormationTemplate } from './template';

/** A synthesised stack: its template, and where its assets are. */
export interface Assembly {
  readonly stackName: string;
  readonly template: CloudFormationTemplate;
  readonly directory: string;
}

/** Root of the project. */
export const PROJECT_DIRECTORY = join(__dirname, '..', '..');

/** Beside the context of `cdk.json`: what the toolkit adds, without which the app yields another template. */
const ADDED_CONTEXT = {
  'aws:cdk:enable-path-metadata': true,
  'aws:cdk:enable-asset-metadata': true,
  'aws:cdk:version-reporting': true,
  'aws:cdk:bundling-stacks': ['**'],
  // Four seconds of checks that change nothing in the template; `cdk synth` and `cdk deploy` run them.
  '@aws-cdk/core:validateAgainstDefaultRules': false,
};

/**
 * Synthesises the app as `cdk synth` does, without the toolkit: no credentials, no network. In a process of its own, so
 * that the memory of the CDK is given back.
 *
 * @throws Error with what the app printed, if it fails.
 */
export async function synthesise(directory: string): Promise<Assembly> {
  const cdkJson: unknown = JSON.parse(await readFile(join(PROJECT_DIRECTORY, 'cdk.json'), 'utf8'));
  const context = isRecord(cdkJson) && isRecord(cdkJson['context']) ? cdkJson['context'] : {};
  const app = spawn(process.execPath, ['--import', 'tsx', join('bin', 'app.ts')], {
    cwd: PROJECT_DIRECTORY,
    env: {
      ...process.env,
      CDK_OUTDIR: directory,
      CDK_CONTEXT_JSON: JSON.stringify({ ...context, ...ADDED_CONTEXT }),
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const printed: Buffer[] = [];
  app.stdout.on('data', (chunk: Buffer) => printed.push(chunk));
  app.stderr.on('data', (chunk: Buffer) => printed.push(chunk));
  const code = await new Promise((resolve, reject) => app.once('error', reject).once('close', resolve));
  if (code !== 0) {
    throw new Error(`the app does not synthesise:\n${Buffer.concat(printed).toString('utf8')}`);
  }
  // The bundler leaves its directories writable for everybody, and what is in them is run.
  await chmod(directory, 0o700);
  return await readAssembly(directory);
}

/** Reads an assembly that was synthesised before. */
export async function readAssembly(directory: string): Promise<Assembly> {
  const [template, { artifacts }] = await Promise.all(
    [`${STACK_NAME}.template.json`, 'manifest.json'].map(async (file) =>
      JSON.parse(await readFile(join(directory, file), 'utf8')),
    ),
  );
  const stackName = artifacts[STACK_NAME].properties.stackName ?? STACK_NAME;
  return { stackName, template, directory: resolve(directory) };
}

/** Directory of an asset, from its key in the deployment bucket. */
export function assetDirectory(assembly: Assembly, assetKey: string): string {
  return join(assembly.directory, `asset.${assetKey.replace(/\.zip$/, '')}`);
}
