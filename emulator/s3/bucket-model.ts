import type { LocalTable } from '../dynamodb/server';
import type { Fields } from '../template/fields';
import type { Resource, Template } from '../template/template';
import type { LocalBucket } from './server';

/** Files that a deployment puts into a bucket. */
export interface SampleFiles {
  readonly bucketName: string;
  /** Keys of the assets, as `<hash>.zip`. */
  readonly assetKeys: readonly string[];
}

/** Reads the tables of the template. */
export function readTables(template: Template): readonly LocalTable[] {
  return template.ofType('AWS::DynamoDB::Table').map(readTable);
}

function readTable({ identity, properties }: Resource): LocalTable {
  const keys = properties.objects('KeySchema');
  const attributes = properties.objects('AttributeDefinitions');
  const [key] = keys;
  if (key === undefined || keys.length > 1 || attributes.length > 1) {
    throw properties.problem('KeySchema', 'the local emulator supports a partition key only');
  }
  const name = key.only('KeyType', 'HASH').string('AttributeName');
  const type = attributes[0]?.only('AttributeName', name).string('AttributeType');
  if (type !== 'S' && type !== 'N' && type !== 'B') {
    throw properties.problem('AttributeDefinitions', 'must give the type of the partition key: S, N or B');
  }
  key.done();
  // Nothing is purged here: on AWS it happens days late, so that nothing may rely on it.
  properties.ignore('TimeToLiveSpecification', 'DeletionProtectionEnabled');
  properties.only('BillingMode', 'PAY_PER_REQUEST').done();
  return { name: identity.ref, arn: identity.attributes['Arn'] ?? '', partitionKey: { name, type } };
}

/** Reads the buckets of the template, with the policies on them. */
export function readBuckets(template: Template): readonly LocalBucket[] {
  const emptyingRole = template
    .ofType('AWS::IAM::Role')
    .find(({ logicalId }) => logicalId.startsWith('CustomS3AutoDeleteObjectsCustomResourceProviderRole'));
  for (const { properties } of template.ofType('AWS::S3::BucketPolicy')) {
    readBucketPolicy(properties, emptyingRole?.identity.attributes['Arn']);
  }
  return template.ofType('AWS::S3::Bucket').map(({ identity, properties }) => {
    const versioning = properties.object('VersioningConfiguration');
    const versioned = versioning.only('Status', 'Enabled').optional('Status') === 'Enabled';
    versioning.done();
    readLifecycle(properties.object('LifecycleConfiguration'));
    // The emulator has no anonymous access, no access lists and no use for encryption at rest: these hold by themselves.
    properties.ignore('BucketEncryption', 'OwnershipControls', 'PublicAccessBlockConfiguration', 'Tags').done();
    return { name: identity.ref, arn: identity.attributes['Arn'] ?? '', versioned };
  });
}

/**
 * Rules that remove objects below a prefix, and uploads in parts that nobody completes, are known. They count days, and on
 * AWS act late: the emulator removes nothing, as nothing may rely on it.
 */
function readLifecycle(lifecycle: Fields): void {
  for (const rule of lifecycle.objects('Rules')) {
    rule.ignore('Id').only('Status', 'Enabled');
    rule.string('Prefix');
    rule.number('ExpirationInDays');
    const unfinished = rule.object('AbortIncompleteMultipartUpload');
    unfinished.number('DaysAfterInitiation');
    unfinished.done();
    rule.done();
  }
  lifecycle.done();
}

/**
 * Two statements are known. One denies plain http: the emulator speaks nothing else, on loopback only, and leaves exactly that
 * one out. The other lets the resource that empties the bucket do so: there is none here.
 */
function readBucketPolicy(properties: Fields, emptyingRoleArn: string | undefined): void {
  properties.ignore('Bucket');
  const document = properties.object('PolicyDocument').only('Version', '2012-10-17');
  for (const statement of document.objects('Statement')) {
    statement.ignore('Resource', 'Sid');
    if (statement.string('Effect') === 'Deny') {
      statement.only('Action', 's3:*').only('Principal', { AWS: '*' });
      statement.only('Condition', { Bool: { 'aws:SecureTransport': 'false' } });
    } else {
      statement.only('Action', ['s3:DeleteObject*', 's3:GetBucket*', 's3:List*', 's3:PutBucketPolicy']);
      statement.only('Principal', { AWS: emptyingRoleArn });
    }
    statement.done();
  }
  document.done();
  properties.done();
}

/** Reads what the deployment puts into buckets. */
export function readSampleFiles(template: Template): readonly SampleFiles[] {
  return template.ofType('Custom::CDKBucketDeployment').map(({ properties }) => {
    properties.ignore('ServiceToken', 'SourceBucketNames', 'WaitForDistributionInvalidation', 'OutputObjectKeys');
    const sample = {
      bucketName: properties.only('Prune', false).string('DestinationBucketName'),
      assetKeys: properties.list('SourceObjectKeys').map(String),
    };
    properties.done();
    return sample;
  });
}
