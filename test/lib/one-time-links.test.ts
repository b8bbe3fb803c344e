import { App, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { Certificate } from 'aws-cdk-lib/aws-certificatemanager';
import type { Metric } from 'aws-cdk-lib/aws-cloudwatch';
import { EventBus, type IEventBus } from 'aws-cdk-lib/aws-events';
import { AccountRootPrincipal, Role } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Code, Function as LambdaFunction, Runtime } from 'aws-cdk-lib/aws-lambda';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Bucket, type IBucket } from 'aws-cdk-lib/aws-s3';
import { BucketDeployment, Source } from 'aws-cdk-lib/aws-s3-deployment';
import { OneTimeLinks, type OneTimeLinksProps } from '../../lib/one-time-links';
import { FAST_SYNTH, templateOfLinks, templateWith } from '../support/synthesized';
import { idsWhere, propertiesOf, type RawTemplate, resourcesOf, variablesOf } from './support/template';

const CERTIFICATE_ARN = 'arn:aws:acm:eu-west-1:123456789012:certificate/1234abcd-12ab-34cd-56ef-1234567890ab';

/** A stack of another app, without feature flags and with other context keys. */
function foreignStack(id = 'Shop'): Stack {
  return new Stack(new App({ context: { ...FAST_SYNTH, environment: 'staging', retain_data: true } }), id);
}

function templateOf(stack: Stack): RawTemplate {
  return Template.fromStack(stack).toJSON() as RawTemplate;
}

/** Names in a template that must be unique in an account and Region. */
function namesIn(template: RawTemplate): readonly string[] {
  return Object.values(resourcesOf(template)).flatMap(({ Type, Properties: properties }) => {
    switch (Type) {
      case 'AWS::ApiGateway::RestApi':
        return `API ${properties['Name']}`;
      case 'AWS::Logs::QueryDefinition':
        return `query ${properties['Name']}`;
      case 'AWS::CloudWatch::Alarm':
        return `alarm ${properties['AlarmName']}`;
      case 'AWS::CloudWatch::Dashboard':
        return `dashboard ${JSON.stringify(properties['DashboardName'])}`;
      case 'AWS::SNS::Topic':
        return `topic ${properties['DisplayName']}`;
      case 'AWS::Logs::MetricFilter':
        return `metric ${JSON.stringify(properties['MetricTransformations'])} of ${properties['LogGroupName']}`;
      default:
        return [];
    }
  });
}

test('without props, the construct yields the template that the app deploys by default', () => {
  expect(resourcesOf(templateOfLinks())).toEqual(resourcesOf(templateWith({})));
});

