import { type Stack, Token } from 'aws-cdk-lib';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import { ENVIRONMENT } from '../../lambda/contract';
import { KEY_PREFIX, KEY_PREFIX_RULE } from '../limits';
import { acknowledgeWildcards } from './acknowledge';

/** An existing bucket, or a part of one, that links can be issued for. */
export interface AllowedBucket {
  readonly bucket: IBucket;
  /**
   * Prefix of the keys that links can be issued for, for example `reports/`.
   *
   * @default - every object
   */
  readonly prefix?: string;
  /**
   * Prefix of the keys that upload links can be issued for, for example `inbox/`. What arrives there can also be shared with
   * download links. The bucket needs a CORS rule, and should have a policy and an EventBridge notification: `docs/uploads.md`.
   *
   * @default - the bucket accepts no uploads
   */
  readonly uploadPrefix?: string;
}

/** Suffixes of `kms:ViaService`. AWS documents `amazonaws.com`, and does not say whether China has one of its own. */
const S3_URL_SUFFIXES = ['amazonaws.com', 'amazonaws.com.cn'] as const;

/** The buckets that links can be issued for, with grants to read them. */
export class AllowedBuckets {
  private readonly stack: Stack;
  private readonly shared: readonly AllowedBucket[];

  /** @param stack the stack that contains the functions. */
  constructor(stack: Stack, shared: readonly AllowedBucket[]) {
    this.stack = stack;
    this.shared = shared;
    for (const { prefix, uploadPrefix } of shared) {
      const invalid = [prefix, uploadPrefix].find((one) => one !== undefined && !KEY_PREFIX.test(one));
      if (invalid !== undefined) {
        throw new Error(`prefix ${JSON.stringify(invalid)} is not ${KEY_PREFIX_RULE}`);
      }
    }
  }

  /** The buckets that accept uploads. */
  get receiving(): readonly Required<AllowedBucket>[] {
    return this.shared.flatMap(({ bucket, prefix = '', uploadPrefix }) =>
      uploadPrefix === undefined ? [] : [{ bucket, prefix, uploadPrefix }],
    );
  }

  /**
   * Allows the function to check objects and presign downloads. With `ListBucket`, S3 returns 404 instead of 403 for a
   * missing object (https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html). It also reveals every key in
   * the bucket, so it is granted only for buckets without a prefix.
   */
  grantIssue(fn: LambdaFunction): void {
    const entries = this.shared.map(({ bucket, prefix, uploadPrefix }) => {
      const { region } = bucket.env;
      const elsewhere = region !== this.stack.region && !Token.isUnresolved(region);
      return {
        name: bucket.bucketName,
        ...(elsewhere && { region }),
        ...(prefix && { prefix }),
        ...(uploadPrefix && { uploadPrefix }),
      };
    });
    fn.addEnvironment(ENVIRONMENT.allowedBuckets, this.stack.toJsonString(entries));
    this.grantRead(fn);
    this.allow(fn, ['s3:ListBucket'], ({ bucket, prefix }) => (prefix ? [] : [bucket.bucketArn]));
  }

  /**
   * Origins of presigned URLs, for a content security policy. Contains no bucket names, which are not public. Includes the
   * path-style origin, for buckets that have dots in their names
   * (https://docs.aws.amazon.com/AmazonS3/latest/userguide/VirtualHosting.html).
   */
  origins(): readonly string[] {
    const regions = new Set(this.shared.map(({ bucket }) => bucket.env.region));
    return [...regions].flatMap((region) => {
      const host = `s3.${region}.${this.stack.urlSuffix}`;
      return [`https://*.${host}`, `https://${host}`];
    });
  }

  /** Allows the function to presign downloads, and nothing else. */
  grantRead(fn: LambdaFunction): void {
    fn.addEnvironment(ENVIRONMENT.urlSuffix, this.stack.urlSuffix);
    this.allow(fn, ['s3:GetObject', 's3:GetObjectVersion'], objectsOf);
    this.allowKeys(fn, 'kms:Decrypt');
    const reason = 'Links can be issued for every object with the prefix.';
    acknowledgeWildcards(fn.role ?? fn, this.shared.flatMap(objectsOf), reason);
  }

