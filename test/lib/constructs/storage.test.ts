import { MAX_UPLOAD_DAYS, MAX_UPLOAD_LINK_DAYS, UPLOAD_FOLDER } from '../../../lambda/contract';
import { defaultTemplate, idsWhere, propertiesOf, resourcesOf } from '../support/template';

const template = defaultTemplate();
const resources = resourcesOf(template);

describe('the bucket', () => {
  test('is the only one, encrypted, closed to the public, and owns what is put into it', () => {
    expect(propertiesOf(resources, 'AWS::S3::Bucket')).toEqual({
      DefaultBucket: {
        BucketEncryption: {
          ServerSideEncryptionConfiguration: [{ ServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' } }],
        },
        LifecycleConfiguration: expect.anything(),
        OwnershipControls: { Rules: [{ ObjectOwnership: 'BucketOwnerEnforced' }] },
        PublicAccessBlockConfiguration: {
          BlockPublicAcls: true,
          BlockPublicPolicy: true,
          IgnorePublicAcls: true,
          RestrictPublicBuckets: true,
        },
        // How the CDK finds the buckets that it fills and empties.
        Tags: [
          { Key: 'aws-cdk:auto-delete-objects', Value: 'true' },
          { Key: expect.stringMatching(/^aws-cdk:cr-owned:/), Value: 'true' },
        ],
      },
    });
  });

  test('removes shared files after their longest link, counted from the beginning of the longest upload', () => {
    expect(UPLOAD_FOLDER).toBe('shared/');
    expect([MAX_UPLOAD_LINK_DAYS, MAX_UPLOAD_DAYS]).toEqual([7, 1]);
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
          ],
        },
      },
    });
  });

  test('refuses every request that does not come by TLS, and lets nobody in but the function that empties it', () => {
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
          ],
        },
      },
    });
  });

  test('gets the sample object at a deployment and loses nothing that people have put beside it', () => {
    expect(propertiesOf(resources, 'Custom::CDKBucketDeployment')).toEqual({
      DefaultBucketSampleObjectCustomResource: expect.objectContaining({
        DestinationBucketName: '<DefaultBucket>',
        Prune: false,
      }),
    });
  });
});

describe('the table', () => {
  test('is on demand, finds a link by its id, and forgets it when it expires', () => {
    expect(propertiesOf(resources, 'AWS::DynamoDB::Table')).toEqual({
      LinkTable: {
        BillingMode: 'PAY_PER_REQUEST',
        KeySchema: [{ AttributeName: 'nonce_id', KeyType: 'HASH' }],
        AttributeDefinitions: [{ AttributeName: 'nonce_id', AttributeType: 'S' }],
        TimeToLiveSpecification: { AttributeName: 'expires_at', Enabled: true },
        DeletionProtectionEnabled: false,
      },
    });
  });

  test('has no replica, no backup and no stream: in a second copy, a spent link would live on', () => {
    expect(propertiesOf(resources, 'AWS::DynamoDB::GlobalTable')).toEqual({});
    const table = resources['LinkTable']?.Properties;
    expect(table).toBeDefined();
    expect(table).not.toHaveProperty('PointInTimeRecoverySpecification');
    expect(table).not.toHaveProperty('StreamSpecification');
    expect(table).not.toHaveProperty('KinesisStreamSpecification');
  });
});

test('an update never replaces the bucket, the table or the API: their logical ids stay as they are', () => {
  const kept = /^AWS::(S3::Bucket|DynamoDB::Table|ApiGateway::RestApi)$/;
  const ids = Object.entries(template.Resources).filter(([, { Type }]) => kept.test(Type));
  expect(Object.fromEntries(ids.map(([id, { Type }]) => [Type, id]))).toEqual({
    'AWS::S3::Bucket': 'X',
    'AWS::DynamoDB::Table': 'LinkTable5A7E9A1A',
    'AWS::ApiGateway::RestApi': 'LinkApiFC5AB5A1',
  });
});

test('cdk destroy leaves nothing behind but the role that the region’s API Gateway writes logs with', () => {
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
