import { join } from 'node:path';
import { type CfnResource, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { BlockPublicAccess, Bucket, BucketEncryption, type IBucket, ObjectOwnership } from 'aws-cdk-lib/aws-s3';
import { BucketDeployment, Source } from 'aws-cdk-lib/aws-s3-deployment';
import { Construct } from 'constructs';
import { ENVIRONMENT } from '../lambda/names';

/** Properties of a {@link SharedBucket}. */
export interface SharedBucketProps {
  /** Keep the bucket and its objects when the stack goes. */
  readonly retainData: boolean;
}

/** The bucket that links are made for, with a sample object to try the first one on. */
export class SharedBucket extends Construct {
  /** Name of the bucket. */
  readonly bucketName: string;

  private readonly bucket: Bucket;

  constructor(scope: Construct, id: string, props: SharedBucketProps) {
    super(scope, id);
    this.bucket = new Bucket(this, 'Bucket', {
      encryption: BucketEncryption.S3_MANAGED,
      enforceSSL: true,
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      objectOwnership: ObjectOwnership.BUCKET_OWNER_ENFORCED,
      removalPolicy: props.retainData ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
      autoDeleteObjects: !props.retainData,
    });
    this.bucketName = this.bucket.bucketName;
    if (props.retainData) {
      // The bucket's policy is a resource of its own: without this, the bucket would be kept and its TLS rule would go.
      this.bucket.policy?.applyRemovalPolicy(RemovalPolicy.RETAIN);
    } else {
      this.logEmptying();
    }

    new BucketDeployment(this, 'SampleObject', {
      // The CDK's own types disagree under exactOptionalPropertyTypes: `isWebsite` is optional in one only.
      destinationBucket: this.bucket as IBucket,
      sources: [Source.asset(join(__dirname, '..', 'assets'), { exclude: ['*', '!S3.png'] })],
      // The default would delete, at every deployment, all that people have put into the bucket.
      prune: false,
      logGroup: this.helperLog('SampleObjectLogs'),
    });
  }

  /**
   * Lets the function find objects and presign downloads of them. `ListBucket` makes S3 say 404 and not 403 of an object
   * that is not there (https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadObject.html).
   */
  grantShare(fn: LambdaFunction): void {
    fn.addEnvironment(ENVIRONMENT.sharedBucket, this.bucketName);
    fn.addToRolePolicy(
      new PolicyStatement({
        actions: ['s3:GetObject', 's3:GetObjectVersion'],
        resources: [this.bucket.arnForObjects('*')],
      }),
    );
    fn.addToRolePolicy(new PolicyStatement({ actions: ['s3:ListBucket'], resources: [this.bucket.bucketArn] }));
  }

  /**
   * Gives the function that empties the bucket a log group of the stack's. The one that Lambda would make for it is kept
   * forever, beyond the stack, and the CDK has no property for it (https://github.com/aws/aws-cdk/issues/24815).
   */
  private logEmptying(): void {
    const provider = Stack.of(this).node.findChild('Custom::S3AutoDeleteObjectsCustomResourceProvider');
    const handler = provider.node.findChild('Handler') as CfnResource;
    handler.addPropertyOverride('LoggingConfig.LogGroup', this.helperLog('EmptyingLogs').logGroupName);
  }

  /** The log of a function that the CDK runs for us while it deploys. */
  private helperLog(id: string): LogGroup {
    return new LogGroup(this, id, { retention: RetentionDays.ONE_MONTH, removalPolicy: RemovalPolicy.DESTROY });
  }
}
