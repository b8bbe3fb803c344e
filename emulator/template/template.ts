import { LOCAL_EMULATOR } from '../../lambda/contract';
import { Fields, isRecord, UnsupportedTemplateError } from './fields';
import { type References, type ResourceIdentity, resolve } from './intrinsics';

/** Account of the emulated stack. */
export const LOCAL_ACCOUNT = '123456789012';
/** Region of the emulated stack; callers sign for it. */
export const LOCAL_REGION = LOCAL_EMULATOR.region;

/** A CloudFormation template as JSON. */
export interface CloudFormationTemplate {
  readonly [section: string]: unknown;
  readonly Resources: Readonly<Record<string, unknown>>;
}

/** A resource that the template declares. */
export interface Resource {
  readonly logicalId: string;
  readonly type: string;
  readonly identity: ResourceIdentity;
  /** Properties with intrinsic functions resolved. */
  readonly properties: Fields;
}

/** Resource types that do not change how requests are served. */
const IGNORED_TYPES: ReadonlySet<string> = new Set([
  'AWS::CDK::Metadata',
  'AWS::Logs::LogGroup',
  // Monitoring reads logs and metrics; no request depends on it.
  'AWS::CloudWatch::Alarm',
  'AWS::CloudWatch::Dashboard',
  'AWS::Logs::MetricFilter',
  'AWS::Logs::QueryDefinition',
  // Lets API Gateway write logs.
  'AWS::ApiGateway::Account',
  // A snapshot of the API. The emulator always serves the current state.
  'AWS::ApiGateway::Deployment',
  // DNS. Clients can use `curl --resolve` to reach the emulator.
  'AWS::Route53::RecordSet',
  // The rules of a web ACL are not in the template, so the emulator does not apply them.
  'AWS::WAFv2::WebACLAssociation',
  // The AWS CLI for the function that BucketDeployment adds. The emulator copies the files itself.
  'AWS::Lambda::LayerVersion',
]);

/** Resource types that the emulator reads. */
const SERVED_TYPES: ReadonlySet<string> = new Set([
  'AWS::ApiGateway::Authorizer',
  'AWS::ApiGateway::BasePathMapping',
  'AWS::ApiGateway::DomainName',
  'AWS::ApiGateway::GatewayResponse',
  'AWS::ApiGateway::Method',
  'AWS::ApiGateway::Model',
  'AWS::ApiGateway::RequestValidator',
  'AWS::ApiGateway::Resource',
  'AWS::ApiGateway::RestApi',
  'AWS::ApiGateway::Stage',
  'AWS::DynamoDB::Table',
  'AWS::Events::EventBus',
  'AWS::Events::Rule',
  'AWS::IAM::ManagedPolicy',
  'AWS::IAM::Policy',
  'AWS::IAM::Role',
  'AWS::Lambda::Function',
  'AWS::Lambda::Permission',
  'AWS::Logs::SubscriptionFilter',
  'AWS::S3::Bucket',
  'AWS::S3::BucketPolicy',
  'AWS::SNS::Subscription',
  'AWS::SNS::Topic',
  'AWS::SNS::TopicPolicy',
  'AWS::SQS::Queue',
  'AWS::SQS::QueuePolicy',
  'Custom::CDKBucketDeployment',
  'Custom::S3AutoDeleteObjects',
]);

/** Parameters, Rules and Conditions contain only CDK's bootstrap check and usage reporting, and are not evaluated. */
const SECTIONS: ReadonlySet<string> = new Set([
  'AWSTemplateFormatVersion',
  'Conditions',
  'Description',
  'Outputs',
  'Parameters',
  'Resources',
  'Rules',
]);

/** A synthesized template. @throws UnsupportedTemplateError for a section or resource type that is not supported */
export class Template {
  private readonly resources: readonly Resource[];
  private readonly references: References;
  private readonly declaredOutputs: Readonly<Record<string, unknown>>;

