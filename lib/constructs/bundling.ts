import { type BundlingOptions, OutputFormat } from 'aws-cdk-lib/aws-lambda-nodejs';

/**
 * Modules that are left out of every bundle: one of ours (`lambda/aws/shims`) has what the functions use of them. If a
 * new SDK wants more of one, esbuild refuses to bundle; if it goes round one, the bundle outgrows its budget, or loads what
 * it does not need of Node (`test/lib/constructs/bundles.test.ts`).
 */
const SHIMS = {
  '@aws-sdk/credential-provider-node': 'credential-provider-node',
  '@aws-sdk/endpoint-cache': 'endpoint-cache',
  '@smithy/core/event-streams': 'event-streams',
  'node:fs/promises': 'fs-promises',
} as const;

/** And those that are left out where nothing but signing uses the SDK. */
const SHIMS_FOR_SIGNING = {
  '@smithy/core/client': 'smithy-core',
  '@smithy/core/protocols': 'smithy-core',
  '@smithy/core/serde': 'smithy-core',
} as const;

/** How functions are bundled: each with its own copy of what it uses of the SDK, which is pinned and loads fastest so. */
export const BUNDLING = bundlingWith(SHIMS);

/** How a function is bundled that has no client of a service, and signs. */
export const SIGNER_BUNDLING = bundlingWith(SHIMS_FOR_SIGNING);

function bundlingWith(shims: Readonly<Record<string, string>>): BundlingOptions {
  return {
    bundleAwsSDK: true,
    // Of ES modules a bundler can leave out what nobody uses.
    mainFields: ['module', 'main'],
    // An ES module that imports node:http loads all of undici with it.
    format: OutputFormat.CJS,
    target: 'node24',
    minify: true,
    esbuildArgs: {
      '--alias': Object.entries(shims).map(([module, name]) => `${module}=./lambda/aws/shims/${name}.ts`),
    },
  };
}
