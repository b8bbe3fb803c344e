import { createHash } from 'node:crypto';
import { LOCAL_EMULATOR } from '../../lambda/contract';
import type { ResourceIdentity } from './intrinsics';
import type { Owner } from './owner';

/** Account of the emulated stacks. */
export const LOCAL_ACCOUNT = '123456789012';
/** Region of the emulated stacks; callers sign for it. */
export const LOCAL_REGION = LOCAL_EMULATOR.region;

/** A resource in a template, before its identity is known. */
export interface ResourceDeclaration {
  readonly logicalId: string;
  readonly type: string;
  readonly owner: Owner;
  readonly stackName: string;
  /** Reads a property; `undefined` if it is missing, or refers to another resource. */
  readonly property: (name: string) => unknown;
}

/** Properties with the names of resources. Without them, CloudFormation generates the name. */
const NAME_PROPERTIES: Readonly<Record<string, string>> = {
  'AWS::DynamoDB::Table': 'TableName',
  'AWS::IAM::Role': 'RoleName',
  'AWS::Lambda::Function': 'FunctionName',
  'AWS::Logs::LogGroup': 'LogGroupName',
  'AWS::S3::Bucket': 'BucketName',
  'AWS::SNS::Topic': 'TopicName',
  'AWS::SQS::Queue': 'QueueName',
};

const MAX_BUCKET_NAME_LENGTH = 63;

/**
 * Returns the identity of a resource. Names that CloudFormation would generate are derived from the logical ID, so that
 * they stay the same after a restart.
 */
export function identityOf({ logicalId, type, owner, stackName, property }: ResourceDeclaration): ResourceIdentity {
  const arn = (service: string, resource: string, region: string = LOCAL_REGION, account = LOCAL_ACCOUNT): string =>
    `arn:aws:${service}:${region}:${account}:${resource}`;
  const generated = `${stackName}-${logicalId}`;
  const chosen = property(NAME_PROPERTIES[type] ?? '');
  const ref = typeof chosen === 'string' ? chosen : generated;
  switch (type) {
    case 'AWS::S3::Bucket': {
      const name = bucketName(ref.toLowerCase());
      return { ref: name, attributes: { Arn: `arn:aws:s3:::${name}` } };
    }
    case 'AWS::DynamoDB::Table':
      return { ref, attributes: { Arn: arn('dynamodb', `table/${ref}`) } };
    case 'AWS::Lambda::Function':
      return { ref, attributes: { Arn: arn('lambda', `function:${ref}`) } };
    case 'AWS::IAM::ManagedPolicy': {
      const policyArn = arn('iam', `policy/${ref}`, '');
      return { ref: policyArn, attributes: { PolicyArn: policyArn } };
    }
    case 'AWS::IAM::Role':
      return { ref, attributes: { Arn: arn('iam', `role/${ref}`, '') } };
    case 'AWS::Logs::LogGroup':
      return { ref, attributes: { Arn: arn('logs', `log-group:${ref}:*`) } };
    case 'AWS::Events::EventBus': {
      const name = String(property('Name'));
      return { ref: name, attributes: { Arn: arn('events', `event-bus/${name}`), Name: name } };
    }
    case 'AWS::Events::Rule':
      return { ref, attributes: { Arn: arn('events', `rule/${ref}`) } };
    case 'AWS::SQS::Queue': {
      const url = `https://sqs.${LOCAL_REGION}.amazonaws.com/${LOCAL_ACCOUNT}/${ref}`;
      return { ref: url, attributes: { Arn: arn('sqs', ref), QueueName: ref } };
    }
    case 'AWS::SNS::Topic':
      return { ref: arn('sns', ref), attributes: {} };
    case 'AWS::KMS::Key':
      return { ref, attributes: { Arn: arn('kms', `key/${ref}`) } };
    case 'AWS::ApiGateway::RestApi':
      return { ref: owner === 'construct' ? 'local' : ref.toLowerCase(), attributes: { RootResourceId: 'root' } };
    case 'AWS::ApiGateway::DomainName': {
      const attributes = {
        RegionalDomainName: `d-local.execute-api.${LOCAL_REGION}.amazonaws.com`,
        RegionalHostedZoneId: 'ZLOCAL',
      };
      return { ref: String(property('DomainName')), attributes };
    }
    case 'AWS::ApiGateway::Stage':
      return { ref: String(property('StageName')), attributes: {} };
    default: {
      // Enough to pass the ARN to a function that calls another service, which the emulator refuses.
      const [, service = ''] = type.split('::');
      return { ref, attributes: { Arn: arn(service.toLowerCase(), ref) } };
    }
  }
}

/** Shortens a generated name, and keeps it unique. */
function bucketName(name: string): string {
  if (name.length <= MAX_BUCKET_NAME_LENGTH) {
    return name;
  }
  const hash = createHash('sha256').update(name).digest('hex').slice(0, 12);
  return `${name.slice(0, MAX_BUCKET_NAME_LENGTH - hash.length - 1)}-${hash}`;
}