  /** @param stackName value of `AWS::StackName` */
  constructor(template: CloudFormationTemplate, stackName: string) {
    for (const section of Object.keys(template)) {
      if (!SECTIONS.has(section)) {
        throw new UnsupportedTemplateError(section, 'the local emulator does not support this section');
      }
    }
    const declared = Object.entries(template.Resources).map(([logicalId, value]) => {
      const resource = new Fields(`Resources.${logicalId}`, value);
      const type = resource.string('Type');
      if (!SERVED_TYPES.has(type) && !IGNORED_TYPES.has(type)) {
        throw new UnsupportedTemplateError(resource.path, `the local emulator does not support ${type}`);
      }
      resource.ignore('DeletionPolicy', 'UpdateReplacePolicy', 'DependsOn', 'Metadata');
      const properties = resource.optional('Properties') ?? {};
      if (!IGNORED_TYPES.has(type)) {
        resource.done();
      }
      return { logicalId, type, properties, identity: identityOf(logicalId, type, properties, stackName) };
    });
    this.references = {
      pseudoParameters: {
        'AWS::AccountId': LOCAL_ACCOUNT,
        'AWS::Partition': 'aws',
        'AWS::Region': LOCAL_REGION,
        'AWS::StackName': stackName,
        'AWS::URLSuffix': 'amazonaws.com',
      },
      resources: new Map(declared.map(({ logicalId, identity }) => [logicalId, identity])),
    };
    this.resources = declared
      .filter(({ type }) => SERVED_TYPES.has(type))
      .map(({ logicalId, type, identity, properties }) => {
        const path = `Resources.${logicalId}.Properties`;
        return {
          logicalId,
          type,
          identity,
          properties: new Fields(path, resolve(properties, this.references, path)),
        };
      });
    this.declaredOutputs = isRecord(template['Outputs']) ? template['Outputs'] : {};
  }

  /** All resources of a type, in template order. */
  ofType(type: string): readonly Resource[] {
    return this.resources.filter((resource) => resource.type === type);
  }

  /** Returns the only resource of a type. @throws UnsupportedTemplateError if there is none, or more than one */
  single(type: string): Resource {
    const [resource, ...others] = this.ofType(type);
    if (resource === undefined || others.length > 0) {
      throw new UnsupportedTemplateError('Resources', `the local emulator supports exactly one ${type}`);
    }
    return resource;
  }

  /** The stack's outputs, resolved. */
  outputs(): Readonly<Record<string, string>> {
    return Object.fromEntries(
      Object.entries(this.declaredOutputs).map(([name, output]) => {
        const path = `Outputs.${name}`;
        return [name, new Fields(path, resolve(output, this.references, path)).string('Value')];
      }),
    );
  }
}

/**
 * Replaces the names that CloudFormation generates. Derived from the logical ID, so that they stay the same after a
 * restart.
 */
function identityOf(logicalId: string, type: string, properties: unknown, stackName: string): ResourceIdentity {
  const property = (name: string): unknown => (isRecord(properties) ? properties[name] : undefined);
  const arn = (service: string, resource: string, region: string = LOCAL_REGION, account = LOCAL_ACCOUNT): string =>
    `arn:aws:${service}:${region}:${account}:${resource}`;
  const ref = `${stackName}-${logicalId}`;
  switch (type) {
    case 'AWS::S3::Bucket': {
      const name = ref.toLowerCase().slice(0, 63);
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
    case 'AWS::ApiGateway::RestApi':
      return { ref: 'local', attributes: { RootResourceId: 'root' } };
    case 'AWS::ApiGateway::DomainName': {
      const attributes = {
        RegionalDomainName: `d-local.execute-api.${LOCAL_REGION}.amazonaws.com`,
        RegionalHostedZoneId: 'ZLOCAL',
      };
      return { ref: String(property('DomainName')), attributes };
    }
    case 'AWS::ApiGateway::Stage':
      return { ref: String(property('StageName')), attributes: {} };
    default:
      return { ref, attributes: {} };
  }
}
