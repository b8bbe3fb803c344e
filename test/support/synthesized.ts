import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { context as CONTEXT } from '../../cdk.json';
import type { Assembly } from '../../emulator/template/assembly';
import { STACK_NAME } from '../../lambda/contract';
import { OneTimeLinks, type OneTimeLinksProps } from '../../lib/one-time-links';
import type { DeploymentTarget } from '../../lib/options/options';
import { readOptions } from '../../lib/options/read-options';
import { PreSignedURLStack } from '../../lib/presigned-url-stack';
import type { RawTemplate } from '../lib/support/template';
import { type MutableResources, testAssembly } from './assembly';

/** Options of the app, as context values. */
export type Options = Readonly<Record<string, unknown>>;

/** Skips checks, which do not change the template but take seconds. */
export const FAST_SYNTH = { '@aws-cdk/core:validateAgainstDefaultRules': false };

/** The stack of the app with these options. */
export function stackWith(options: Options, target: DeploymentTarget = {}, outdir?: string): PreSignedURLStack {
  const context = { ...CONTEXT, ...FAST_SYNTH, ...options };
  const app = new App({ context, ...(outdir === undefined ? {} : { outdir }) });
  return new PreSignedURLStack(app, STACK_NAME, { options: readOptions(app.node, target) });
}

/** The template of the app with these options. */
export function templateWith(options: Options, target: DeploymentTarget = {}): RawTemplate {
  return Template.fromStack(stackWith(options, target)).toJSON() as RawTemplate;
}

/** The template of a stack with the app's name that contains only the construct. */
export function templateOfLinks(propsIn: (stack: Stack) => OneTimeLinksProps = () => ({})): RawTemplate {
  const stack = new Stack(new App({ context: { ...CONTEXT, ...FAST_SYNTH } }), STACK_NAME);
  new OneTimeLinks(stack, 'Default', propsIn(stack));
  return Template.fromStack(stack).toJSON() as RawTemplate;
}

/** The app with these options. Its functions are the ones that were bundled for all suites. */
export async function assemblyWith(
  options: Options,
  change: (resources: MutableResources) => void = () => {},
): Promise<Assembly> {
  const bundled = await testAssembly();
  const template = templateWith(options);
  const resources = template.Resources as unknown as MutableResources;
  for (const [id, { Type, Properties }] of Object.entries(resources)) {
    const twin = (bundled.template.Resources as MutableResources)[id];
    if (Type === 'AWS::Lambda::Function' && twin !== undefined) {
      Properties.Code = twin.Properties.Code;
    }
  }
  change(resources);
  return { ...bundled, template: { ...template } };
}
