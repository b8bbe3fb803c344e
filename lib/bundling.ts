import { type BundlingOptions, OutputFormat } from 'aws-cdk-lib/aws-lambda-nodejs';

/**
 * Modules that are left out of every bundle: one of ours (`lambda/aws/stand-ins`) has what the functions use of them. If a
 * new SDK wants more of one, esbuild refuses to bundle; if it goes round one, the bundle outgrows its budget, or loads what
 * it does not need of Node (`test/infrastructure/bundles.test.ts`).
 */
const STAND_INS = {
  '@aws-sdk/credential-provider-node': 'credential-provider-node',
  '@aws-sdk/endpoint-cache': 'endpoint-cache',
  '@smithy/core/event-streams': 'event-streams',
  'node:fs/promises': 'fs-promises',
} as const;

/** And those that are left out where nothing but signing uses the SDK. */
const STAND_INS_FOR_SIGNING = {
  '@smithy/core/client': 'smithy-core',
  '@smithy/core/protocols': 'smithy-core',
  '@smithy/core/serde': 'smithy-core',
} as const;

/** How functions are bundled: each with its own copy of what it uses of the SDK, which is pinned and loads fastest so. */
export const BUNDLING = bundlingWith(STAND_INS);

/** How a function is bundled that has no client of a service, and signs. */
export const SIGNER_BUNDLING = bundlingWith(STAND_INS_FOR_SIGNING);

function bundlingWith(standIns: Readonly<Record<string, string>>): BundlingOptions {
  return {
    bundleAwsSDK: true,
    // Of ES modules a bundler can leave out what nobody uses.
    mainFields: ['module', 'main'],
    // An ES module that imports node:http loads all of undici with it.
    format: OutputFormat.CJS,
    target: 'node24',
    minify: true,
    esbuildArgs: {
      '--alias': Object.entries(standIns).map(([module, name]) => `${module}=./lambda/aws/stand-ins/${name}.ts`),
    },
  };
}
