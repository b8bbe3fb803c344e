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
    for (const { prefix } of shared) {
      if (prefix !== undefined && !KEY_PREFIX.test(prefix)) {
        throw new Error(`prefix ${JSON.stringify(prefix)} is not ${KEY_PREFIX_RULE}`);
      }
    }
  }

  /**
   * Allows the function to check objects and presign downloads. With `ListBucket`, S3 returns 404 instead of 403 for a
   * missing object (https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html). It also reveals every key in
   * the bucket, so it is granted only for buckets without a prefix.
   */
  grantIssue(fn: LambdaFunction): void {
    const entries = this.shared.map(({ bucket, prefix }) => {
      const { region } = bucket.env;
      const elsewhere = region !== this.stack.region && !Token.isUnresolved(region);
      return { name: bucket.bucketName, ...(elsewhere && { region }), ...(prefix && { prefix }) };
    });
    fn.addEnvironment(ENVIRONMENT.allowedBuckets, this.stack.toJsonString(entries));
    this.grantRead(fn);
    this.allow(fn, ['s3:ListBucket'], ({ bucket, prefix }) => (prefix ? undefined : bucket.bucketArn));
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
    this.allowDecryption(fn);
    const reason = 'Links can be issued for every object with the prefix.';
    acknowledgeWildcards(fn.role ?? fn, this.shared.map(objectsOf), reason);
  }

  /**
   * Allows the actions on each bucket only while its owner is the expected account. Otherwise, another account could
   * re-create a deleted bucket under the same name, and links would lead to its objects.
   * https://docs.aws.amazon.com/AmazonS3/latest/userguide/amazon-s3-policy-keys.html
   */
  private allow(fn: LambdaFunction, actions: string[], arnOf: (shared: AllowedBucket) => string | undefined): void {
    for (const account of new Set(this.shared.map(({ bucket }) => bucket.env.account))) {
      const owned = this.shared.filter(({ bucket }) => bucket.env.account === account);
      const resources = owned.flatMap((shared) => arnOf(shared) ?? []);
      const conditions = { StringEquals: { 's3:ResourceAccount': account } };
      if (resources.length > 0) {
        fn.addToRolePolicy(new PolicyStatement({ actions, resources, conditions }));
      }
    }
  }

  /**
   * Allows decryption only through S3 and only of objects of the bucket, so that the function cannot decrypt anything else
   * that the key protects. The encryption context is the ARN of the object, or of the bucket if it has an S3 Bucket Key.
   * https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html#conditions-kms-via-service
   * https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html#encryption-context
   */
  private allowDecryption(fn: LambdaFunction): void {
    for (const { bucket } of this.shared) {
      if (bucket.encryptionKey !== undefined) {
        const resources = [bucket.encryptionKey.keyArn];
        const services = S3_URL_SUFFIXES.map((suffix) => `s3.${bucket.env.region}.${suffix}`);
        const conditions = {
          StringEquals: { 'kms:ViaService': services },
          StringLike: { 'kms:EncryptionContext:aws:s3:arn': [bucket.bucketArn, bucket.arnForObjects('*')] },
        };
        fn.addToRolePolicy(new PolicyStatement({ actions: ['kms:Decrypt'], resources, conditions }));
      }
    }
  }
}

function objectsOf({ bucket, prefix = '' }: AllowedBucket): string {
  return bucket.arnForObjects(`${prefix}*`);
}
