import { templateWith } from '../../support/synthesized';
import { defaultTemplate, idsWhere, propertiesOf, resourcesOf } from '../support/template';

const resources = resourcesOf(defaultTemplate());
const functions = propertiesOf(resources, 'AWS::Lambda::Function');
const roles = propertiesOf(resources, 'AWS::IAM::Role');
const policies = propertiesOf(resources, 'AWS::IAM::Policy');

const TABLE = { NONCE_TABLE_NAME: '<LinkTable>' };
const RECEIPTS = { RECEIPT_TABLE_NAME: '<ReceiptTable>' };
const BUCKET = { ALLOWED_BUCKETS: '[{"name":"<DefaultBucket>","uploadPrefix":"inbox/"}]' };
const ON_OPEN = { OPENED_URL_LIFETIME_SECONDS: '300' };
/** Once deleted, a bucket can be re-created under the same name by another account. */
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

/** Function, timeout in seconds, environment, permissions beyond its own log, and memory in MB (1024 if left out). */
const OURS: readonly [string, number, Readonly<Record<string, string>>, readonly unknown[], number?][] = [
  [
    'GenerateUrl',
    25,
    {
      ...BUCKET,
      ...TABLE,
      ...RECEIPTS,
      ...ON_OPEN,
      URL_SUFFIX: '<AWS::URLSuffix>',
      MAX_LINK_LIFETIME_SECONDS: '604800',
      MAX_UPLOAD_BYTES: '5000000000',
      DAILY_UPLOAD_BYTES: '100000000000',
      RECEIPT_RETENTION_SECONDS: '2592000',
    },
    [
      DOWNLOAD,
      { Effect: 'Allow', Action: 's3:ListBucket', Resource: '<DefaultBucket.Arn>', ...IN_THIS_ACCOUNT },
      { Effect: 'Allow', Action: 'dynamodb:PutItem', Resource: ['<LinkTable.Arn>', '<ReceiptTable.Arn>'] },
      // Counts what upload links may receive, in items that are not links.
      {
        Effect: 'Allow',
        Action: 'dynamodb:UpdateItem',
        Resource: '<LinkTable.Arn>',
        Condition: { 'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': ['upload-quota/*'] } },
      },
    ],
  ],
  [
    'AuthorizeAccess',
    5,
    { ...TABLE, ...ON_OPEN },
    [{ Effect: 'Allow', Action: 'dynamodb:DeleteItem', Resource: '<LinkTable.Arn>' }],
  ],
  [
    'ManageLink',
    20,
    { ...TABLE, ...RECEIPTS },
    [
      {
        Effect: 'Allow',
        Action: ['dynamodb:BatchGetItem', 'dynamodb:DeleteItem', 'dynamodb:GetItem'],
        Resource: '<LinkTable.Arn>',
      },
      {
        Effect: 'Allow',
        Action: ['dynamodb:BatchGetItem', 'dynamodb:GetItem', 'dynamodb:UpdateItem'],
        Resource: '<ReceiptTable.Arn>',
      },
      { Effect: 'Allow', Action: 'dynamodb:Query', Resource: '<ReceiptTable.Arn>/index/by_creator' },
    ],
  ],
  ['AccessObject', 5, { ...ON_OPEN, URL_SUFFIX: '<AWS::URLSuffix>' }, [DOWNLOAD]],
  // It can create objects, but not read any.
  [
    'UploadObject',
    5,
    { URL_SUFFIX: '<AWS::URLSuffix>', UPLOAD_URL_LIFETIME_SECONDS: '900' },
    [{ Effect: 'Allow', Action: 's3:PutObject', Resource: '<DefaultBucket.Arn>/inbox/*', ...IN_THIS_ACCOUNT }],
  ],
  [
    'LogReceived',
    10,
    { URL_SUFFIX: '<AWS::URLSuffix>' },
    [
      { Effect: 'Allow', Action: 'sqs:SendMessage', Resource: '<RecordReceiptsDeadLetters.Arn>' },
      { ...DOWNLOAD, Resource: '<DefaultBucket.Arn>/inbox/*' },
      { Effect: 'Allow', Action: 's3:ListBucket', Resource: '<DefaultBucket.Arn>', ...IN_THIS_ACCOUNT },
    ],
    256,
  ],
  [
    'OpenLink',
    5,
    {
      S3_ORIGINS: '["https://*.s3.<AWS::Region>.<AWS::URLSuffix>","https://s3.<AWS::Region>.<AWS::URLSuffix>"]',
    },
    [],
    256,
  ],
  // It cannot delete items, so it cannot redeem a link.
  ['DescribeLink', 5, TABLE, [{ Effect: 'Allow', Action: 'dynamodb:GetItem', Resource: '<LinkTable.Arn>' }]],
  [
    'RecordReceipts',
    60,
    { ...RECEIPTS, DEPLOYMENT_NAME: 'PreSignedURLStack' },
    [
      { Effect: 'Allow', Action: 'sqs:SendMessage', Resource: '<RecordReceiptsDeadLetters.Arn>' },
      { Effect: 'Allow', Action: 'dynamodb:UpdateItem', Resource: '<ReceiptTable.Arn>' },
    ],
    256,
  ],
  [
    'RemoveUploads',
    900,
    { ...TABLE, ...RECEIPTS, UPLOAD_BUCKET_NAME: '<DefaultBucket>' },
    [
      { Effect: 'Allow', Action: 'dynamodb:GetItem', Resource: ['<LinkTable.Arn>', '<ReceiptTable.Arn>'] },
      {
        Effect: 'Allow',
        Action: 's3:ListBucket',
        Resource: '<DefaultBucket.Arn>',
        Condition: { ...IN_THIS_ACCOUNT.Condition, StringLike: { 's3:prefix': 'shared/*' } },
      },
      {
        Effect: 'Allow',
        Action: ['s3:DeleteObject', 's3:GetObjectTagging'],
        Resource: '<DefaultBucket.Arn>/shared/*',
        ...IN_THIS_ACCOUNT,
      },
    ],
    256,
  ],
];

