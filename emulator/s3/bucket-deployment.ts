import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { lookup } from 'mime-types';
import { type Assembly, assetDirectory } from '../template/assembly';
import type { Template } from '../template/template';
import type { LocalS3 } from './server';

/** Files that a deployment copies into a bucket (`BucketDeployment` of the CDK). */
export interface BucketDeployment {
  readonly bucketName: string;
  /** Prefix of the keys, with a trailing slash, or empty. */
  readonly keyPrefix: string;
  /** Keys of the assets, as `<hash>.zip`. */
  readonly assetKeys: readonly string[];
}

/** Reads the bucket deployments in the template. */
export function readBucketDeployments(template: Template, assembly: Assembly): readonly BucketDeployment[] {
  return template.read('Custom::CDKBucketDeployment', ({ owner, properties }) => {
    properties.ignore('ServiceToken', 'SourceBucketNames', 'WaitForDistributionInvalidation', 'OutputObjectKeys');
    // With `Prune`, which is CDK's default, AWS also removes other objects. The emulator never does.
    const bucketName = (owner === 'app' ? properties.ignore('Prune') : properties.only('Prune', false)).string(
      'DestinationBucketName',
    );
    const keyPrefix = owner === 'app' ? properties.optionalString('DestinationBucketKeyPrefix') : undefined;
    const assetKeys = properties.list('SourceObjectKeys').map(String);
    const archive = assetKeys.find((key) => !existsSync(assetDirectory(assembly, key)));
    if (archive !== undefined) {
      throw properties.error('SourceObjectKeys', `the local emulator supports only directories, not ${archive}`);
    }
    properties.done();
    return { bucketName, keyPrefix: keyPrefix ? `${keyPrefix.replace(/\/+$/, '')}/` : '', assetKeys };
  });
}

/** Copies the files of the deployments into their buckets. */
export async function deployFiles(
  s3: LocalS3,
  deployments: readonly BucketDeployment[],
  assembly: Assembly,
): Promise<void> {
  for (const { bucketName: bucket, keyPrefix, assetKeys } of deployments) {
    for (const directory of assetKeys.map((key) => assetDirectory(assembly, key))) {
      const entries = await readdir(directory, { recursive: true, withFileTypes: true });
      for (const entry of entries.filter((one) => one.isFile())) {
        const file = join(entry.parentPath, entry.name);
        const key = `${keyPrefix}${relative(directory, file)}`;
        const contentType = lookup(key) || 'binary/octet-stream';
        await s3.putObject({ bucket, key, body: await readFile(file), contentType });
      }
    }
  }
}
