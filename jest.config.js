// The SDK warns about the Node version of this machine. The functions run on Lambda's.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = 'true';
// The CLI prints times in the machine's time zone.
process.env.TZ = 'UTC';

/** Suites without the local emulator, a browser or the synthesized stack: `npm run test:unit`. */
const UNIT = [
  '<rootDir>/test/lambda/',
  '<rootDir>/test/cli/',
  '<rootDir>/test/client/',
  '<rootDir>/test/lib/options/',
  '<rootDir>/test/lib/pages/',
  '<rootDir>/test/emulator/api-gateway/',
  '<rootDir>/test/emulator/dynamodb/',
  '<rootDir>/test/emulator/events/',
  '<rootDir>/test/emulator/iam/',
  '<rootDir>/test/emulator/lambda/',
  '<rootDir>/test/emulator/logs/',
  '<rootDir>/test/emulator/s3/',
  '<rootDir>/test/emulator/sns/',
];

const common = {
  transform: {
    '^.+\\.ts$': ['@swc/jest', { jsc: { target: 'es2022', parser: { syntax: 'typescript' } } }],
    // Imported as text, as by esbuild (build/bundling.ts).
    '\\.(client\\.js|css|html|svg)$': '<rootDir>/test/support/text-transform.js',
  },
  // Removes the temp dirs of CDK apps that run in process.
  setupFilesAfterEnv: ['aws-cdk-lib/testhelpers/jest-autoclean'],
};

/** @type {import('jest').Config} */
module.exports = {
  maxWorkers: 2,
  // No test depends on speed. This only bounds a test that hangs.
  testTimeout: 300_000,
  projects: [
    { ...common, displayName: 'unit', testMatch: UNIT.map((directory) => `${directory}**/*.test.ts`) },
    {
      ...common,
      displayName: 'system',
      testMatch: ['<rootDir>/test/**/*.test.ts'],
      testPathIgnorePatterns: UNIT,
      globalSetup: '<rootDir>/test/support/build-once.ts',
    },
  ],
};
