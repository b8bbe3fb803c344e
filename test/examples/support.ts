import { cpSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PROJECT } from '../../build/bundling';
import type { Assembly } from '../../emulator/template/assembly';
import { findConstruct } from '../../emulator/template/find-construct';
import { type MutableResources, resourceNamed } from '../support/assembly';
import { type Consumer, install, pack } from '../support/packed';

/** An example that was installed, compiled and synthesized. */
export interface Example extends Pick<Consumer, 'directory' | 'run' | 'remove'> {
  readonly assembly: Assembly;
}

/** What else the examples depend on, and the commands of these packages. */
const TOOLS = ['@aws-sdk/client-sns', '@types/aws-lambda', 'aws-cdk', 'esbuild', 'tsx', 'typescript'];
const COMMANDS = ['cdk', 'esbuild', 'tsc'];

/**
 * Installs the package in a copy of an example, compiles the example and synthesizes it, without network.
 *
 * @param context `-c` options of its README
 */
export async function installExample(name: string, context: readonly string[] = []): Promise<Example> {
  const temporary = mkdtempSync(join(tmpdir(), 'examples-'));
  const consumer = await install(await pack(temporary), TOOLS);
  rmSync(temporary, { recursive: true });
  for (const command of COMMANDS) {
    symlinkSync(
      join(PROJECT, 'node_modules', '.bin', command),
      join(consumer.directory, 'node_modules', '.bin', command),
    );
  }
  cpSync(join(PROJECT, 'examples', name), consumer.directory, { recursive: true });
  await consumer.run('npx', 'tsc');
  await consumer.run('npx', 'cdk', 'synth', '--quiet', '--no-notices', ...context.flatMap((option) => ['-c', option]));
  const { directory, run, remove } = consumer;
  return { directory, run, remove, assembly: await findConstruct(join(directory, 'cdk.out')) };
}

/** The direct link with the nonce of a click-through link. The button of the page requests it. */
export function directLink(clickThroughUrl: string): string {
  return clickThroughUrl.replace('open-link#', 'access-object?nonce=');
}

/** Sets an environment variable of the function whose logical ID starts with `prefix`. */
export function setVariable({ template }: Assembly, prefix: string, name: string, value: string): void {
  const { Properties } = resourceNamed(template.Resources as MutableResources, 'AWS::Lambda::Function', prefix);
  Properties.Environment.Variables[name] = value;
}
