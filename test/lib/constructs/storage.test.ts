import { defaultTemplate, idsWhere, propertiesOf, resourcesOf } from '../support/template';

const template = defaultTemplate();
const resources = resourcesOf(template);

describe('the default bucket', () => {
  test('is the only one, encrypted, closed to the public, and owns its objects', () => {
    expect(propertiesOf(resources, 'AWS::S3::Bucket')).toEqual({
      DefaultBucket: {
        BucketEncryption: {
          ServerSideEncryptionConfiguration: [{ ServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' } }],
        },
        // The pages fetch the first byte, and upload files, from any host name that serves them.
        CorsConfiguration: {
          CorsRules: [
            { AllowedHeaders: ['range'], AllowedMethods: ['GET'], AllowedOrigins: ['*'], MaxAge: 3600 },
            {
              AllowedHeaders: ['content-type', 'if-none-match', 'x-amz-meta-link-id', 'x-amz-checksum-sha256'],
              AllowedMethods: ['PUT'],
              AllowedOrigins: ['*'],
              MaxAge: 3600,
            },
          ],
        },
        NotificationConfiguration: { EventBridgeConfiguration: { EventBridgeEnabled: true } },
        LifecycleConfiguration: expect.anything(),
        OwnershipControls: { Rules: [{ ObjectOwnership: 'BucketOwnerEnforced' }] },
        PublicAccessBlockConfiguration: {
          BlockPublicAcls: true,
          BlockPublicPolicy: true,
          IgnorePublicAcls: true,
          RestrictPublicBuckets: true,
        },
        // Set by the CDK.
        Tags: [
          { Key: 'aws-cdk:auto-delete-objects', Value: 'true' },
          { Key: expect.stringMatching(/^aws-cdk:cr-owned:/), Value: 'true' },
        ],
      },
    });
  });

  test('expires shared files after 8 days: 7 for the longest link and 1 for the longest upload; received ones after 30', () => {
    expect(propertiesOf(resources, 'AWS::S3::Bucket')).toMatchObject({
      DefaultBucket: {
        LifecycleConfiguration: {
          Rules: [
            {
              Id: 'RemoveSharedFiles',
              Status: 'Enabled',
              Prefix: 'shared/',
              ExpirationInDays: 8,
              AbortIncompleteMultipartUpload: { DaysAfterInitiation: 1 },
            },
            { Id: 'RemoveReceivedFiles', Status: 'Enabled', Prefix: 'inbox/', ExpirationInDays: 30 },
          ],
        },
      },
    });
  });

  test('denies requests without TLS and overwriting received files, and allows only the function that empties it', () => {
    const everything = ['<DefaultBucket.Arn>', '<DefaultBucket.Arn>/*'];
    expect(propertiesOf(resources, 'AWS::S3::BucketPolicy')).toEqual({
      DefaultBucketPolicy: {
        Bucket: '<DefaultBucket>',
        PolicyDocument: {
          Version: '2012-10-17',
          Statement: [
            {
              Effect: 'Deny',
              Principal: { AWS: '*' },
              Action: 's3:*',
              Resource: everything,
              Condition: { Bool: { 'aws:SecureTransport': 'false' } },
            },
            {
              Effect: 'Allow',
              Principal: { AWS: '<CustomS3AutoDeleteObjectsCustomResourceProviderRole.Arn>' },
              Action: ['s3:DeleteObject*', 's3:GetBucket*', 's3:List*', 's3:PutBucketPolicy'],
              Resource: everything,
            },
            {
              Sid: 'RefuseOverwriting',
              Effect: 'Deny',
              Principal: { AWS: '*' },
              Action: 's3:PutObject',
              Resource: '<DefaultBucket.Arn>/inbox/*',
              Condition: { Null: { 's3:if-none-match': 'true' }, Bool: { 's3:ObjectCreationOperation': 'true' } },
            },
          ],
        },
      },
    });
  });

  test('receives the sample object, and a deployment deletes no other object', () => {
    expect(propertiesOf(resources, 'Custom::CDKBucketDeployment')).toEqual({
      DefaultBucketSampleObjectCustomResource: expect.objectContaining({
        DestinationBucketName: '<DefaultBucket>',
        Prune: false,
      }),
    });
  });
});

describe('the link table', () => {
  test('is on demand, keyed by link ID, with a TTL', () => {
    expect(propertiesOf(resources, 'AWS::DynamoDB::Table')).toMatchObject({
      LinkTable: {
        BillingMode: 'PAY_PER_REQUEST',
        KeySchema: [{ AttributeName: 'nonce_id', KeyType: 'HASH' }],
        AttributeDefinitions: [{ AttributeName: 'nonce_id', AttributeType: 'S' }],
        TimeToLiveSpecification: { AttributeName: 'purge_at', Enabled: true },
        DeletionProtectionEnabled: false,
      },
    });
  });

  test('has no replica, backup or stream, from which a redeemed link could be restored', () => {
    expect(propertiesOf(resources, 'AWS::DynamoDB::GlobalTable')).toEqual({});
    const table = resources['LinkTable']?.Properties;
    expect(table).toBeDefined();
    expect(table).not.toHaveProperty('PointInTimeRecoverySpecification');
    expect(table).not.toHaveProperty('StreamSpecification');
    expect(table).not.toHaveProperty('KinesisStreamSpecification');
  });
});

test('the receipt table is on demand, keyed by link ID, with a TTL and an index that lists the links of a caller', () => {
  expect(propertiesOf(resources, 'AWS::DynamoDB::Table')['ReceiptTable']).toEqual({
    BillingMode: 'PAY_PER_REQUEST',
    KeySchema: [{ AttributeName: 'link_id', KeyType: 'HASH' }],
    AttributeDefinitions: [
      { AttributeName: 'link_id', AttributeType: 'S' },
      { AttributeName: 'created_by', AttributeType: 'S' },
      { AttributeName: 'created_at', AttributeType: 'S' },
    ],
    GlobalSecondaryIndexes: [
      {
        IndexName: 'by_creator',
        KeySchema: [
          { AttributeName: 'created_by', KeyType: 'HASH' },
          { AttributeName: 'created_at', KeyType: 'RANGE' },
        ],
        Projection: { ProjectionType: 'KEYS_ONLY' },
      },
    ],
    TimeToLiveSpecification: { AttributeName: 'purge_at', Enabled: true },
    DeletionProtectionEnabled: false,
  });
});

test('the sample object is copied after the API exists: a failed creation can delete an empty bucket', () => {
  expect(resources['DefaultBucketSampleObjectCustomResource']?.DependsOn).toContain('LinkApiDeploymentStageprod');
});

describe('CDK’s functions that empty and fill the bucket', () => {
  const roles = ['CustomS3AutoDeleteObjectsCustomResourceProviderRole', 'DefaultBucketSampleObjectRole'];

  test.each(roles)('cannot create log groups: %s', (role) => {
    const inline = resources[role]?.Properties['Policies'];
    const attached = Object.values(propertiesOf(resources, 'AWS::IAM::Policy')).filter(({ Roles }) =>
      (Roles as readonly string[]).includes(`<${role}>`),
    );
    const policies = JSON.stringify([inline, attached]);

    expect(resources[role]?.Properties).not.toHaveProperty('ManagedPolicyArns');
    expect(policies).toContain('"logs:CreateLogStream","logs:PutLogEvents"');
    expect(policies).not.toContain('logs:CreateLogGroup');
  });

  test('write to log groups of the stack', () => {
    const functions = Object.values(propertiesOf(resources, 'AWS::Lambda::Function'));
    const used = functions.map(({ LoggingConfig }) => (LoggingConfig as { LogGroup?: string } | undefined)?.LogGroup);
    expect(used).toEqual(expect.arrayContaining(['<DefaultBucketEmptyingLogs>', '<DefaultBucketSampleObjectLogs>']));
  });

  test('may read the tags of the bucket without its policy, which retainData changes first', () => {
    const { Policies } = resources['CustomS3AutoDeleteObjectsCustomResourceProviderRole']?.Properties ?? {};
    const tagging = { Effect: 'Allow', Action: 's3:GetBucketTagging', Resource: '<DefaultBucket.Arn>' };
    expect(JSON.stringify(Policies)).toContain(JSON.stringify(tagging));
  });
});

test('the logical IDs of the bucket, table and API do not change, because a new ID would replace the resource', () => {
  const ids = Object.keys(template.Resources);
  expect(ids).toEqual(expect.arrayContaining(['DefaultBucketC2CD5763', 'LinkTableE3B35B98', 'LinkApiFC5AB5A1']));
});

test('cdk destroy removes everything except the role that API Gateway uses to write logs in the Region', () => {
  const left = idsWhere(resources, ({ DeletionPolicy }) => DeletionPolicy !== undefined && DeletionPolicy !== 'Delete');
  expect(left).toEqual(['LinkApiAccount', 'LinkApiCloudWatchRole']);
  const stateful = idsWhere(resources, ({ Type }) => /^AWS::(S3::Bucket|DynamoDB::Table|Logs::LogGroup)$/.test(Type));
  const deleted = idsWhere(
    resources,
    ({ DeletionPolicy, UpdateReplacePolicy }) => DeletionPolicy === 'Delete' && UpdateReplacePolicy === 'Delete',
  );
  expect(deleted).toEqual(expect.arrayContaining(stateful));
  expect(propertiesOf(resources, 'Custom::S3AutoDeleteObjects')).toEqual({
    DefaultBucketAutoDeleteObjectsCustomResource: expect.objectContaining({ BucketName: '<DefaultBucket>' }),
  });
});