test('there are ten functions, and the two that the CDK uses to fill and empty the default bucket', () => {
  expect(Object.keys(functions).sort()).toEqual([
    'AccessObject',
    'AuthorizeAccess',
    expect.stringMatching(/^CustomCDKBucketDeployment/),
    'CustomS3AutoDeleteObjectsCustomResourceProviderHandler',
    'DescribeLink',
    'GenerateUrl',
    'LogReceived',
    'ManageLink',
    'OpenLink',
    'RecordReceipts',
    'RemoveUploads',
    'UploadObject',
  ]);
});

test('in an update, a function that reads a format is updated before the one that writes it, and after its own policy', () => {
  expect(resources['GenerateUrl']?.DependsOn).toContain('AuthorizeAccess');
  expect(resources['AuthorizeAccess']?.DependsOn).toContain('AccessObject');
  expect(resources['AccessObject']?.DependsOn).toContain('AccessObjectRoleDefaultPolicy');
});

test('an update that turns signOnOpen off changes the authorizer before the redirect', () => {
  const withoutSigning = resourcesOf(templateWith({ signOnOpen: false }));

  expect(withoutSigning['AccessObject']?.DependsOn).toContain('AuthorizeAccess');
  expect(withoutSigning['AccessObjectRoleDefaultPolicy']?.DependsOn).toContain('AuthorizeAccess');
  expect(withoutSigning['GenerateUrl']?.DependsOn).toContain('AccessObject');
});

describe.each(OURS)('%s', (id, timeoutSeconds, environment, permissions, memoryMegabytes = 1024) => {
  test('runs on Node 24 on ARM, with its own timeout, role and log, and nothing else set', () => {
    expect(functions[id]).toEqual({
      Code: expect.anything(),
      Description: expect.any(String),
      Handler: 'index.handler',
      Runtime: 'nodejs24.x',
      Architectures: ['arm64'],
      MemorySize: memoryMegabytes,
      Timeout: timeoutSeconds,
      Role: `<${id}Role.Arn>`,
      LoggingConfig: {
        LogGroup: `<${id}Logs>`,
        LogFormat: 'JSON',
        ApplicationLogLevel: 'INFO',
        SystemLogLevel: 'WARN',
      },
      ...(['RecordReceipts', 'LogReceived'].includes(id) && {
        DeadLetterConfig: { TargetArn: '<RecordReceiptsDeadLetters.Arn>' },
      }),
      ...(Object.keys(environment).length === 0 ? {} : { Environment: { Variables: environment } }),
    });
  });

  test('may write to its own log, and has exactly these permissions', () => {
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

  test('has a role that only Lambda can assume, without managed or inline policies', () => {
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

  test('are all kept for a month', () => {
    expect(Object.keys(logGroups).length).toBeGreaterThanOrEqual(Object.keys(functions).length + 1);
    for (const properties of Object.values(logGroups)) {
      expect(properties).toEqual({ RetentionInDays: 30 });
    }
  });

  test('of every function go to a log group in the stack, because Lambda’s default log group would not be deleted with it', () => {
    const withoutGroup = Object.entries(functions).filter(
      ([, { LoggingConfig }]) =>
        !Object.keys(logGroups).some((group) => (LoggingConfig as LoggingConfig).LogGroup === `<${group}>`),
    );
    expect(withoutGroup.map(([id]) => id)).toEqual([]);
  });
});

test('only the functions, the CDK’s functions and API Gateway have a role', () => {
  expect(idsWhere(resources, ({ Type }) => Type === 'AWS::IAM::Role')).toEqual([
    'AccessObjectRole',
    'AuthorizeAccessRole',
    'CustomS3AutoDeleteObjectsCustomResourceProviderRole',
    'DefaultBucketSampleObjectRole',
    'DescribeLinkRole',
    'GenerateUrlRole',
    'LinkApiCloudWatchRole',
    'LogReceivedRole',
    'ManageLinkRole',
    'OpenLinkRole',
    'RecordReceiptsRole',
    'RemoveUploadsRole',
    'UploadObjectRole',
  ]);
});

function policiesOf(functionId: string): readonly unknown[] {
  return Object.values(policies)
    .filter(({ Roles }) => Array.isArray(Roles) && Roles.includes(`<${functionId}Role>`))
    .map(({ PolicyDocument }) => PolicyDocument);
}