describe('in the stack of another app', () => {
  test('it needs no props, ignores foreign context keys and adds no outputs', () => {
    const stack = foreignStack();
    new OneTimeLinks(stack, 'Links');
    const template = templateOf(stack);

    expect(template.Outputs).toBeUndefined();
    expect(namesIn(template)).toContainEqual(expect.stringMatching(/^alarm Shop-Links-\w{8}-server-errors$/));
  });

  test('it does not change the log retention of other resources', () => {
    const stack = foreignStack();
    new LogGroup(stack, 'Orders', { retention: RetentionDays.TEN_YEARS });
    new OneTimeLinks(stack, 'Links', { logRetention: RetentionDays.ONE_DAY });

    const { Orders, ...ours } = propertiesOf(resourcesOf(templateOf(stack)), 'AWS::Logs::LogGroup');
    expect(Orders).toEqual({ RetentionInDays: 3653 });
    expect(new Set(Object.values(ours).map(({ RetentionInDays }) => RetentionInDays))).toEqual(new Set([1]));
  });

  test('it does not change CDK’s functions that empty and fill other buckets', () => {
    const foreign = (): Stack => {
      const stack = foreignStack();
      const destinationBucket = new Bucket(stack, 'Site', {
        removalPolicy: RemovalPolicy.DESTROY,
        autoDeleteObjects: true,
      }) as IBucket;
      new BucketDeployment(stack, 'Pages', { destinationBucket, sources: [Source.data('index.html', 'Shop')] });
      return stack;
    };
    const stack = foreign();
    new OneTimeLinks(stack, 'Links');

    const before = propertiesOf(resourcesOf(templateOf(foreign())), 'AWS::Lambda::Function');
    const after = propertiesOf(resourcesOf(templateOf(stack)), 'AWS::Lambda::Function');
    expect(Object.keys(before)).toHaveLength(2);
    expect(Object.fromEntries(Object.keys(before).map((id) => [id, after[id]]))).toEqual(before);
  });

  test('two constructs share nothing but CDK’s functions', () => {
    const stack = foreignStack();
    new OneTimeLinks(stack, 'Links');
    new OneTimeLinks(stack, 'Invoices', { logRetention: RetentionDays.ONE_YEAR });
    const resources = resourcesOf(templateOf(stack));
    const names = namesIn(templateOf(stack));

    expect(names).toHaveLength(new Set(names).size);
    expect(names).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/^API Shop-Links-\w{8}-links$/),
        expect.stringMatching(/^API Shop-Invoices-\w{8}-links$/),
      ]),
    );
    const logGroups = idsWhere(resources, ({ Type }) => Type === 'AWS::Logs::LogGroup');
    const functions = Object.values(propertiesOf(resources, 'AWS::Lambda::Function'));
    const used = functions.map(({ LoggingConfig }) => (LoggingConfig as { LogGroup: string }).LogGroup.slice(1, -1));
    expect(functions).toHaveLength(22);
    expect([...used, 'InvoicesLinkApiAccessLog', 'LinksLinkApiAccessLog'].sort()).toEqual(logGroups);
  });

  test('a long stack name still fits the display name of the alarm topic', () => {
    const stack = foreignStack('s'.repeat(128));
    new OneTimeLinks(stack, 'Links');

    const [topic] = Object.values(propertiesOf(resourcesOf(templateOf(stack)), 'AWS::SNS::Topic'));
    // https://docs.aws.amazon.com/sns/latest/api/API_CreateTopic.html
    expect(String(topic?.['DisplayName'])).toHaveLength(100);
  });
});

describe('grants', () => {
  const stack = foreignStack();
  const links = new OneTimeLinks(stack, 'Links');
  const assumedBy = new AccountRootPrincipal();
  links.grantIssue(new Role(stack, 'Issuer', { assumedBy })).assertSuccess();
  links.grantManage(new Role(stack, 'Manager', { assumedBy })).assertSuccess();
  const resources = resourcesOf(templateOf(stack));
  const STAGE =
    'arn:<AWS::Partition>:execute-api:<AWS::Region>:<AWS::AccountId>:<LinksLinkApi>/<LinksLinkApiDeploymentStageprod>';
  const ISSUE = [
    `${STAGE}/POST/generate-url`,
    `${STAGE}/GET/my-links`,
    `${STAGE}/GET/my-links/*`,
    `${STAGE}/DELETE/my-links/*`,
  ];

  test.each<[string, string, readonly string[]]>([
    ['grantIssue', 'IssuerDefaultPolicy', ISSUE],
    ['issuerPolicy', 'LinksIssuerPolicy', ISSUE],
    ['grantManage', 'ManagerDefaultPolicy', [`${STAGE}/GET/links/*`, `${STAGE}/DELETE/links/*`]],
    ['managerPolicy', 'LinksManagerPolicy', [`${STAGE}/GET/links/*`, `${STAGE}/DELETE/links/*`]],
  ])('%s allows these methods and nothing else', (_grant, policyId, resource) => {
    expect(resources[policyId]?.Properties['PolicyDocument']).toEqual({
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Action: 'execute-api:Invoke', Resource: resource }],
    });
  });
});

describe('a function that is granted access', () => {
  const stack = foreignStack();
  const links = new OneTimeLinks(stack, 'Links');
  const newFunction = (id: string): LambdaFunction =>
    new LambdaFunction(stack, id, {
      runtime: Runtime.NODEJS_22_X,
      handler: 'index.handler',
      code: Code.fromInline('…'),
    });
  links.grantIssue(newFunction('Shop')).assertSuccess();
  links.grantManage(newFunction('Support')).assertSuccess();
  links.grantIssue(newFunction('Billing').addAlias('live')).assertSuccess();
  const resources = resourcesOf(templateOf(stack));

  test.each([
    ['grantIssue', 'Shop', '/POST/generate-url'],
    ['grantManage', 'Support', '/DELETE/links/*'],
  ])('%s gives it the permission and the endpoint, so that the client needs no configuration', (_grant, id, method) => {
    expect(variablesOf(resources, id)).toEqual({
      ONE_TIME_LINKS_ENDPOINT:
        'https://<LinksLinkApi>.execute-api.<AWS::Region>.<AWS::URLSuffix>/<LinksLinkApiDeploymentStageprod>/',
    });
    expect(JSON.stringify(resources[`${id}ServiceRoleDefaultPolicy`])).toContain(method);
  });

  test('an alias gets the permission only, because it has no environment of its own', () => {
    expect(variablesOf(resources, 'Billing')).toEqual({});
    expect(JSON.stringify(resources['BillingServiceRoleDefaultPolicy'])).toContain('/POST/generate-url');
  });
});

