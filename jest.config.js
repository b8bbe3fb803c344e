// The SDK warns of the Node of whoever runs the suites; the functions run on that of Lambda.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = 'true';

/** @type {import('jest').Config} */
module.exports = {
  testEnvironment: 'node',
  roots: ['<rootDir>/test'],
  testMatch: ['**/*.test.ts'],
  transform: {
    '^.+\\.ts$': ['@swc/jest', { jsc: { target: 'es2022', parser: { syntax: 'typescript' } } }],
  },
  globalSetup: '<rootDir>/test/support/synthesise-once.ts',
  maxWorkers: 2,
  // The CDK's own: removes the assemblies that in-process apps leave in the temporary directory.
  setupFilesAfterEnv: ['aws-cdk-lib/testhelpers/jest-autoclean'],
  // No test depends on speed: this is for a machine that does many other things.
  testTimeout: 300_000,
};
