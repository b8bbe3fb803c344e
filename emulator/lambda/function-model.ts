import { isAllowed, matchesPattern, type PolicyStatement, parseStatement } from '../iam/policy';
import { type Fields, UnsupportedTemplateError } from '../template/fields';
import type { Resource, Template } from '../template/template';

/** A Lambda function in the template. */
export interface FunctionModel {
  readonly owner: Resource['owner'];
  readonly logicalId: string;
  /** Name for logs: the logical ID without its hash; for a function of the app, its path. */
  readonly label: string;
  readonly name: string;
  readonly arn: string;
  /** Key of the bundled asset, as `<hash>.zip`; empty if the template contains the code. */
  readonly assetKey: string;
  /** The code of the function, if the template contains it. @default - the code is in the asset */
  readonly inlineCode?: string;
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
  readonly logFormat: 'JSON' | 'Text';
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

/** IAM action that invokes a function. */
export const INVOKE_FUNCTION = 'lambda:InvokeFunction';

/** IAM action that sends a dead letter. */
export const SEND_MESSAGE = 'sqs:SendMessage';

const POLICY_NAMES = ['PolicyName', 'ManagedPolicyName', 'Path', 'Description'];

/** Reads the functions that serve requests, with their roles and the permissions on them. */
export function readFunctions(template: Template): readonly FunctionModel[] {
  const providers = new Set(
    CUSTOM_RESOURCES.flatMap((type) => template.read(type, ({ properties }) => properties.string('ServiceToken'))),
  );
  const permissions = readPermissions(template);
  checkPoliciesForCallers(template);
  return template
    .ofType('AWS::Lambda::Function')
    .filter(({ identity }) => !providers.has(identity.attributes['Arn'] ?? ''))
    .flatMap((resource) => template.attempt(resource, () => readFunction(template, resource, permissions)) ?? []);
}

function readFunction(
  template: Template,
  { owner, logicalId, path, identity, properties }: Resource,
  permissions: ReadonlyMap<string, readonly InvokePermission[]>,
): FunctionModel {
  const arn = identity.attributes['Arn'] ?? '';
  readRuntime(properties, owner);
  const roleArn = properties.string('Role');
  const code = properties.object('Code').ignore('S3Bucket');
  const inlineCode = owner === 'app' ? code.optionalString('ZipFile') : undefined;
  const environment = properties.object('Environment');
  const logging = properties.object('LoggingConfig').ignore('ApplicationLogLevel', 'SystemLogLevel');
  const reservedConcurrency = properties.optionalNumber('ReservedConcurrentExecutions');
  const deadLetters = properties.object('DeadLetterConfig');
  const deadLetterQueueArn = deadLetters.optionalString('TargetArn');
  const statements = readRole(template, roleArn);
  if (deadLetterQueueArn !== undefined) {
    checkDeadLetterQueue(template, properties, deadLetterQueueArn, statements);
  }
  const model = {
    owner,
    logicalId,
    label: owner === 'app' ? path : logicalId.replace(/[0-9A-F]{8}$/, ''),
    name: identity.ref,
    arn,
    assetKey: inlineCode === undefined ? code.string('S3Key') : '',
    ...(inlineCode !== undefined && { inlineCode }),
    handler: properties.string('Handler'),
    environment: environment.strings('Variables'),
    timeoutSeconds: properties.number('Timeout', 3),
    memoryMegabytes: properties.number('MemorySize', 128),
    ...(reservedConcurrency !== undefined && { reservedConcurrency }),
    roleArn,
    statements,
    permissions: permissions.get(arn) ?? [],
    logGroupName: logging.optionalString('LogGroup') ?? `/aws/lambda/${identity.ref}`,
    logFormat: readLogFormat(logging, owner),
    ...(deadLetterQueueArn !== undefined && { deadLetterQueueArn }),
  };
  code.done();
  deadLetters.done();
  environment.done();
  logging.done();
  // Bundles are JavaScript, so the architecture does not matter.
  properties.ignore('Architectures', 'Description').done();
  return model;
}

/** Functions of the app can have any Node.js runtime. They run in the Node.js of the emulator. */
function readRuntime(properties: Fields, owner: Resource['owner']): void {
  if (owner === 'construct') {
    properties.only('Runtime', 'nodejs24.x');
    return;
  }
  const runtime = properties.string('Runtime');
  if (!/^nodejs\d+\.x$/.test(runtime)) {
    throw properties.error('Runtime', `the local emulator supports only Node.js, not ${runtime}`);
  }
}

function readLogFormat(logging: Fields, owner: Resource['owner']): FunctionModel['logFormat'] {
  if (owner === 'construct') {
    logging.only('LogFormat', 'JSON');
  }
  return logging.optionalString('LogFormat') === 'JSON' ? 'JSON' : 'Text';
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

/** Policies that AWS manages and that Lambda needs, not the function's code. */
const EXECUTION_POLICY = /:aws:policy\/(?:service-role\/AWSLambda\w+ExecutionRole|AWSXRayDaemonWriteAccess)$/;

/** Returns the statements of all policies of a role. */
function readRole(template: Template, roleArn: string): readonly PolicyStatement[] {
  const role = template.ofType('AWS::IAM::Role').find(({ identity }) => identity.attributes['Arn'] === roleArn);
  if (role === undefined) {
    throw new UnsupportedTemplateError('Resources', `the template has no role ${roleArn}`);
  }
  const { properties } = role;
  const managed = role.owner === 'app' ? properties.list('ManagedPolicyArns').map(String) : [];
  const inline = role.owner === 'app' ? properties.objects('Policies') : [];
  properties.ignore('AssumeRolePolicyDocument').done();
  const attached = policies(template).filter(
    (policy) => rolesOf(template, policy).includes(role.identity.ref) || managed.includes(policy.identity.ref),
  );
  for (const arn of managed) {
    if (!attached.some(({ identity }) => identity.ref === arn) && !EXECUTION_POLICY.test(arn)) {
      template.leaveAlone(role, `the local emulator does not apply ${arn}`);
    }
  }
  return [
    ...attached.flatMap(
      (policy) => template.attempt(policy, () => readPolicy(template, policy, policy.properties)) ?? [],
    ),
    ...inline.flatMap((policy) => readPolicy(template, role, policy)),
  ];
}

/** Names of the roles that a policy is attached to. */
function rolesOf(template: Template, policy: Resource): readonly unknown[] {
  return template.attempt(policy, () => policy.properties.list('Roles')) ?? [];
}

/**
 * Checks the managed policies for callers. They are not applied, because the template contains no callers, and the
 * emulator's callers have their own permissions.
 */
function checkPoliciesForCallers(template: Template): void {
  const roles = new Set<unknown>(template.ofType('AWS::IAM::Role').map(({ identity }) => identity.ref));
  for (const policy of policies(template)) {
    if (policy.owner === 'construct' && !policy.properties.list('Roles').some((role) => roles.has(role))) {
      readPolicy(template, policy, policy.properties);
    }
  }
}

function policies(template: Template): readonly Resource[] {
  return ['AWS::IAM::Policy', 'AWS::IAM::ManagedPolicy'].flatMap((type) => template.ofType(type));
}

/** @param resource the policy, or the role that contains it */
function readPolicy(template: Template, resource: Resource, policy: Fields): readonly PolicyStatement[] {
  const document = policy
    .ignore(...POLICY_NAMES)
    .object('PolicyDocument')
    .only('Version', '2012-10-17');
  const statements = document
    .objects('Statement')
    .flatMap((statement) => template.attempt(resource, () => parseStatement(statement.value(), statement.path)) ?? []);
  document.done();
  policy.done();
  return statements;
}

/** Returns the permissions by function ARN. */
function readPermissions(template: Template): ReadonlyMap<string, readonly InvokePermission[]> {
  const byFunction = new Map<string, readonly InvokePermission[]>();
  const read = template.read('AWS::Lambda::Permission', ({ properties }) => {
    const arn = properties.only('Action', INVOKE_FUNCTION).string('FunctionName');
    const permission = { principal: properties.string('Principal'), sourceArn: properties.string('SourceArn') };
    properties.done();
    return [arn, permission] as const;
  });
  for (const [arn, permission] of read) {
    byFunction.set(arn, [...(byFunction.get(arn) ?? []), permission]);
  }
  return byFunction;
}
