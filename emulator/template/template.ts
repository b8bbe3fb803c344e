import { Fields, isRecord, UnsupportedTemplateError } from './fields';
import { identityOf, LOCAL_ACCOUNT, LOCAL_REGION } from './identity';
import { type References, type ResourceIdentity, resolve } from './intrinsics';
import type { LeftAlone } from './left-alone';
import { type ConstructPaths, type Owner, ownerOf } from './owner';

export { LOCAL_ACCOUNT, LOCAL_REGION } from './identity';

/** A CloudFormation template as JSON. */
export interface CloudFormationTemplate {
  readonly [section: string]: unknown;
  readonly Resources: Readonly<Record<string, unknown>>;
}

/** The template of a stack. */
export interface StackTemplate {
  readonly stackName: string;
  readonly template: CloudFormationTemplate;
}

/** The app around the served construct. */
export interface SurroundingApp {
  readonly constructs: ConstructPaths;
  /** Stacks that the stack of the construct depends on, and stacks that depend on it. */
  readonly otherStacks: readonly StackTemplate[];
}

/** A resource that a template declares. */
export interface Resource {
  readonly logicalId: string;
  readonly type: string;
  readonly owner: Exclude<Owner, 'other-construct'>;
  /** Path of the construct without the final `/Resource`; the logical ID if the template has no paths. */
  readonly path: string;
  readonly identity: ResourceIdentity;
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

/**
 * Types that work without the properties that the emulator does not know. In the app, such properties are ignored. Ignoring
 * a property of another type could change permissions or results.
 */
const LENIENT_TYPES: ReadonlySet<string> = new Set([
  'AWS::DynamoDB::Table',
  'AWS::IAM::Role',
  'AWS::Lambda::Function',
  'AWS::S3::Bucket',
  'AWS::SNS::Topic',
  'AWS::SQS::Queue',
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

/** A stack whose references can be resolved. */
interface Stack extends StackTemplate {
  readonly references: References;
  /** Resources of all owners. */
  readonly declared: readonly Declared[];
}

/** A resource, before its type is checked. */
interface Declared {
  readonly logicalId: string;
  readonly type: string;
  readonly owner: Owner;
  readonly path: string;
  readonly identity: ResourceIdentity;
  readonly body: Fields;
  readonly properties: unknown;
}

/** The synthesized template of a stack, and of the stacks around it. */
export class Template {
  private readonly app: SurroundingApp | undefined;
  private readonly stacks: readonly Stack[];
  private readonly resources: readonly Resource[];
  private readonly notServed: LeftAlone[] = [];

  /**
   * @param stackName value of `AWS::StackName`
   * @param app the app around the construct. @default - every resource of the template belongs to the construct
   * @throws UnsupportedTemplateError for an unsupported section or resource type, unless the app defines it
   */
  constructor(template: CloudFormationTemplate, stackName: string, app?: SurroundingApp) {
    const unknown = Object.keys(template).find((section) => !SECTIONS.has(section));
    if (app === undefined && unknown !== undefined) {
      throw new UnsupportedTemplateError(unknown, 'the local emulator does not support this section');
    }
    this.app = app;
    this.stacks = [{ template, stackName }, ...(app?.otherStacks ?? [])].map((stack) => this.readStack(stack));
    this.resources = this.stacks.flatMap((stack) => stack.declared.flatMap((one) => this.serve(one, stack) ?? []));
    for (const path of app?.constructs.others ?? []) {
      this.notServed.push({ type: 'OneTimeLinks', path });
    }
  }

  /** Resources that the emulator does not serve. Complete after all resources have been read. */
  get leftAlone(): readonly LeftAlone[] {
    return this.notServed;
  }

  /** Whether the construct is part of another app. */
  get isPartOfApp(): boolean {
    return this.app !== undefined;
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

  /** Reads all resources of a type with {@link attempt}. */
  read<T>(type: string, read: (resource: Resource) => T): readonly T[] {
    return this.ofType(type).flatMap((resource) => {
      const value = this.attempt(resource, () => read(resource));
      return value === undefined ? [] : [value];
    });
  }

  /**
   * Reads a resource, or a part of it.
   *
   * @param owner owner of that part
   * @returns `undefined` if the app defines it and the emulator does not support it. It is then left alone
   * @throws UnsupportedTemplateError if the construct defines it and the emulator does not support it
   */
  attempt<T>(resource: Resource, read: () => T, owner: Owner = resource.owner): T | undefined {
    try {
      return read();
    } catch (error) {
      if (owner === 'construct' || !(error instanceof UnsupportedTemplateError)) {
        throw error;
      }
      this.leaveAlone(resource, error.message.replace(/^Resources\.\w+\.(?:Properties\.)?/, ''));
      return undefined;
    }
  }

  /** Adds a resource to {@link leftAlone}. */
  leaveAlone({ type, path }: Resource, problem: string): void {
    this.notServed.push({ type, path, problem });
  }

  /** The outputs of the construct's stack, resolved. In an app, omits outputs that the emulator does not support. */
  outputs(): Readonly<Record<string, string>> {
    const [stack] = this.stacks;
    const entries = Object.entries(stack === undefined ? {} : outputsOf(stack)).flatMap(([name, output]) => {
      try {
        return [[name, readOutput(name, output, stack?.references)] as const];
      } catch (error) {
        if (this.isPartOfApp && error instanceof UnsupportedTemplateError) {
          return [];
        }
        throw error;
      }
    });
    return Object.fromEntries(entries);
  }

  private readStack({ template, stackName }: StackTemplate): Stack {
    const parameters = { ...pseudoParameters(stackName), ...defaultsOf(template['Parameters']) };
    const declared = Object.entries(template.Resources).map(([logicalId, value]) => {
      const body = new Fields(`Resources.${logicalId}`, value);
      const type = body.string('Type');
      const path = pathOf(value) ?? logicalId;
      const owner = ownerOf(path, this.app?.constructs);
      const properties = body.optional('Properties') ?? {};
      const property = (name: string): unknown =>
        readName(isRecord(properties) ? properties[name] : undefined, { parameters, ...NOTHING });
      const identity = identityOf({ logicalId, type, owner, stackName, property });
      return { logicalId, type, owner, path: path.replace(/\/Resource$/, ''), identity, body, properties };
    });
    const resources = new Map(declared.map(({ logicalId, identity }) => [logicalId, identity]));
    return { template, stackName, declared, references: { parameters, resources, outputs: this.outputsOfStacks } };
  }

  /** Returns a resource if the emulator serves it. */
  private serve({ body, properties: raw, ...declared }: Declared, { references }: Stack): Resource | undefined {
    const { logicalId, type, owner } = declared;
    if (owner === 'other-construct' || IGNORED_TYPES.has(type)) {
      return undefined;
    }
    const isOfApp = owner === 'app';
    const isServed = SERVED_TYPES.has(type) && !(isOfApp && type.startsWith('AWS::ApiGateway::'));
    if (!isServed && !isOfApp) {
      throw new UnsupportedTemplateError(body.path, `the local emulator does not support ${type}`);
    }
    const properties = new Fields(`Resources.${logicalId}.Properties`, raw, {
      resolve: (value, path) => resolve(value, references, path),
      lenient: isOfApp && LENIENT_TYPES.has(type),
    }).ignore('Tags');
    const resource: Resource = { ...declared, owner, properties };
    if (!isServed) {
      this.notServed.push({ type, path: declared.path });
      return undefined;
    }
    body.ignore('DeletionPolicy', 'UpdateReplacePolicy', 'DependsOn', 'Metadata');
    return this.attempt(resource, () => {
      body.done();
      return resource;
    });
  }

  private readonly outputsOfStacks: References['outputs'] = {
    exported: (name, path) => {
      for (const stack of this.stacks) {
        for (const [outputName, output] of Object.entries(outputsOf(stack))) {
          const exported = isRecord(output) && isRecord(output['Export']) ? output['Export']['Name'] : undefined;
          if (readName(exported, stack.references) === name) {
            return readOutput(outputName, output, stack.references);
          }
        }
      }
      throw new UnsupportedTemplateError(path, `no stack exports ${name}`);
    },
    ofStack: (stackName, outputName, path) => {
      const stack = this.stacks.find((one) => one.stackName === stackName);
      const output = stack && outputsOf(stack)[outputName];
      if (output === undefined) {
        throw new UnsupportedTemplateError(path, `the stack ${stackName} has no output ${outputName}`);
      }
      return readOutput(outputName, output, stack?.references);
    },
  };
}

/** References in names. They are resolved before the resources are known. */
const NOTHING: Omit<References, 'parameters'> = {
  resources: new Map(),
  outputs: { exported: refuse, ofStack: refuse },
};

function refuse(): never {
  throw new UnsupportedTemplateError('Resources', 'a name cannot refer to another resource');
}

function pseudoParameters(stackName: string): Readonly<Record<string, string>> {
  return {
    'AWS::AccountId': LOCAL_ACCOUNT,
    'AWS::Partition': 'aws',
    'AWS::Region': LOCAL_REGION,
    'AWS::StackName': stackName,
    'AWS::URLSuffix': 'amazonaws.com',
  };
}

/** Returns the defaults of the parameters. For a parameter of Systems Manager, the default is only a name. */
function defaultsOf(parameters: unknown): Readonly<Record<string, string>> {
  const entries = Object.entries(isRecord(parameters) ? parameters : {}).flatMap(([name, parameter]) => {
    const { Type, Default } = isRecord(parameter) ? parameter : {};
    return Default !== undefined && (Type === 'String' || Type === 'Number') ? [[name, String(Default)] as const] : [];
  });
  return Object.fromEntries(entries);
}

/** Returns the path of a resource, which the CDK CLI adds to the template. */
export function pathOf(resource: unknown): string | undefined {
  const metadata = isRecord(resource) ? resource['Metadata'] : undefined;
  const path = isRecord(metadata) ? metadata['aws:cdk:path'] : undefined;
  return typeof path === 'string' ? path : undefined;
}

/** Resolves a name; `undefined` if it is missing or not supported. */
function readName(name: unknown, references: References): unknown {
  try {
    return resolve(name, references, '');
  } catch (error) {
    if (error instanceof UnsupportedTemplateError) {
      return undefined;
    }
    throw error;
  }
}

function outputsOf({ template }: StackTemplate): Readonly<Record<string, unknown>> {
  return isRecord(template['Outputs']) ? template['Outputs'] : {};
}

function readOutput(name: string, output: unknown, references: References | undefined): string {
  const path = `Outputs.${name}`;
  const fields = references && { resolve: (value: unknown, at: string) => resolve(value, references, at) };
  return new Fields(path, output, fields).string('Value');
}
