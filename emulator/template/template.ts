import { LOCAL_EMULATOR } from '../../lambda/contract';
import { Fields, isRecord, UnsupportedTemplateError } from './fields';
import { type References, type ResourceIdentity, resolve } from './intrinsics';

/** Account that the emulator plays. */
export const LOCAL_ACCOUNT = '123456789012';
/** Region that the emulator plays, and that callers sign for. */
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

/** Resource types that have no part in serving a link: what they do on AWS, the emulator does by itself or does not need. */
const WITHOUT_A_PART: ReadonlySet<string> = new Set([
  'AWS::CDK::Metadata',
  'AWS::Logs::LogGroup',
  // For whoever watches the deployment: they read its logs and metrics, and answer nobody.
  'AWS::CloudWatch::Alarm',
  'AWS::CloudWatch::Dashboard',
  'AWS::Logs::MetricFilter',
  'AWS::Logs::QueryDefinition',
  'AWS::SNS::Subscription',
  'AWS::SNS::Topic',
  'AWS::SNS::TopicPolicy',
  // Grants API Gateway its logs.
  'AWS::ApiGateway::Account',
  // A snapshot of the API; the emulator serves the newest always.
  'AWS::ApiGateway::Deployment',
  // Where the DNS leads. The emulator is found by whoever says so to a client: `curl --resolve`.
  'AWS::Route53::RecordSet',
  // Which web ACL guards the API. Its rules are in no template: the emulator lets through whatever the API does.
  'AWS::WAFv2::WebACLAssociation',
  // The AWS CLI that BucketDeployment's function copies with; the emulator copies by itself.
  'AWS::Lambda::LayerVersion',
]);

/** Resource types that some part of the emulator reads. */
const KNOWN: ReadonlySet<string> = new Set([
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
  'AWS::IAM::ManagedPolicy',
  'AWS::IAM::Policy',
  'AWS::IAM::Role',
  'AWS::Lambda::Function',
  'AWS::Lambda::Permission',
  'AWS::S3::Bucket',
  'AWS::S3::BucketPolicy',
  'Custom::CDKBucketDeployment',
  'Custom::S3AutoDeleteObjects',
]);

/** Sections that do not say what is served: checks of the toolkit's bootstrap, and where usage is reported. */
const SECTIONS: ReadonlySet<string> = new Set([
  'AWSTemplateFormatVersion',
  'Conditions',
  'Description',
  'Outputs',
  'Parameters',
  'Resources',
  'Rules',
]);

/** Reads a synthesised template. @throws UnsupportedTemplateError for anything in it that the emulator does not know. */
export class Template {
  private readonly resources: readonly Resource[];
  private readonly references: References;
  private readonly declaredOutputs: Readonly<Record<string, unknown>>;

  /** @param stackName what `AWS::StackName` is. */
  constructor(template: CloudFormationTemplate, stackName: string) {
    for (const section of Object.keys(template)) {
      if (!SECTIONS.has(section)) {
        throw new UnsupportedTemplateError(section, 'the local emulator does not know this section');
      }
    }
    const declared = Object.entries(template.Resources).map(([logicalId, value]) => {
      const resource = new Fields(`Resources.${logicalId}`, value);
      const type = resource.string('Type');
      if (!KNOWN.has(type) && !WITHOUT_A_PART.has(type)) {
        throw new UnsupportedTemplateError(resource.path, `the local emulator does not know resources of type ${type}`);
      }
      resource.ignore('DeletionPolicy', 'UpdateReplacePolicy', 'DependsOn', 'Metadata');
      const properties = resource.optional('Properties') ?? {};
      if (!WITHOUT_A_PART.has(type)) {
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
      .filter(({ type }) => KNOWN.has(type))
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

  /** All resources of a type, in the template's order. */
  ofType(type: string): readonly Resource[] {
    return this.resources.filter((resource) => resource.type === type);
  }

  /** The one resource of a type. */
  theOnly(type: string): Resource {
    const [resource, ...others] = this.ofType(type);
    if (resource === undefined || others.length > 0) {
      throw new UnsupportedTemplateError('Resources', `the local emulator wants exactly one resource of type ${type}`);
    }
    return resource;
  }

  /** Values of the stack's outputs, resolved. */
  outputs(): Readonly<Record<string, string>> {
    return Object.fromEntries(
      Object.entries(this.declaredOutputs).map(([name, output]) => {
        const path = `Outputs.${name}`;
        return [name, new Fields(path, resolve(output, this.references, path)).string('Value')];
      }),
    );
  }
}

/** Names that CloudFormation would invent. Here they follow from the logical id, so that they are the same at each start. */
function identityOf(logicalId: string, type: string, properties: unknown, stackName: string): ResourceIdentity {
  const own = (name: string): unknown => (isRecord(properties) ? properties[name] : undefined);
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
    case 'AWS::SNS::Topic':
      return { ref: arn('sns', ref), attributes: {} };
    case 'AWS::ApiGateway::RestApi':
      return { ref: 'local', attributes: { RootResourceId: 'root' } };
    case 'AWS::ApiGateway::DomainName': {
      const attributes = {
        RegionalDomainName: `d-local.execute-api.${LOCAL_REGION}.amazonaws.com`,
        RegionalHostedZoneId: 'ZLOCAL',
      };
      return { ref: String(own('DomainName')), attributes };
    }
    case 'AWS::ApiGateway::Stage':
      return { ref: String(own('StageName')), attributes: {} };
    default:
      return { ref, attributes: {} };
  }
}