describe('sharerPolicy', () => {
  const STAGE =
    'arn:<AWS::Partition>:execute-api:<AWS::Region>:<AWS::AccountId>:<LinkApi>/<LinkApiDeploymentStageprod>';
  const ISSUE = {
    Effect: 'Allow',
    Action: 'execute-api:Invoke',
    Resource: [
      `${STAGE}/DELETE/my-links/*`,
      `${STAGE}/GET/my-links`,
      `${STAGE}/GET/my-links/*`,
      `${STAGE}/POST/generate-url`,
    ],
  };
  const FIND = {
    Effect: 'Allow',
    Action: 'cloudformation:DescribeStacks',
    Resource: 'arn:<AWS::Partition>:cloudformation:<AWS::Region>:<AWS::AccountId>:stack/PreSignedURLStack/*',
  };
  const statements = (props: (stack: Stack) => OneTimeLinksProps): unknown => {
    const { PolicyDocument } = resourcesOf(templateOfLinks(props))['SharerPolicy']?.Properties ?? {};
    return (PolicyDocument as { Statement: unknown }).Statement;
  };

  test('allows issuing links, finding the stack, and uploading and tagging files in the default bucket of this account', () => {
    const upload = {
      Effect: 'Allow',
      Action: ['s3:AbortMultipartUpload', 's3:DeleteObject', 's3:PutObject', 's3:PutObjectTagging'],
      Resource: '<DefaultBucket.Arn>/shared/*',
      Condition: { StringEquals: { 's3:ResourceAccount': '<AWS::AccountId>' } },
    };
    expect(statements(() => ({}))).toEqual([ISSUE, FIND, upload]);
  });

  test('allows no upload to an existing bucket', () => {
    const reports = (stack: Stack) => Bucket.fromBucketName(stack, 'Reports', 'team-reports');
    expect(statements((stack) => ({ buckets: [reports(stack)] }))).toEqual([ISSUE, FIND]);
  });
});

describe('metrics', () => {
  const links = new OneTimeLinks(foreignStack(), 'Links', { monitoring: 'full' });

  test.each<[string, Metric, string]>([
    ['metricIssued', links.metricIssued(), 'Issued'],
    ['metricRedeemed', links.metricRedeemed(), 'Redeemed'],
    ['metricOutcomeUnknown', links.metricOutcomeUnknown(), 'OutcomeUnknown'],
  ])('%s is a sum over five minutes', (_method, metric, metricName) => {
    expect(metric).toMatchObject({ namespace: expect.stringMatching(/^OneTimeLinks\/Shop-Links-/), metricName });
    expect([metric.statistic, metric.period.toMinutes()]).toEqual(['Sum', 5]);
  });

  test('metricRefused adds up all reasons', () => {
    const { expression, usingMetrics } = links.metricRefused();
    expect(expression).toBe('notactive + expired + malformed + prefetch + machine');
    expect(Object.keys(usingMetrics)).toEqual(['notactive', 'expired', 'malformed', 'prefetch', 'machine']);
  });

  test('a metric that does not exist at the level of monitoring is an error', () => {
    const basic = new OneTimeLinks(foreignStack(), 'Links');
    const none = new OneTimeLinks(foreignStack(), 'Links', { monitoring: 'none' });

    expect(basic.metricOutcomeUnknown().metricName).toBe('OutcomeUnknown');
    expect(() => basic.metricRefused()).toThrow('the metric Expired does not exist at this level of monitoring');
    expect(() => none.metricIssued()).toThrow('the metric Issued does not exist at this level of monitoring');
    expect(none.alarmTopic).toBeUndefined();
  });

  test('options of a metric override the defaults', () => {
    expect(links.metricIssued({ period: Duration.hours(1) }).period.toHours()).toBe(1);
  });
});

