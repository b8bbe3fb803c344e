import { type BundlingOptions, OutputFormat } from 'aws-cdk-lib/aws-lambda-nodejs';

/** Modules that are replaced by a shim from `lambda/aws/shims` in every bundle. */
const SHIMMED = ['@aws-sdk/credential-provider-node', '@smithy/core/event-streams'];

/** Bundling options of the functions. Includes the pinned SDK, which loads faster than the runtime's SDK. */
export const BUNDLING: BundlingOptions = {
  bundleAwsSDK: true,
  // Only ES modules can be tree-shaken.
  mainFields: ['module', 'main'],
  // An ES module that imports node:http also loads all of undici.
  format: OutputFormat.CJS,
  target: 'node24',
  minify: true,
  // Lambda logs the class of an error as `errorType`. Adds 7%.
  keepNames: true,
  // The files of the click-through page.
  loader: { '.client.js': 'text', '.css': 'text', '.html': 'text', '.svg': 'text' },
  esbuildArgs: {
    '--alias': SHIMMED.map((module) => `${module}=./lambda/aws/shims/${module.replace(/^.*\//, '')}.ts`),
  },
};
