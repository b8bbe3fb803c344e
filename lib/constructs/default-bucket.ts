import { join } from 'node:path';
import {
  type CfnResource,
  type CustomResourceProviderBase,
  Duration,
  RemovalPolicy,
  Stack,
  Validations,
} from 'aws-cdk-lib';
import { AnyPrincipal, Effect, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import {
  BlockPublicAccess,
  Bucket,
  BucketEncryption,
  type CfnBucket,
  HttpMethods,
  type IBucket,
  ObjectOwnership,
  PartitionDateSource,
  TargetObjectKeyFormat,
} from 'aws-cdk-lib/aws-s3';
import { BucketDeployment, type BucketDeploymentProps, Source } from 'aws-cdk-lib/aws-s3-deployment';
import { Construct } from 'constructs';
import { INBOX, MAX_UPLOAD_DAYS, UPLOAD_FOLDER, UPLOAD_HEADERS, UPLOAD_KEPT_DAYS } from '../../lambda/contract';
import { acknowledge, acknowledgeWildcards } from './acknowledge';

/** IDs of the CDK's functions that empty and fill buckets. A stack has at most one of each for all of its buckets. */
const EMPTYING_FUNCTION = 'Custom::S3AutoDeleteObjectsCustomResourceProvider';
const COPYING_FUNCTION = 'Custom::CDKBucketDeployment8693BB64968944B69AAFB0CC9EB8756C';

/** Properties of {@link DefaultBucket}. */
export interface DefaultBucketProps {
  readonly retainData: boolean;
  readonly serverAccessLogsBucket: IBucket | undefined;
  /** How long received files are kept. */
  readonly receivedRetention: Duration;
}

/**
 * The default bucket, with a sample object for the first link. With `retainData`, both are kept when the stack is
 * deleted, but not when its creation fails.
 */
export class DefaultBucket extends Construct {
  readonly bucket: IBucket;
  /** Copies the sample object into the bucket. */
  readonly sampleObject: BucketDeployment;

  constructor(scope: Construct, id: string, props: DefaultBucketProps) {
    super(scope, id);
    const { retainData, serverAccessLogsBucket, receivedRetention } = props;
    // If other buckets of the stack already use these functions, their configuration must not change.
    const [emptyingIsNew, copyingIsNew] = [EMPTYING_FUNCTION, COPYING_FUNCTION].map(
      (name) => Stack.of(this).node.tryFindChild(name) === undefined,
    );
    const bucket = new Bucket(this, 'Bucket', {
      encryption: BucketEncryption.S3_MANAGED,
      enforceSSL: true,
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      objectOwnership: ObjectOwnership.BUCKET_OWNER_ENFORCED,
      ...(serverAccessLogsBucket && {
        serverAccessLogsBucket,
        // The key contains the name of this bucket, so a query reads its logs only.
        targetObjectKeyFormat: TargetObjectKeyFormat.partitionedPrefix(PartitionDateSource.EVENT_TIME),
      }),
      // Lets the pages check that an object exists, and upload files. Allowing any origin is safe: both require a presigned URL.
      cors: [
        { allowedMethods: [HttpMethods.GET], allowedOrigins: ['*'], allowedHeaders: ['range'], maxAge: 3600 },
        {
          allowedMethods: [HttpMethods.PUT],
          allowedOrigins: ['*'],
          allowedHeaders: [...UPLOAD_HEADERS],
          maxAge: 3600,
        },
      ],
      lifecycleRules: [
        {
          id: 'RemoveSharedFiles',
          prefix: UPLOAD_FOLDER,
          expiration: Duration.days(UPLOAD_KEPT_DAYS),
          abortIncompleteMultipartUploadAfter: Duration.days(MAX_UPLOAD_DAYS),
        },
        { id: 'RemoveReceivedFiles', prefix: INBOX, expiration: receivedRetention },
      ],
      removalPolicy: retainData ? RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE : RemovalPolicy.DESTROY,
      autoDeleteObjects: !retainData,
    });
    bucket.addToResourcePolicy(refuseOverwriting(bucket.arnForObjects(`${INBOX}*`)));
    // Not `eventBridgeEnabled`, for which CDK adds a function that calls S3 during deployments.
    (bucket.node.defaultChild as CfnBucket).notificationConfiguration = {
      eventBridgeConfiguration: { eventBridgeEnabled: true },
    };
    if (serverAccessLogsBucket === undefined) {
      acknowledge(bucket, { S1: 'Server access logs need a bucket of the account: see serverAccessLogsBucket.' });
    } else {
      const reason =
        'The policy of an imported bucket belongs to its owner: docs/operations.md has the statement to add.';
      Validations.of(bucket).acknowledge({ id: 'Annotation::@aws-cdk/aws-s3:accessLogsPolicyNotAdded', reason });
    }
    if (retainData) {
      // The bucket policy is a separate resource. Without this, the retained bucket would no longer require TLS.
      bucket.policy?.applyRemovalPolicy(RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE);
    } else {
      this.configureEmptying(bucket.bucketArn, emptyingIsNew === true);
    }

    // CDK's types are incompatible under exactOptionalPropertyTypes: only one of them declares `isWebsite` as optional.
    this.bucket = bucket as IBucket;
    this.sampleObject = new BucketDeployment(this, 'SampleObject', {
      destinationBucket: this.bucket,
      sources: [Source.asset(join(__dirname, '..', '..', 'assets'), { exclude: ['*', '!S3.png'] })],
      // By default, every deployment deletes all other objects in the bucket.
      prune: false,
      ...(copyingIsNew && this.copyingLog()),
    });
    acknowledgeCopying(this.sampleObject, this.bucket, copyingIsNew === true);
  }

  /**
   * Gives CDK's copying function a log group, and a role that cannot create another one: the managed policy of the default
   * role can re-create the log group after its deletion, and the next deployment would collide with it.
   */
  private copyingLog(): Pick<BucketDeploymentProps, 'logGroup' | 'role'> {
    const logGroup = new LogGroup(this, 'SampleObjectLogs');
    const role = new Role(this, 'SampleObjectRole', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
    logGroup.grantWrite(role);
    return { logGroup, role };
  }

  /**
   * Gives CDK's emptying function a log group, and takes the permission to create another one. CDK has no property for
   * either (https://github.com/aws/aws-cdk/issues/24815).
   */
  private configureEmptying(bucketArn: string, functionIsNew: boolean): void {
    const provider = Stack.of(this).node.findChild(EMPTYING_FUNCTION) as CustomResourceProviderBase;
    // If `retainData` is switched on later, the function is called after the bucket policy no longer lets it read the tags.
    // https://github.com/aws/aws-cdk/issues/37257
    provider.addToRolePolicy({ Effect: 'Allow', Action: 's3:GetBucketTagging', Resource: bucketArn });
    if (functionIsNew) {
      const logGroup = new LogGroup(this, 'EmptyingLogs');
      const handler = provider.node.findChild('Handler') as CfnResource;
      handler.addPropertyOverride('LoggingConfig.LogGroup', logGroup.logGroupName);
      const role = provider.node.findChild('Role') as CfnResource;
      role.addPropertyDeletionOverride('ManagedPolicyArns');
      const Action = ['logs:CreateLogStream', 'logs:PutLogEvents'];
      provider.addToRolePolicy({ Effect: 'Allow', Action, Resource: logGroup.logGroupArn });
    }
  }
}

/**
 * Denies everybody uploads without `If-None-Match`, which could replace an object. The requests that start a multipart upload
 * and send its parts cannot have this header; the one that completes it can.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes-enforce.html
 */
function refuseOverwriting(objects: string): PolicyStatement {
  return new PolicyStatement({
    sid: 'RefuseOverwriting',
    effect: Effect.DENY,
    principals: [new AnyPrincipal()],
    actions: ['s3:PutObject'],
    resources: [objects],
    conditions: { Null: { 's3:if-none-match': 'true' }, Bool: { 's3:ObjectCreationOperation': 'true' } },
  });
}

function acknowledgeCopying({ handlerRole }: BucketDeployment, bucket: IBucket, functionIsNew: boolean): void {
  const reason = 'CDK grants its function this permission to copy the sample object during a deployment.';
  acknowledgeWildcards(handlerRole, [`${bucket.bucketArn}/*`], reason);
  if (functionIsNew) {
    const { partition, account, region } = Stack.of(bucket);
    const assets = `arn:${partition}:s3:::cdk-hnb659fds-assets-${account}-${region}/*`;
    acknowledgeWildcards(handlerRole, [assets], reason);
    acknowledge(handlerRole, {
      'IAM5[Action::s3:Abort*]': reason,
      'IAM5[Action::s3:DeleteObject*]': reason,
      'IAM5[Action::s3:GetBucket*]': reason,
      'IAM5[Action::s3:GetObject*]': reason,
      'IAM5[Action::s3:List*]': reason,
    });
    acknowledge(Stack.of(bucket).node.findChild(COPYING_FUNCTION), { L1: 'CDK chooses the runtime of its function.' });
  }
}
