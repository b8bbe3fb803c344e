import { App } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { context as CONTEXT } from '../../cdk.json';
import type { Assembly } from '../../emulator/template/assembly';
import { STACK_NAME } from '../../lambda/contract';
import type { DeploymentTarget } from '../../lib/options/context';
import { readOptions } from '../../lib/options-adapter';
import { PreSignedURLStack } from '../../lib/presigned-url-stack';
import type { RawTemplate } from '../lib/support/template';
import { type MutableResources, testAssembly } from './assembly';

/** Options of a deployment, as context values. */
export type Options = Readonly<Record<string, unknown>>;

/** The stack with these options, not bundled. */
export function stackWith(options: Options, target: DeploymentTarget = {}, outdir?: string): PreSignedURLStack {
  const context = {
    ...CONTEXT,
    'aws:cdk:bundling-stacks': [],
    '@aws-cdk/core:validateAgainstDefaultRules': false,
    ...options,
  };
  const app = new App({ context, ...(outdir === undefined ? {} : { outdir }) });
  return new PreSignedURLStack(app, STACK_NAME, { options: readOptions(app.node, target) });
}

/** The template that these options yield. Its functions have no code. */
export function templateWith(options: Options, target: DeploymentTarget = {}): RawTemplate {
  return Template.fromStack(stackWith(options, target)).toJSON() as RawTemplate;
}

/** The stack with these options, its functions as they were bundled for the suites. */
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
