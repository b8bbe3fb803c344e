import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { assetDirectory } from '../../../emulator/template/assembly';
import type * as AuthorizeAccess from '../../../lambda/authorize-access';
import { authorizerEvent } from '../../lambda/support/events';
import { failureOf } from '../../lambda/support/failure-of';
import { ENVIRONMENT } from '../../lambda/support/handler';
import { nonceNumber } from '../../lambda/support/samples';
import { type MutableResources, resourceNamed, testAssembly } from '../../support/assembly';
import { type Bundle, bundle, packagesIn } from '../../support/bundle';

const CLIENT_OF_DYNAMODB = [
  '@aws-sdk/client-dynamodb',
  '@aws-sdk/core',
  '@aws-sdk/credential-provider-env',
  '@aws-sdk/dynamodb-codec',
  '@aws-sdk/endpoint-cache',
  '@aws-sdk/lib-dynamodb',
  '@aws-sdk/middleware-endpoint-discovery',
  '@aws-sdk/util-dynamodb',
  '@aws/lambda-invoke-store',
  '@smithy/core',
  '@smithy/node-http-handler',
  '@smithy/signature-v4',
  '@smithy/types',
  'mnemonist',
  'obliterator',
];
const CLIENT_OF_S3 = [
  '@aws-sdk/checksums',
  '@aws-sdk/client-s3',
  '@aws-sdk/middleware-sdk-s3',
  '@aws-sdk/s3-request-presigner',
  '@aws-sdk/signature-v4-multi-region',
  '@aws-sdk/xml-builder',
];
const PRESIGNER = [
  '@aws-sdk/s3-request-presigner',
  '@aws-sdk/signature-v4-multi-region',
  '@smithy/core',
  '@smithy/signature-v4',
];

// A cold start loads every byte. If an SDK update bypasses a shim, a package and 19 to 139 KB are added.
describe.each([
  ['AuthorizeAccess', 'authorize-access', 200_000, CLIENT_OF_DYNAMODB],
  ['ManageLink', 'manage-link', 206_000, CLIENT_OF_DYNAMODB],
  [
    'GenerateUrl',
    'generate-url',
    390_000,
    [...CLIENT_OF_DYNAMODB, ...CLIENT_OF_S3, 'content-disposition', 'negotiator'],
  ],
  ['AccessObject', 'access-object', 40_000, [...PRESIGNER, 'content-disposition', 'negotiator']],
  ['UploadObject', 'upload-object', 33_000, PRESIGNER],
  ['LogReceived', 'log-received', 29_000, PRESIGNER],
  ['OpenLink', 'open-link', 95_000, ['negotiator']],
] as const)('the bundle of %s', (id, entry, budgetBytes, packages) => {
  let deployed: string;
  let bundled: Bundle;
  beforeAll(async () => {
    const assembly = await testAssembly();
    const { Code } = resourceNamed(
      assembly.template.Resources as MutableResources,
      'AWS::Lambda::Function',
      id,
    ).Properties;
    deployed = assetDirectory(assembly, Code.S3Key);
    bundled = await bundle(entry);
  });

  test(`is at most ${budgetBytes} bytes, and the only file that is deployed`, () => {
    expect(readdirSync(deployed)).toEqual(['index.js']);
    expect(readFileSync(join(deployed, 'index.js')).length).toBeLessThanOrEqual(budgetBytes);
  });

  test('contains these packages, and no others', () => {
    // The metadata of esbuild applies to the deployed bundle only if the two bundles are equal.
    expect(bundled.text).toBe(readFileSync(join(deployed, 'index.js'), 'utf8'));
    expect(packagesIn(bundled)).toEqual([...packages].sort());
  });
});

test('an error of a minified function keeps the name of its class, which Lambda logs as errorType', async () => {
  // Nothing listens on port 1.
  Object.assign(process.env, ENVIRONMENT, { AWS_ENDPOINT_URL_DYNAMODB: 'http://127.0.0.1:1' });
  jest.spyOn(process.stdout, 'write').mockReturnValue(true);
  const assembly = await testAssembly();
  const { Code } = resourceNamed(
    assembly.template.Resources as MutableResources,
    'AWS::Lambda::Function',
    'AuthorizeAccess',
  ).Properties;
  const { handler } = jest.requireActual<typeof AuthorizeAccess>(
    join(assetDirectory(assembly, Code.S3Key), 'index.js'),
  );

  const error = await failureOf(handler(authorizerEvent(nonceNumber(0))));
  jest.restoreAllMocks();

  expect((error as Error).constructor.name).toBe('StorageUnavailableError');
});
