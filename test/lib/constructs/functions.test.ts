import { ENVIRONMENT } from '../../../lambda/contract';
import { defaultTemplate, idsWhere, propertiesOf, resourcesOf } from '../support/template';

const resources = resourcesOf(defaultTemplate());
const functions = propertiesOf(resources, 'AWS::Lambda::Function');
const roles = propertiesOf(resources, 'AWS::IAM::Role');
const policies = propertiesOf(resources, 'AWS::IAM::Policy');

const TABLE = { NONCE_TABLE_NAME: '<LinkTable>' };
const BUCKET = { SHARED_BUCKETS: '[{"name":"<DefaultBucket>"}]' };
const ON_OPEN = { OPENED_URL_LIFETIME_SECONDS: '60' };
/** A bucket that is deleted can be made again by anybody, under the same name. */
const IN_THIS_ACCOUNT = { Condition: { StringEquals: { 's3:ResourceAccount': '<AWS::AccountId>' } } };
const DOWNLOAD = {
  Effect: 'Allow',
  Action: ['s3:GetObject', 's3:GetObjectVersion'],
  Resource: '<DefaultBucket.Arn>/*',
  ...IN_THIS_ACCOUNT,
};

interface LoggingConfig {
  readonly LogGroup?: string;
}

/** Function, time-out in seconds, environment, what its role allows beyond its own log. */
const OURS: readonly [string, number, Readonly<Record<string, string>>, readonly unknown[]][] = [
  [
    'GenerateUrl',
    25,
    { ...BUCKET, ...TABLE, ...ON_OPEN, URL_SUFFIX: '<AWS::URLSuffix>', MAX_LINK_LIFETIME_SECONDS: '604800' },
    [
      DOWNLOAD,
      { Effect: 'Allow', Action: 's3:ListBucket', Resource: '<DefaultBucket.Arn>', ...IN_THIS_ACCOUNT },
      { Effect: 'Allow', Action: 'dynamodb:PutItem', Resource: '<LinkTable.Arn>' },
    ],
  ],
  ['AuthorizeAccess', 5, TABLE, [{ Effect: 'Allow', Action: 'dynamodb:DeleteItem', Resource: '<LinkTable.Arn>' }]],
  [
    'ManageLink',
    5,
    TABLE,
    [{ Effect: 'Allow', Action: ['dynamodb:DeleteItem', 'dynamodb:GetItem'], Resource: '<LinkTable.Arn>' }],
  ],
  ['AccessObject', 5, { ...ON_OPEN, URL_SUFFIX: '<AWS::URLSuffix>' }, [DOWNLOAD]],
];

test('the stack has four functions of its own, and the two that fill and empty the bucket for the CDK', () => {
  expect(Object.keys(functions).sort()).toEqual([
    'AccessObject',
    'AuthorizeAccess',
    expect.stringMatching(/^CustomCDKBucketDeployment/),
    'CustomS3AutoDeleteObjectsCustomResourceProviderHandler',
    'GenerateUrl',
    'ManageLink',
  ]);
});

describe.each(OURS)('%s', (id, timeoutSeconds, environment, permissions) => {
  test('runs on Node 24 on ARM, with its own time-out, role and log, and nothing else set', () => {
    expect(functions[id]).toEqual({
      Code: expect.anything(),
      Description: expect.any(String),
      Handler: 'index.handler',
      Runtime: 'nodejs24.x',
      Architectures: ['arm64'],
      MemorySize: 1024,
      Timeout: timeoutSeconds,
      Role: `<${id}Role.Arn>`,
      LoggingConfig: { LogGroup: `<${id}Logs>`, LogFormat: 'JSON', SystemLogLevel: 'WARN' },
      ...(Object.keys(environment).length === 0 ? {} : { Environment: { Variables: environment } }),
    });
  });

  test('finds in its environment only names that the functions know', () => {
    const { Variables } = { Variables: {}, ...(functions[id]?.['Environment'] as object | undefined) };
    const unknown = Object.keys(Variables).filter((name) => !Object.values<string>(ENVIRONMENT).includes(name));
    expect(unknown).toEqual([]);
  });

  test('may write to its own log and make the calls that it makes, and no others', () => {
    expect(policiesOf(id)).toEqual([
      {
        Version: '2012-10-17',
        Statement: [
          { Effect: 'Allow', Action: ['logs:CreateLogStream', 'logs:PutLogEvents'], Resource: `<${id}Logs.Arn>` },
          ...permissions,
        ],
      },
    ]);
  });

  test('has a role for Lambda alone, without managed or inline policies', () => {
    expect(roles[`${id}Role`]).toEqual({
      AssumeRolePolicyDocument: {
        Version: '2012-10-17',
        Statement: [{ Effect: 'Allow', Action: 'sts:AssumeRole', Principal: { Service: 'lambda.amazonaws.com' } }],
      },
    });
  });
});

describe('logs', () => {
  const logGroups = propertiesOf(resources, 'AWS::Logs::LogGroup');

  test('are kept for a month, every one of them', () => {
    expect(Object.keys(logGroups).length).toBeGreaterThanOrEqual(Object.keys(functions).length + 1);
    for (const properties of Object.values(logGroups)) {
      expect(properties).toEqual({ RetentionInDays: 30 });
    }
  });

  test('go to a group of the stack’s from every function: one that Lambda makes would outlive the stack', () => {
    const withoutGroup = Object.entries(functions).filter(
      ([, { LoggingConfig }]) =>
        !Object.keys(logGroups).some((group) => (LoggingConfig as LoggingConfig).LogGroup === `<${group}>`),
    );
    expect(withoutGroup.map(([id]) => id)).toEqual([]);
  });
});

test('nobody but the functions, the CDK’s helpers and API Gateway has a role', () => {
  expect(idsWhere(resources, ({ Type }) => Type === 'AWS::IAM::Role')).toEqual([
    'AccessObjectRole',
    'AuthorizeAccessRole',
    expect.stringMatching(/^CustomCDKBucketDeployment.*ServiceRole$/),
    'CustomS3AutoDeleteObjectsCustomResourceProviderRole',
    'GenerateUrlRole',
    'LinkApiCloudWatchRole',
    'ManageLinkRole',
  ]);
});

function policiesOf(functionId: string): readonly unknown[] {
  return Object.values(policies)
    .filter(({ Roles }) => Array.isArray(Roles) && Roles.includes(`<${functionId}Role>`))
    .map(({ PolicyDocument }) => PolicyDocument);
}