  /** Allows the function to presign uploads, and nothing else. */
  grantUpload(fn: LambdaFunction): void {
    fn.addEnvironment(ENVIRONMENT.urlSuffix, this.stack.urlSuffix);
    this.allow(fn, ['s3:PutObject'], uploadsOf);
    this.allowKeys(fn, 'kms:GenerateDataKey', ({ uploadPrefix }) => uploadPrefix !== undefined);
    acknowledgeWildcards(fn.role ?? fn, this.shared.flatMap(uploadsOf), 'Uploaders choose the names of files.');
  }

  /** Allows the function to read uploaded objects. With `ListBucket`, S3 returns 404 for an object that was moved. */
  grantReadUploads(fn: LambdaFunction): void {
    fn.addEnvironment(ENVIRONMENT.urlSuffix, this.stack.urlSuffix);
    this.allow(fn, ['s3:GetObject', 's3:GetObjectVersion'], uploadsOf);
    this.allow(fn, ['s3:ListBucket'], ({ bucket, uploadPrefix }) => (uploadPrefix ? [bucket.bucketArn] : []));
    this.allowKeys(fn, 'kms:Decrypt', ({ uploadPrefix }) => uploadPrefix !== undefined);
    acknowledgeWildcards(fn.role ?? fn, this.shared.flatMap(uploadsOf), 'Uploaders choose the names of files.');
  }

  /**
   * Allows the actions on each bucket only while its owner is the expected account. Otherwise, another account could
   * re-create a deleted bucket under the same name, and links would lead to its objects.
   * https://docs.aws.amazon.com/AmazonS3/latest/userguide/amazon-s3-policy-keys.html
   */
  private allow(fn: LambdaFunction, actions: string[], arnsOf: (shared: AllowedBucket) => string[]): void {
    for (const account of new Set(this.shared.map(({ bucket }) => bucket.env.account))) {
      const owned = this.shared.filter(({ bucket }) => bucket.env.account === account);
      const resources = owned.flatMap(arnsOf);
      const conditions = { StringEquals: { 's3:ResourceAccount': account } };
      if (resources.length > 0) {
        fn.addToRolePolicy(new PolicyStatement({ actions, resources, conditions }));
      }
    }
  }

  /**
   * Allows the use of keys only through S3 and only for objects of the bucket, so that the function cannot decrypt anything else
   * that the key protects. The encryption context is the ARN of the object, or of the bucket if it has an S3 Bucket Key.
   * https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html#conditions-kms-via-service
   * https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html#encryption-context
   */
  private allowKeys(
    fn: LambdaFunction,
    action: 'kms:Decrypt' | 'kms:GenerateDataKey',
    isUsed: (shared: AllowedBucket) => boolean = () => true,
  ): void {
    for (const { bucket } of this.shared.filter(isUsed)) {
      if (bucket.encryptionKey !== undefined) {
        const resources = [bucket.encryptionKey.keyArn];
        const services = S3_URL_SUFFIXES.map((suffix) => `s3.${bucket.env.region}.${suffix}`);
        const conditions = {
          StringEquals: { 'kms:ViaService': services },
          StringLike: { 'kms:EncryptionContext:aws:s3:arn': [bucket.bucketArn, bucket.arnForObjects('*')] },
        };
        fn.addToRolePolicy(new PolicyStatement({ actions: [action], resources, conditions }));
      }
    }
  }
}

function objectsOf(shared: AllowedBucket): string[] {
  const { bucket, prefix = '', uploadPrefix = prefix } = shared;
  const uploads = uploadPrefix.startsWith(prefix) ? [] : uploadsOf(shared);
  return [bucket.arnForObjects(`${prefix}*`), ...uploads];
}

function uploadsOf({ bucket, uploadPrefix }: AllowedBucket): string[] {
  return uploadPrefix === undefined ? [] : [bucket.arnForObjects(`${uploadPrefix}*`)];
}
