import { join } from 'node:path';
import { type CfnResource, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { BlockPublicAccess, Bucket, BucketEncryption, type IBucket, ObjectOwnership } from 'aws-cdk-lib/aws-s3';
import { BucketDeployment, Source } from 'aws-cdk-lib/aws-s3-deployment';
import { Construct } from 'constructs';
import { MAX_UPLOAD_DAYS, UPLOAD_FOLDER, UPLOAD_KEPT_DAYS } from '../../lambda/contract';
import { stackLog } from '../monitoring/stack-log';
import { acknowledge } from './acknowledge';

/** Properties of a {@link SharedBucket}. */
export interface SharedBucketProps {
  /** Keep the bucket and its objects when the stack goes. */
  readonly retainData: boolean;
}

/** A bucket to share from, with a sample object to try the first link on. */
export class SharedBucket extends Construct {
  /** The bucket itself. */
  readonly bucket: Bucket;

  constructor(scope: Construct, id: string, props: SharedBucketProps) {
    super(scope, id);
    this.bucket = new Bucket(this, 'Bucket', {
      encryption: BucketEncryption.S3_MANAGED,
      enforceSSL: true,
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      objectOwnership: ObjectOwnership.BUCKET_OWNER_ENFORCED,
      lifecycleRules: [
        {
          id: 'RemoveSharedFiles',
          prefix: UPLOAD_FOLDER,
          expiration: Duration.days(UPLOAD_KEPT_DAYS),
          abortIncompleteMultipartUploadAfter: Duration.days(MAX_UPLOAD_DAYS),
        },
      ],
      removalPolicy: props.retainData ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
      autoDeleteObjects: !props.retainData,
    });
    if (props.retainData) {
      // The bucket's policy is a resource of its own: without this, the bucket would be kept and its TLS rule would go.
      this.bucket.policy?.applyRemovalPolicy(RemovalPolicy.RETAIN);
    } else {
      this.logEmptying();
    }

    acknowledge(this.bucket, {
      S1: 'Server access logs hold the addresses that were asked for: presigned URLs, which open what they name.',
    });

    const deployment = new BucketDeployment(this, 'SampleObject', {
      // The CDK's own types disagree under exactOptionalPropertyTypes: `isWebsite` is optional in one only.
      destinationBucket: this.bucket as IBucket,
      sources: [Source.asset(join(__dirname, '..', '..', 'assets'), { exclude: ['*', '!S3.png'] })],
      // The default would delete, at every deployment, all that people have put into the bucket.
      prune: false,
      logGroup: stackLog(this, 'SampleObjectLogs'),
    });
    this.acknowledgeCopying(deployment);
  }

  /**
   * Gives the function that empties the bucket a log group of the stack's. The one that Lambda would make for it is kept
   * forever, beyond the stack, and the CDK has no property for it (https://github.com/aws/aws-cdk/issues/24815).
   */
  private logEmptying(): void {
    const provider = Stack.of(this).node.findChild('Custom::S3AutoDeleteObjectsCustomResourceProvider');
    const handler = provider.node.findChild('Handler') as CfnResource;
    handler.addPropertyOverride('LoggingConfig.LogGroup', stackLog(this, 'EmptyingLogs').logGroupName);
  }

  private acknowledgeCopying(deployment: BucketDeployment): void {
    const reason =
      'Right that the CDK gives its own function, which copies the sample object while the stack is deployed.';
    const findings = [
      'IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole]',
      ...['Abort', 'DeleteObject', 'GetBucket', 'GetObject', 'List'].map((verb) => `IAM5[Action::s3:${verb}*]`),
      'IAM5[Resource::arn:<AWS::Partition>:s3:::cdk-hnb659fds-assets-<AWS::AccountId>-<AWS::Region>/*]',
      this.anyObjectFinding(),
    ];
    acknowledge(deployment.handlerRole, Object.fromEntries(findings.map((finding) => [finding, reason])));
    acknowledge(deployment.handlerRole.node.scope ?? deployment, {
      L1: 'The CDK chooses the runtime of its own function.',
    });
  }

  /** Name of the finding that a policy speaks of every object of the bucket. */
  private anyObjectFinding(): string {
    return `IAM5[Resource::<${Stack.of(this).getLogicalId(this.bucket.node.defaultChild as CfnResource)}.Arn>/*]`;
  }
}
