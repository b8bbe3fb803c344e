import { readdir, readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { lookup } from 'mime-types';
import { type Assembly, assetDirectory } from '../template/assembly';
import type { Template } from '../template/template';
import type { LocalS3 } from './server';

/** Files that a deployment copies into a bucket (`BucketDeployment` of the CDK). */
export interface BucketDeployment {
  readonly bucketName: string;
  /** Keys of the assets, as `<hash>.zip`. */
  readonly assetKeys: readonly string[];
}

/** Reads the bucket deployments in the template. */
export function readBucketDeployments(template: Template): readonly BucketDeployment[] {
  return template.ofType('Custom::CDKBucketDeployment').map(({ properties }) => {
    properties.ignore('ServiceToken', 'SourceBucketNames', 'WaitForDistributionInvalidation', 'OutputObjectKeys');
    const bucketName = properties.only('Prune', false).string('DestinationBucketName');
    const assetKeys = properties.list('SourceObjectKeys').map(String);
    properties.done();
    return { bucketName, assetKeys };
  });
}

/** Copies the files of the deployments into their buckets. */
export async function deployFiles(
  s3: LocalS3,
  deployments: readonly BucketDeployment[],
  assembly: Assembly,
): Promise<void> {
  for (const { bucketName: bucket, assetKeys } of deployments) {
    for (const directory of assetKeys.map((key) => assetDirectory(assembly, key))) {
      const entries = await readdir(directory, { recursive: true, withFileTypes: true });
      for (const entry of entries.filter((one) => one.isFile())) {
        const file = join(entry.parentPath, entry.name);
        const key = relative(directory, file);
        const contentType = lookup(key) || 'binary/octet-stream';
        await s3.putObject({ bucket, key, body: await readFile(file), contentType });
      }
    }
  }
}
