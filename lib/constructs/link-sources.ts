import { Aws, type CfnResource, Stack } from 'aws-cdk-lib';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import type { Bucket } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { ENVIRONMENT } from '../../lambda/contract';
import { type ExistingBucket, environmentEntry } from '../options/shared-buckets';
import { acknowledge } from './acknowledge';

/** Properties of {@link LinkSources}. */
export interface LinkSourcesProps {
  /** The bucket that the stack makes. @default - it makes none */
  readonly ownBucket?: Bucket;
  /** Buckets that are there already. With the own one, there is at least one. */
  readonly existingBuckets: readonly ExistingBucket[];
}

/** A bucket, as policies name it. */
interface Source {
  readonly bucket: ExistingBucket;
  readonly account: string;
  readonly arn: string;
  /** How cdk-nag writes {@link arn}. */
  readonly flatArn: string;
}

/** The buckets that links may be made for, and who may read them. */
export class LinkSources extends Construct {
  /** Name of the bucket to try the first link on: the own one if there is one. */
  readonly firstBucketName: string;

  private readonly sources: readonly Source[];

  constructor(scope: Construct, id: string, props: LinkSourcesProps) {
    super(scope, id);
    const { partition } = Stack.of(this);
    const existing = props.existingBuckets.map((bucket) => ({
      bucket,
      account: bucket.account ?? Aws.ACCOUNT_ID,
      arn: `arn:${partition}:s3:::${bucket.name}`,
      flatArn: `arn:<AWS::Partition>:s3:::${bucket.name}`,
    }));
    this.sources = [...(props.ownBucket === undefined ? [] : [sourceOf(props.ownBucket)]), ...existing];
    const [first] = this.sources;
    if (first === undefined) {
      throw new Error('there is no bucket to share from');
    }
    this.firstBucketName = first.bucket.name;
  }

  /**
   * Lets the function find objects and presign downloads of them. `ListBucket` makes S3 say 404 and not 403 of an object
   * that is not there (https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html). It shows all names of a bucket:
   * where only a part of it is shared, a missing object looks forbidden instead.
   */
  grantShare(fn: LambdaFunction): void {
    fn.addEnvironment(
      ENVIRONMENT.sharedBuckets,
      Stack.of(this).toJsonString(this.sources.map(({ bucket }) => environmentEntry(bucket))),
    );
    this.grantDownload(fn);
    const whole = this.sources.filter(({ bucket }) => bucket.prefix === undefined);
    this.allow(fn, ['s3:ListBucket'], whole, ({ arn }) => arn);
  }

  /** Lets the function presign downloads of objects that were found before, in the version that was found. */
  grantSignOnOpen(fn: LambdaFunction): void {
    this.grantDownload(fn);
  }

  private grantDownload(fn: LambdaFunction): void {
    fn.addEnvironment(ENVIRONMENT.urlSuffix, Stack.of(this).urlSuffix);
    const objects = (arn: string, { prefix = '' }: ExistingBucket): string => `${arn}/${prefix}*`;
    this.allow(fn, ['s3:GetObject', 's3:GetObjectVersion'], this.sources, ({ arn, bucket }) => objects(arn, bucket));
    this.allowDecryption(fn);
    const findings = this.sources.map(({ flatArn, bucket }) => `IAM5[Resource::${objects(flatArn, bucket)}]`);
    const reason = 'Links may be made for any object of what the bucket shares.';
    acknowledge(fn.role ?? fn, Object.fromEntries(findings.map((finding) => [finding, reason])));
  }

  /**
   * Allows the actions on these sources, of each in the account of its bucket only: a bucket that was deleted may be anybody's under the same name, and
   * links would lead to what that one put there.
   * https://docs.aws.amazon.com/AmazonS3/latest/userguide/amazon-s3-policy-keys.html
   */
  private allow(
    fn: LambdaFunction,
    actions: string[],
    sources: readonly Source[],
    resourceOf: (source: Source) => string,
  ): void {
    for (const account of new Set(sources.map((source) => source.account))) {
      const resources = sources.filter((source) => source.account === account).map(resourceOf);
      const conditions = { StringEquals: { 's3:ResourceAccount': account } };
      fn.addToRolePolicy(new PolicyStatement({ actions, resources, conditions }));
    }
  }

  /**
   * Allows S3 to decrypt for the function, which reads what is shared and nothing else; not the function itself, for which
   * the key would open whatever else it protects.
   * https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html#conditions-kms-via-service
   */
  private allowDecryption(fn: LambdaFunction): void {
    const { region: ownRegion, urlSuffix } = Stack.of(this);
    const encrypted = this.sources.flatMap(({ bucket: { kmsKeyArn, region } }) =>
      kmsKeyArn === undefined ? [] : [{ kmsKeyArn, service: `s3.${region ?? ownRegion}.${urlSuffix}` }],
    );
    if (encrypted.length > 0) {
      const [service, ...others] = new Set(encrypted.map((source) => source.service));
      fn.addToRolePolicy(
        new PolicyStatement({
          actions: ['kms:Decrypt'],
          resources: encrypted.map(({ kmsKeyArn }) => kmsKeyArn),
          conditions: { StringEquals: { 'kms:ViaService': others.length === 0 ? service : [service, ...others] } },
        }),
      );
    }
  }
}

function sourceOf(bucket: Bucket): Source {
  const logicalId = Stack.of(bucket).getLogicalId(bucket.node.defaultChild as CfnResource);
  return {
    bucket: { name: bucket.bucketName },
    account: Aws.ACCOUNT_ID,
    arn: bucket.bucketArn,
    flatArn: `<${logicalId}.Arn>`,
  };
}
