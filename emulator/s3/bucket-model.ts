import { type PolicyStatement, parseStatement } from '../iam/policy';
import type { Fields } from '../template/fields';
import type { Resource, Template } from '../template/template';
import { type CorsRule, readCors } from './cors';

/** A bucket in the template, or an existing bucket. */
export interface LocalBucket {
  readonly name: string;
  readonly arn: string;
  readonly versioned: boolean;
  /** The Region that callers sign for. @default - the Region of the server */
  readonly region?: string;
  /** Owner of the bucket. @default - the account of the emulator */
  readonly account?: string;
  /** KMS key of all objects. Readers need `kms:Decrypt` for it, and uploads in one PUT `kms:GenerateDataKey`. @default - none */
  readonly kmsKeyArn?: string;
  /** CORS rules. @default - CORS is not enabled */
  readonly cors?: readonly CorsRule[];
  /** Whether S3 sends the events of the bucket to EventBridge. @default false */
  readonly sendsEvents?: boolean;
  /** Statements of the bucket policy that deny access, to everybody. @default - none */
  readonly denials?: readonly PolicyStatement[];
}

/** Reads the buckets in the template and checks their policies. */
export function readBuckets(template: Template): readonly LocalBucket[] {
  const emptyingRoleArn = findEmptyingRole(template);
  const policies = template.read('AWS::S3::BucketPolicy', ({ properties }) =>
    readBucketPolicy(properties, emptyingRoleArn),
  );
  return template.read('AWS::S3::Bucket', ({ owner, identity, properties }) => {
    const versioning = properties.object('VersioningConfiguration');
    const versioned = versioning.only('Status', 'Enabled').optional('Status') === 'Enabled';
    versioning.done();
    if (owner === 'construct') {
      readLifecycle(properties.object('LifecycleConfiguration'));
    }
    const kmsKeyArn = owner === 'app' ? readKey(properties) : undefined;
    const cors = properties.has('CorsConfiguration') ? readCors(properties.object('CorsConfiguration')) : undefined;
    const sendsEvents = readNotifications(properties.object('NotificationConfiguration'), owner);
    // The emulator supports neither anonymous access nor ACLs, stores objects unencrypted, and writes no server access logs.
    properties
      .ignore('BucketEncryption', 'LoggingConfiguration', 'OwnershipControls', 'PublicAccessBlockConfiguration', 'Tags')
      .done();
    const arn = identity.attributes['Arn'] ?? '';
    const denials = policies.flatMap((policy) => (policy.bucketName === identity.ref ? policy.denials : []));
    return {
      name: identity.ref,
      arn,
      versioned,
      denials,
      sendsEvents,
      ...(kmsKeyArn && { kmsKeyArn }),
      ...(cors && { cors }),
    };
  });
}

/** Returns whether events are sent to EventBridge. In the app, notifications of other kinds are ignored. */
function readNotifications(notifications: Fields, owner: Resource['owner']): boolean {
  const sendsEvents = notifications.object('EventBridgeConfiguration').boolean('EventBridgeEnabled', false);
  if (owner === 'construct') {
    notifications.done();
  }
  return sendsEvents;
}

/** Returns the ARN of the key that encrypts the objects by default. */
function readKey(bucket: Fields): string | undefined {
  const [rule] = bucket.object('BucketEncryption').objects('ServerSideEncryptionConfiguration');
  return rule?.object('ServerSideEncryptionByDefault').optionalString('KMSMasterKeyID');
}

/** Returns the ARN of the role that empties buckets when the stack is deleted. */
function findEmptyingRole(template: Template): unknown {
  const [resource] = template.ofType('Custom::S3AutoDeleteObjects');
  const provider = template
    .ofType('AWS::Lambda::Function')
    .find(({ identity }) => identity.attributes['Arn'] === resource?.properties.optional('ServiceToken'));
  return provider?.properties.optional('Role');
}

/**
 * Accepts rules that expire objects below a prefix and abort incomplete uploads, but does not apply them. On AWS, they
 * take days to act, so the stack must not rely on them.
 */
function readLifecycle(lifecycle: Fields): void {
  for (const rule of lifecycle.objects('Rules')) {
    rule.ignore('Id').only('Status', 'Enabled');
    rule.string('Prefix');
    rule.number('ExpirationInDays');
    if (rule.has('AbortIncompleteMultipartUpload')) {
      const incomplete = rule.object('AbortIncompleteMultipartUpload');
      incomplete.number('DaysAfterInitiation');
      incomplete.done();
    }
    rule.done();
  }
  lifecycle.done();
}

/** Actions that empty a bucket on deletion. */
const EMPTYING_ACTIONS = ['s3:DeleteObject*', 's3:GetBucket*', 's3:List*', 's3:PutBucketPolicy'];

interface BucketPolicy {
  readonly bucketName: string;
  readonly denials: readonly PolicyStatement[];
}

/**
 * Reads statements that deny access to everybody. Accepts one other statement but does not apply it: the one that allows
 * the stack to empty its bucket on deletion.
 */
function readBucketPolicy(properties: Fields, emptyingRoleArn: unknown): BucketPolicy {
  const bucketName = properties.string('Bucket');
  const denials: PolicyStatement[] = [];
  const document = properties.object('PolicyDocument').only('Version', '2012-10-17');
  for (const statement of document.objects('Statement')) {
    if (statement.string('Effect') === 'Deny') {
      denials.push(readDenial(statement));
    } else {
      statement.ignore('Resource', 'Sid');
      // Their order depends on the feature flags of the app.
      const actions = statement.list('Action').map(String).sort();
      if (JSON.stringify(actions) !== JSON.stringify(EMPTYING_ACTIONS)) {
        throw statement.error('Action', `the local emulator supports only ${JSON.stringify(EMPTYING_ACTIONS)}`);
      }
      statement.only('Principal', { AWS: emptyingRoleArn }).done();
    }
  }
  document.done();
  properties.done();
  return { bucketName, denials };
}

function readDenial(statement: Fields): PolicyStatement {
  const principal = statement.optional('Principal');
  if (principal !== '*' && JSON.stringify(principal) !== JSON.stringify({ AWS: '*' })) {
    throw statement.error('Principal', 'the local emulator supports only denials for everybody');
  }
  const { Principal: _, ...others } = { ...(statement.value() as object), Principal: principal };
  return parseStatement(others, statement.path);
}
