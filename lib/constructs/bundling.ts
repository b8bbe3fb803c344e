import { type BundlingOptions, OutputFormat } from 'aws-cdk-lib/aws-lambda-nodejs';

/** Modules that a shim in `lambda/aws/shims` replaces in every bundle. */
const SHIMMED = ['@aws-sdk/credential-provider-node', '@smithy/core/event-streams'];

/** How functions are bundled: with their own copy of the pinned SDK, which loads faster than the one of the runtime. */
export const BUNDLING: BundlingOptions = {
  bundleAwsSDK: true,
  // Only ES modules can be tree-shaken.
  mainFields: ['module', 'main'],
  // In an ES module, importing node:http also loads all of undici.
  format: OutputFormat.CJS,
  target: 'node24',
  minify: true,
  esbuildArgs: {
    '--alias': SHIMMED.map((module) => `${module}=./lambda/aws/shims/${module.replace(/^.*\//, '')}.ts`),
  },
};
