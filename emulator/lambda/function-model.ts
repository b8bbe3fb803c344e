import { type PolicyStatement, parseStatement } from '../iam/policy';
import { type Fields, UnsupportedTemplateError } from '../template/fields';
import type { Template } from '../template/template';

/** A Lambda function of the template. */
export interface FunctionModel {
  /** Short name for logs: the logical id without its hash. */
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
  readonly roleArn: string;
  /** What the function's role may do. */
  readonly statements: readonly PolicyStatement[];
  /** Who may call the function, from the permissions on it. */
  readonly invokers: readonly Invoker[];
}

/** A permission on a function. */
export interface Invoker {
  readonly principal: string;
  /** Pattern of the caller's ARN. */
  readonly sourceArn: string;
}

/** Custom resources: what their functions do while CloudFormation deploys, the emulator does by itself or does not need. */
const CUSTOM_RESOURCES = ['Custom::CDKBucketDeployment', 'Custom::S3AutoDeleteObjects'];

/** Reads the functions that serve links, with their roles and the permissions on them. */
export function readFunctions(template: Template): readonly FunctionModel[] {
  const providers = new Set(
    CUSTOM_RESOURCES.flatMap((type) => template.ofType(type)).map(({ properties }) =>
      properties.string('ServiceToken'),
    ),
  );
  const invokers = readInvokers(template);
  checkPoliciesForCallers(template);
  return template
    .ofType('AWS::Lambda::Function')
    .filter(({ identity }) => !providers.has(identity.attributes['Arn'] ?? ''))
    .map(({ logicalId, identity, properties }) => {
      const arn = identity.attributes['Arn'] ?? '';
      const roleArn = properties.string('Role');
      const code = properties.object('Code').ignore('S3Bucket');
      const environment = properties.object('Environment');
      // Lines go to whoever runs the emulator, in the one format that the thread of a function writes.
      const logging = properties.object('LoggingConfig').ignore('LogGroup', 'SystemLogLevel').only('LogFormat', 'JSON');
      const model = {
        label: logicalId.replace(/[0-9A-F]{8}$/, ''),
        name: identity.ref,
        arn,
        assetKey: code.string('S3Key'),
        handler: properties.string('Handler'),
        environment: environment.strings('Variables'),
        timeoutSeconds: properties.number('Timeout', 3),
        memoryMegabytes: properties.number('MemorySize', 128),
        roleArn,
        statements: readRole(template, roleArn),
        invokers: invokers.get(arn) ?? [],
      };
      code.done();
      environment.done();
      logging.done();
      // Bundles are plain JavaScript: the processor does not matter. Nor does what is reserved: here is nobody else, and the
      // emulator does not play how many may run at once.
      properties
        .ignore('Architectures', 'Description', 'ReservedConcurrentExecutions')
        .only('Runtime', 'nodejs24.x')
        .done();
      return model;
    });
}

/** Statements of every policy attached to a role. */
function readRole(template: Template, roleArn: string): readonly PolicyStatement[] {
  const role = template.ofType('AWS::IAM::Role').find(({ identity }) => identity.attributes['Arn'] === roleArn);
  if (role === undefined) {
    throw new UnsupportedTemplateError('Resources', `there is no role ${roleArn} in the template`);
  }
  role.properties.ignore('AssumeRolePolicyDocument').done();
  return ['AWS::IAM::Policy', 'AWS::IAM::ManagedPolicy']
    .flatMap((type) => template.ofType(type))
    .filter(({ properties }) => properties.list('Roles').includes(role.identity.ref))
    .flatMap(({ properties }) => {
      const statements = readStatements(properties.ignore(...POLICY_NAMES).object('PolicyDocument'));
      properties.done();
      return statements;
    });
}

const POLICY_NAMES = ['PolicyName', 'ManagedPolicyName', 'Path', 'Description'];

/** Policies for callers, whose roles are outside of the template: the emulator's callers have theirs from whoever starts it. */
function checkPoliciesForCallers(template: Template): void {
  const roles = template.ofType('AWS::IAM::Role').map(({ identity }) => identity.ref);
  const forCallers = template
    .ofType('AWS::IAM::ManagedPolicy')
    .filter(({ properties }) => !properties.list('Roles').some((role) => roles.some((own) => own === role)));
  for (const { properties } of forCallers) {
    readStatements(properties.ignore(...POLICY_NAMES).object('PolicyDocument'));
    properties.done();
  }
}

function readStatements(document: Fields): readonly PolicyStatement[] {
  const statements = document
    .only('Version', '2012-10-17')
    .list('Statement')
    .map((statement, index) => parseStatement(statement, `${document.path}.Statement[${index}]`));
  document.done();
  return statements;
}

/** Permissions by function ARN. */
function readInvokers(template: Template): ReadonlyMap<string, readonly Invoker[]> {
  const byFunction = new Map<string, readonly Invoker[]>();
  for (const { properties } of template.ofType('AWS::Lambda::Permission')) {
    const arn = properties.only('Action', 'lambda:InvokeFunction').string('FunctionName');
    const invoker = { principal: properties.string('Principal'), sourceArn: properties.string('SourceArn') };
    properties.done();
    byFunction.set(arn, [...(byFunction.get(arn) ?? []), invoker]);
  }
  return byFunction;
}
