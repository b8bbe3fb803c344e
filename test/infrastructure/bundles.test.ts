import { statSync } from 'node:fs';
import { join } from 'node:path';
import { assetDirectory } from '../../lib/local/assembly';
import { type MutableResources, resourceNamed, testAssembly } from '../support/assembly';

/** Bytes of the bundle that would be deployed. */
async function bundleBytes(functionName: string): Promise<number> {
  const assembly = await testAssembly();
  const { S3Key: assetKey } = resourceNamed(
    assembly.template.Resources as MutableResources,
    'AWS::Lambda::Function',
    functionName,
  ).Properties.Code;
  return statSync(join(assetDirectory(assembly, assetKey), 'index.js')).size;
}

test('the function that opens links carries a signer, and no client of S3, which is twelve times as large', async () => {
  expect(await bundleBytes('AccessObject')).toBeLessThan(40_000);
});
