import { isAllowed, matchesPattern, type PolicyStatement, parseStatement } from '../iam/policy';
import { type Fields, UnsupportedTemplateError } from '../template/fields';
import type { Resource, Template } from '../template/template';

/** A Lambda function in the template. */
export interface FunctionModel {
  /** Short name for logs: the logical ID without its hash. */
  readonly label: string;
  readonly name: string;
  readonly arn: string;
  /** Key of the bundled asset, as `<hash>.zip`. */
  readonly assetKey: string;
  /** Module and export, for example `index.handler`. */
  readonly handler: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly timeoutSeconds: number;
  readonly memoryMegabytes: number;
  /** Executions reserved for the function, which are also its maximum. */
  readonly reservedConcurrency?: number;
  readonly roleArn: string;
  /** Policy statements of the function's role. */
  readonly statements: readonly PolicyStatement[];
  /** Resource-based permissions to invoke the function. */
  readonly permissions: readonly InvokePermission[];
  readonly logGroupName: string;
  /** ARN of the queue that receives the events of failed asynchronous invocations. @default - none */
  readonly deadLetterQueueArn?: string;
}

/** An AWS service that invokes functions. */
export type InvokingService = 'apigateway.amazonaws.com' | 'events.amazonaws.com' | 'logs.amazonaws.com';

/** A resource-based permission to invoke a function. */
export interface InvokePermission {
  readonly principal: string;
  /** Pattern of the caller's ARN. */
  readonly sourceArn: string;
}

/**
 * Whether the function allows a service to invoke it.
 *
 * @param sourceArn ARN of the resource for which the service invokes the function, for example a rule
 */
export function allowsInvocation({ permissions }: FunctionModel, service: InvokingService, sourceArn: string): boolean {
  return permissions.some(
    (permission) => permission.principal === service && matchesPattern(permission.sourceArn, sourceArn),
  );
}

/** Types of custom resources. Their functions run only during a deployment. */
const CUSTOM_RESOURCES = ['Custom::CDKBucketDeployment', 'Custom::S3AutoDeleteObjects'];

/** IAM action that sends a dead letter. */
export const SEND_MESSAGE = 'sqs:SendMessage';

const POLICY_NAMES = ['PolicyName', 'ManagedPolicyName', 'Path', 'Description'];

/** Reads the functions that serve requests, with their roles and the permissions on them. */
export function readFunctions(template: Template): readonly FunctionModel[] {
  const providers = new Set(
    CUSTOM_RESOURCES.flatMap((type) => template.ofType(type)).map(({ properties }) =>
      properties.string('ServiceToken'),
    ),
  );
  const permissions = readPermissions(template);
  checkPoliciesForCallers(template);
  return template
    .ofType('AWS::Lambda::Function')
    .filter(({ identity }) => !providers.has(identity.attributes['Arn'] ?? ''))
    .map(({ logicalId, identity, properties }) => {
      const arn = identity.attributes['Arn'] ?? '';
      const roleArn = properties.string('Role');
      const code = properties.object('Code').ignore('S3Bucket');
      const environment = properties.object('Environment');
      // The worker supports only the JSON log format, and the emulator prints the lines.
      const logging = properties
        .object('LoggingConfig')
        .ignore('ApplicationLogLevel', 'SystemLogLevel')
        .only('LogFormat', 'JSON');
      const reservedConcurrency = properties.optionalNumber('ReservedConcurrentExecutions');
      const deadLetters = properties.object('DeadLetterConfig');
      const deadLetterQueueArn = deadLetters.optionalString('TargetArn');
      const statements = readRole(template, roleArn);
      if (deadLetterQueueArn !== undefined) {
        checkDeadLetterQueue(template, properties, deadLetterQueueArn, statements);
      }
      const model = {
        label: logicalId.replace(/[0-9A-F]{8}$/, ''),
        name: identity.ref,
        arn,
        assetKey: code.string('S3Key'),
        handler: properties.string('Handler'),
        environment: environment.strings('Variables'),
        timeoutSeconds: properties.number('Timeout', 3),
        memoryMegabytes: properties.number('MemorySize', 128),
        ...(reservedConcurrency !== undefined && { reservedConcurrency }),
        roleArn,
        statements,
        permissions: permissions.get(arn) ?? [],
        logGroupName: logging.optionalString('LogGroup') ?? `/aws/lambda/${identity.ref}`,
        ...(deadLetterQueueArn !== undefined && { deadLetterQueueArn }),
      };
      code.done();
      deadLetters.done();
      environment.done();
      logging.done();
      // Bundles are JavaScript, so the architecture does not matter.
      properties.ignore('Architectures', 'Description').only('Runtime', 'nodejs24.x').done();
      return model;
    });
}

/** @throws UnsupportedTemplateError unless the queue is in the template and the role may send messages to it */
function checkDeadLetterQueue(
  template: Template,
  properties: Fields,
  queueArn: string,
  statements: readonly PolicyStatement[],
): void {
  if (!template.ofType('AWS::SQS::Queue').some(({ identity }) => identity.attributes['Arn'] === queueArn)) {
    throw properties.error('DeadLetterConfig.TargetArn', `the template has no queue ${queueArn}`);
  }
  if (!isAllowed(statements, SEND_MESSAGE, queueArn)) {
    throw properties.error('DeadLetterConfig.TargetArn', `the role does not allow ${SEND_MESSAGE} on ${queueArn}`);
  }
}

/** Returns the statements of all policies attached to a role. */
function readRole(template: Template, roleArn: string): readonly PolicyStatement[] {
  const role = template.ofType('AWS::IAM::Role').find(({ identity }) => identity.attributes['Arn'] === roleArn);
  if (role === undefined) {
    throw new UnsupportedTemplateError('Resources', `the template has no role ${roleArn}`);
  }
  role.properties.ignore('AssumeRolePolicyDocument').done();
  return policies(template)
    .filter(({ properties }) => properties.list('Roles').includes(role.identity.ref))
    .flatMap(({ properties }) => readPolicy(properties));
}

/**
 * Checks the managed policies for callers. They are not applied, because the template contains no callers, and the
 * emulator's callers have their own permissions.
 */
function checkPoliciesForCallers(template: Template): void {
  const roles = new Set<unknown>(template.ofType('AWS::IAM::Role').map(({ identity }) => identity.ref));
  for (const { properties } of policies(template)) {
    if (!properties.list('Roles').some((role) => roles.has(role))) {
      readPolicy(properties);
    }
  }
}

function policies(template: Template): readonly Resource[] {
  return ['AWS::IAM::Policy', 'AWS::IAM::ManagedPolicy'].flatMap((type) => template.ofType(type));
}

function readPolicy(properties: Fields): readonly PolicyStatement[] {
  const document = properties
    .ignore(...POLICY_NAMES)
    .object('PolicyDocument')
    .only('Version', '2012-10-17');
  const statements = document
    .list('Statement')
    .map((statement, index) => parseStatement(statement, `${document.path}.Statement[${index}]`));
  document.done();
  properties.done();
  return statements;
}

/** Returns the permissions by function ARN. */
function readPermissions(template: Template): ReadonlyMap<string, readonly InvokePermission[]> {
  const byFunction = new Map<string, readonly InvokePermission[]>();
  for (const { properties } of template.ofType('AWS::Lambda::Permission')) {
    const arn = properties.only('Action', 'lambda:InvokeFunction').string('FunctionName');
    const permission = { principal: properties.string('Principal'), sourceArn: properties.string('SourceArn') };
    properties.done();
    byFunction.set(arn, [...(byFunction.get(arn) ?? []), permission]);
  }
  return byFunction;
}