describe('props', () => {
  const resourcesWith = (props: OneTimeLinksProps) => resourcesOf(templateOfLinks(() => props));
  const all = resourcesWith({
    retainData: true,
    publicBaseUrl: 'https://cdn.example.com/files',
    maxLinkLifetime: Duration.days(30),
    openedUrlLifetime: Duration.minutes(15),
    throttles: { open: { rateLimit: 5000 } },
    authorizerReservedConcurrency: 1,
    redirectReservedConcurrency: 20,
    webAclArn: 'arn:aws:wafv2:eu-west-1:123456789012:regional/webacl/links/1234abcd',
    logRetention: RetentionDays.INFINITE,
    monitoring: 'full',
    alarmEmail: 'oncall@example.com',
    runbookBaseUrl: 'https://wiki.example.com/links/runbook',
  });

  test('buckets: existing buckets replace the default bucket unless it is asked for', () => {
    const withBucket = (defaultBucket?: boolean) =>
      resourcesOf(
        templateOfLinks((stack) => ({
          buckets: [Bucket.fromBucketName(stack, 'Reports', 'team-reports')],
          ...(defaultBucket !== undefined && { defaultBucket }),
        })),
      );

    expect(withBucket()).not.toHaveProperty('DefaultBucket');
    expect(withBucket(true)).toHaveProperty('DefaultBucket');
  });

  test('buckets: a bucket in the same stack is shared by reference, with its key', () => {
    const stack = foreignStack();
    const encryptionKey = new Key(stack, 'Key');
    new OneTimeLinks(stack, 'Links', { buckets: [new Bucket(stack, 'Orders', { encryptionKey }) as IBucket] });
    const resources = resourcesOf(templateOf(stack));

    expect(variablesOf(resources, 'LinksGenerateUrl')['ALLOWED_BUCKETS']).toBe('[{"name":"<Orders>"}]');
    expect(JSON.stringify(resources['LinksAccessObjectRoleDefaultPolicy'])).toContain('"<Orders.Arn>/*"');
    expect(JSON.stringify(resources['LinksAccessObjectRoleDefaultPolicy'])).toContain('"Resource":"<Key.Arn>"');
  });

  test('policyNamePrefix: the policies for callers have predictable names, otherwise CloudFormation generates them', () => {
    const namesWith = (props: OneTimeLinksProps) =>
      Object.values(propertiesOf(resourcesWith(props), 'AWS::IAM::ManagedPolicy')).map(
        ({ ManagedPolicyName }) => ManagedPolicyName,
      );

    expect(namesWith({ policyNamePrefix: 'links' })).toEqual(['links-issuer', 'links-manager', 'links-sharer']);
    expect(namesWith({})).toEqual([undefined, undefined, undefined]);
  });

  test('organizationName and supportContact go to the function that serves the page', () => {
    const props = { organizationName: 'Example Ltd', supportContact: 'https://help.example.com' };
    const shown = { ORGANIZATION_NAME: 'Example Ltd', SUPPORT_CONTACT: 'https://help.example.com' };

    expect(variablesOf(resourcesWith(props), 'OpenLink')).toMatchObject(shown);
    expect(Object.keys(variablesOf(resourcesWith({}), 'OpenLink'))).toEqual(['S3_ORIGINS']);
  });

  test('publicBaseUrl, maxLinkLifetime and openedUrlLifetime go to the functions', () => {
    expect(variablesOf(all, 'GenerateUrl')).toMatchObject({
      PUBLIC_BASE_URL: 'https://cdn.example.com/files',
      MAX_LINK_LIFETIME_SECONDS: '2592000',
      OPENED_URL_LIFETIME_SECONDS: '900',
    });
    expect(variablesOf(all, 'AccessObject')).toMatchObject({ OPENED_URL_LIFETIME_SECONDS: '900' });
  });

  test('serverAccessLogsBucket: a bucket in the same stack gets the logs of the default bucket, and lets S3 write them', () => {
    const resources = resourcesOf(
      templateOfLinks((stack) => ({ serverAccessLogsBucket: new Bucket(stack, 'AccessLogs') as IBucket })),
    );

    expect(resources['DefaultBucket']?.Properties).toMatchObject({
      LoggingConfiguration: {
        DestinationBucketName: '<AccessLogs>',
        TargetObjectKeyFormat: { PartitionedPrefix: { PartitionDateSource: 'EventTime' } },
      },
    });
    expect(JSON.stringify(resources['AccessLogsPolicy'])).toContain('logging.s3.amazonaws.com');
  });

  test('encryptionKey: a key of the same app encrypts tables, logs, queue and topics, and its policy allows the services', () => {
    const stack = foreignStack();
    const notificationEmail = 'ada@example.com';
    new OneTimeLinks(stack, 'Links', { encryptionKey: new Key(stack, 'Key'), notificationEmail });
    const resources = resourcesOf(templateOf(stack));

    for (const table of ['LinksLinkTable', 'LinksReceiptTable']) {
      expect(resources[table]?.Properties['SSESpecification']).toEqual({
        SSEEnabled: true,
        SSEType: 'KMS',
        KMSMasterKeyId: '<Key.Arn>',
      });
    }
    expect(resources['LinksRecordReceiptsDeadLetters']?.Properties['KmsMasterKeyId']).toBe('<Key.Arn>');
    expect(resources['LinksNotificationTopic']?.Properties['KmsMasterKeyId']).toBe('<Key.Arn>');
    const logGroups = Object.values(propertiesOf(resources, 'AWS::Logs::LogGroup'));
    expect(new Set(logGroups.map(({ KmsKeyId }) => KmsKeyId))).toEqual(new Set(['<Key.Arn>']));
    expect(resources['LinksMonitoringAlarmTopic']?.Properties['KmsMasterKeyId']).toBe('<Key.Arn>');
    const policy = resources['Key']?.Properties['KeyPolicy'] as { readonly Statement: readonly object[] } | undefined;
    expect(policy?.Statement.slice(1)).toEqual([
      {
        Effect: 'Allow',
        Principal: { Service: 'logs.<AWS::Region>.amazonaws.com' },
        Action: ['kms:Encrypt', 'kms:Decrypt', 'kms:ReEncrypt*', 'kms:GenerateDataKey*', 'kms:Describe*'],
        Resource: '*',
        Condition: {
          ArnLike: {
            'kms:EncryptionContext:aws:logs:arn':
              'arn:<AWS::Partition>:logs:<AWS::Region>:<AWS::AccountId>:log-group:*',
          },
        },
      },
      {
        Effect: 'Allow',
        Principal: { Service: 'cloudwatch.amazonaws.com' },
        Action: ['kms:Decrypt', 'kms:GenerateDataKey*'],
        Resource: '*',
        Condition: {
          ArnLike: { 'aws:SourceArn': 'arn:<AWS::Partition>:cloudwatch:<AWS::Region>:<AWS::AccountId>:alarm:*' },
        },
      },
    ]);
  });

  test('encryptionKey: the functions that use a table or the queue may use its key, through DynamoDB or SQS only', () => {
    const keyArn = 'arn:aws:kms:eu-west-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab';
    const resources = resourcesOf(
      templateOfLinks((stack) => ({ encryptionKey: Key.fromKeyArn(stack, 'Key', keyArn) })),
    );
    const withKey = Object.entries(propertiesOf(resources, 'AWS::IAM::Policy')).flatMap(([id, { PolicyDocument }]) => {
      const { Statement } = PolicyDocument as { readonly Statement: readonly { readonly Resource: unknown }[] };
      const statements = Statement.filter(({ Resource }) => Resource === keyArn);
      return statements.length === 0 ? [] : [[id, statements]];
    });
    const throughSqs = {
      Effect: 'Allow',
      Action: ['kms:Decrypt', 'kms:GenerateDataKey'],
      Resource: keyArn,
      Condition: {
        StringEquals: { 'kms:ViaService': ['sqs.<AWS::Region>.amazonaws.com', 'sqs.<AWS::Region>.amazonaws.com.cn'] },
      },
    };
    const throughDynamoDb = {
      Effect: 'Allow',
      Action: [
        'kms:Decrypt',
        'kms:DescribeKey',
        'kms:Encrypt',
        'kms:GenerateDataKey',
        'kms:GenerateDataKeyWithoutPlaintext',
        'kms:ReEncryptFrom',
        'kms:ReEncryptTo',
      ],
      Resource: keyArn,
      Condition: {
        StringEquals: {
          'kms:ViaService': ['dynamodb.<AWS::Region>.amazonaws.com', 'dynamodb.<AWS::Region>.amazonaws.com.cn'],
        },
      },
    };
    expect(Object.fromEntries(withKey)).toEqual({
      AuthorizeAccessRoleDefaultPolicy: [throughDynamoDb],
      DescribeLinkRoleDefaultPolicy: [throughDynamoDb],
      GenerateUrlRoleDefaultPolicy: [throughDynamoDb],
      ManageLinkRoleDefaultPolicy: [throughDynamoDb],
      RecordReceiptsRoleDefaultPolicy: [throughSqs, throughDynamoDb],
      RemoveUploadsRoleDefaultPolicy: [throughDynamoDb],
    });
  });

  test('manageApiGatewayAccount: with false, the role of API Gateway is left alone', () => {
    const ids = Object.keys(resourcesWith({ manageApiGatewayAccount: false }));
    expect(ids.filter((id) => /LinkApi(Account|CloudWatchRole)/.test(id))).toEqual([]);
  });

  test('retainData: the bucket, its policy and the tables outlive the stack', () => {
    expect(idsWhere(all, ({ DeletionPolicy }) => DeletionPolicy === 'Retain')).toEqual([
      'LinkApiAccount',
      'LinkApiCloudWatchRole',
      'LinkTable',
      'ReceiptTable',
    ]);
    // A stack whose creation fails leaves no bucket behind.
    expect(idsWhere(all, ({ DeletionPolicy }) => DeletionPolicy === 'RetainExceptOnCreate')).toEqual([
      'DefaultBucket',
      'DefaultBucketPolicy',
    ]);
    expect(all['DefaultBucket']?.UpdateReplacePolicy).toBe('Retain');
  });

  test('signOnOpen: without it, the function that redirects cannot read the buckets', () => {
    const resources = resourcesWith({ signOnOpen: false });
    expect(variablesOf(resources, 'AccessObject')).toEqual({});
    expect(JSON.stringify(resources['AccessObjectRoleDefaultPolicy'])).not.toContain('s3:');
  });

  test('throttles: a throttle with one number keeps the default of the other', () => {
    expect(all['LinkApiDeploymentStageprod']?.Properties['MethodSettings']).toContainEqual(
      expect.objectContaining({ HttpMethod: 'GET', ThrottlingRateLimit: 5000, ThrottlingBurstLimit: 150 }),
    );
  });

  test('throttles: the request-surge alarm goes off at a fifth of the throttle, or at 3,000 requests', () => {
    expect(all['MonitoringAlarmrequestsurge']?.Properties['Threshold']).toBe(300_000);
    const lowThrottle = resourcesWith({ monitoring: 'full', throttles: { open: { rateLimit: 10 } } });
    expect(lowThrottle['MonitoringAlarmrequestsurge']?.Properties['Threshold']).toBe(3000);
  });

  test('throttles: the daily-requests alarm goes off at a fiftieth of the throttle, or at 100,000 requests', () => {
    expect(all['MonitoringAlarmdailyrequests']?.Properties['Threshold']).toBe(8_640_000);
    const lowThrottle = resourcesWith({ throttles: { open: { rateLimit: 10 } } });
    expect(lowThrottle['MonitoringAlarmdailyrequests']?.Properties['Threshold']).toBe(100_000);
  });

  test('authorizerReservedConcurrency, redirectReservedConcurrency: these two functions have reserved executions', () => {
    const reserving = idsWhere(all, ({ Properties }) => Properties['ReservedConcurrentExecutions'] !== undefined);
    expect(reserving).toEqual(['AccessObject', 'AuthorizeAccess']);
    expect(all['AuthorizeAccess']?.Properties['ReservedConcurrentExecutions']).toBe(1);
    expect(all['AccessObject']?.Properties['ReservedConcurrentExecutions']).toBe(20);
  });

  test('webAclArn: the stage is associated with the web ACL', () => {
    expect(all['LinkApiWebAcl']?.Properties).toEqual({
      WebACLArn: 'arn:aws:wafv2:eu-west-1:123456789012:regional/webacl/links/1234abcd',
      ResourceArn:
        'arn:<AWS::Partition>:apigateway:<AWS::Region>::/restapis/<LinkApi>/stages/<LinkApiDeploymentStageprod>',
    });
  });

  test('logRetention: INFINITE keeps every log', () => {
    const logGroups = Object.values(propertiesOf(all, 'AWS::Logs::LogGroup'));
    expect(logGroups.filter((properties) => 'RetentionInDays' in properties)).toEqual([]);
  });

  test('alarmEmail: the address is subscribed to the alarms', () => {
    expect(Object.values(propertiesOf(all, 'AWS::SNS::Subscription'))).toEqual([
      { Protocol: 'email', Endpoint: 'oncall@example.com', TopicArn: '<MonitoringAlarmTopic>' },
    ]);
  });

  test('runbookBaseUrl: each alarm links to its section', () => {
    const alarms = Object.values(propertiesOf(all, 'AWS::CloudWatch::Alarm'));
    const descriptions = alarms.map(({ AlarmDescription }) => String(AlarmDescription));
    expect(descriptions).toContainEqual(
      expect.stringMatching(/ Runbook: https:\/\/wiki\.example\.com\/links\/runbook#server-errors$/),
    );
    expect(descriptions.filter((text) => !text.includes('https://wiki.example.com/links/runbook#'))).toEqual([]);
  });
});

describe('refused props', () => {
  test.each<[OneTimeLinksProps, string]>([
    [{ defaultBucket: false }, 'there is no bucket to share from'],
    [{ maxLinkLifetime: Duration.days(31) }, 'maxLinkLifetime must be from 1 to 2592000 seconds'],
    [{ openedUrlLifetime: Duration.seconds(4) }, 'openedUrlLifetime must be from 5 to 900 seconds'],
    [{ signOnOpen: false, openedUrlLifetime: Duration.seconds(60) }, 'openedUrlLifetime has no effect'],
    [{ signOnOpen: false, maxLinkLifetime: Duration.hours(2) }, 'maxLinkLifetime must be at most 3600 seconds'],
    [{ maxUploadBytes: 5_000_000_001 }, 'maxUploadBytes must be a whole number of bytes from 1 to 5000000000'],
    [{ dailyUploadBytes: 1.5 }, 'dailyUploadBytes must be a whole number of bytes from 1 to'],
    [{ uploadUrlLifetime: Duration.seconds(59) }, 'uploadUrlLifetime must be from 60 to 3600 seconds'],
    [{ receivedRetention: Duration.days(366) }, 'receivedRetention must be whole days from 1 to 365'],
    [{ receiptRetention: Duration.hours(12) }, 'receiptRetention must be whole days from 0 to 365'],
    [{ receiptRetention: Duration.days(366) }, 'receiptRetention must be whole days from 0 to 365'],
    [
      { receiptRetention: Duration.days(0), receiptFileNames: true },
      'receiptFileNames, eventBus and notificationEmail',
    ],
    [
      { receiptRetention: Duration.days(0), notificationEmail: 'ada@example.com' },
      'have no effect with receiptRetention: Duration.days(0): omit them',
    ],
    [{ monitoring: 'none', alarmEmail: 'oncall@example.com' }, 'alarmEmail and runbookBaseUrl have no effect'],
    [{ authorizerReservedConcurrency: 0 }, 'authorizerReservedConcurrency must be at least 1'],
    [{ organizationName: 'o'.repeat(61) }, 'organizationName must be 1 to 60 characters'],
    [{ supportContact: 'http://help.example.com' }, 'supportContact must be an email address or an https URL'],
    [{ policyNamePrefix: 'one time' }, 'policyNamePrefix must be at most 120 letters'],
    [{ redirectReservedConcurrency: 19 }, 'redirectReservedConcurrency must be at least 20'],
    [{ publicBaseUrl: 'http://cdn.example.com' }, 'publicBaseUrl must be an https URL'],
    [{ publicBaseUrl: 'https://cdn.example.com/files/' }, 'publicBaseUrl must be an https URL'],
  ])('%j', (props, message) => {
    expect(() => new OneTimeLinks(foreignStack(), 'Links', props)).toThrow(message);
  });

  test('serverAccessLogsBucket without a default bucket', () => {
    const stack = foreignStack();
    const [reports, logs] = ['reports', 'logs'].map((name) => Bucket.fromBucketName(stack, name, name));
    const props = { ...(reports && { buckets: [reports] }), ...(logs && { serverAccessLogsBucket: logs }) };
    expect(() => new OneTimeLinks(stack, 'Links', props)).toThrow('serverAccessLogsBucket has no effect');
  });

  test.each<OneTimeLinksProps>([
    { maxUploadBytes: 1000 },
    { dailyUploadBytes: 1000 },
    { uploadUrlLifetime: Duration.minutes(5) },
    { receivedRetention: Duration.days(7) },
  ])('%j without a bucket that accepts uploads', (props) => {
    const stack = foreignStack();
    const buckets = [Bucket.fromBucketName(stack, 'Reports', 'team-reports')];
    expect(() => new OneTimeLinks(stack, 'Links', { ...props, buckets })).toThrow('no effect');
  });

  test('eventBus without receipts', () => {
    const stack = foreignStack();
    const props = { eventBus: new EventBus(stack, 'Bus') as IEventBus, receiptRetention: Duration.days(0) };
    expect(() => new OneTimeLinks(stack, 'Links', props)).toThrow('have no effect with receiptRetention');
  });

  test.each(['', '/reports/', 'a/../b/', 'reports/*', 'reports/?', '$' + '{aws:username}/'])(
    'the prefix %s of a bucket',
    (prefix) => {
      const stack = foreignStack();
      const bucket = Bucket.fromBucketName(stack, 'Reports', 'team-reports');
      expect(() => new OneTimeLinks(stack, 'Links', { buckets: [{ bucket, prefix }] })).toThrow(`prefix "${prefix}"`);
    },
  );
});

test.each<[OneTimeLinksProps, 'warning' | 'no warning']>([
  [{ logRetention: RetentionDays.FIVE_DAYS }, 'warning'],
  [{ logRetention: RetentionDays.TWO_WEEKS, maxLinkLifetime: Duration.days(30) }, 'warning'],
  [{ logRetention: RetentionDays.ONE_WEEK }, 'no warning'],
  [{ logRetention: RetentionDays.ONE_DAY, maxLinkLifetime: Duration.days(1) }, 'no warning'],
  [{ logRetention: RetentionDays.ONE_DAY, signOnOpen: false }, 'no warning'],
  [{ logRetention: RetentionDays.INFINITE, maxLinkLifetime: Duration.days(30) }, 'no warning'],
])('logs that are kept for less time than links live cause a warning: %j, %s', (props, expected) => {
  const { metadata } = new OneTimeLinks(foreignStack(), 'Links', props).node;
  const warnings = metadata.filter(({ data }) => String(data).startsWith('logs are kept for'));
  expect(warnings.map(({ type }) => type)).toEqual(expected === 'warning' ? ['aws:cdk:warning'] : []);
});

test.each([
  ['a publicBaseUrl without a path', 'https://cdn.example.com', undefined, []],
  ['a publicBaseUrl with a path', 'https://www.example.com/share', undefined, ['publicBaseUrl']],
  ['a custom domain without a base path', undefined, {}, []],
  ['a custom domain with a base path', undefined, { basePath: 'share' }, ['basePath']],
  ['both paths', 'https://www.example.com/share', { basePath: 'share' }, ['publicBaseUrl']],
  ['a base path behind a publicBaseUrl without one', 'https://cdn.example.com', { basePath: 'share' }, []],
] as const)(
  'links that share their host name with other applications cause a warning: %s',
  (_, publicBaseUrl, domain, named) => {
    const stack = foreignStack();
    const certificate = Certificate.fromCertificateArn(stack, 'Certificate', CERTIFICATE_ARN);
    const { metadata } = new OneTimeLinks(stack, 'Links', {
      ...(publicBaseUrl !== undefined && { publicBaseUrl }),
      ...(domain !== undefined && { customDomain: { domainName: 'links.example.com', certificate, ...domain } }),
    }).node;
    const warnings = metadata.filter(({ data }) => String(data).includes('one-time-s3-links:sharedHostName'));

    expect(warnings.map(({ data }) => String(data).replace(/ .*/, ''))).toEqual(named);
  },
);
