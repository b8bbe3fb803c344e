import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isAllowed, matchesPattern, parseStatement } from '../../emulator/iam/policy';
import { COMBINATIONS } from '../support/option-combinations';
import { templateWith } from '../support/synthesized';
import { resourcesOf } from './support/template';

interface Statement {
  readonly Sid: string;
  readonly Condition?: unknown;
}

const TEXT = readFileSync(join(__dirname, '..', '..', 'docs', 'deploy-policy.json'), 'utf8');
const POLICY: { readonly Statement: readonly Statement[] } = JSON.parse(TEXT);
/** Without conditions, which two tests below check. */
const STATEMENTS = POLICY.Statement.map(({ Condition, ...statement }) => parseStatement(statement, statement.Sid));
/** The templates that the policy is for: it contains the default name of the stack. */
const TEMPLATES = COMBINATIONS.filter(([, { stackName }]) => stackName === undefined).map(([, options]) =>
  templateWith(options),
);
const RESOURCES = TEMPLATES.flatMap((template) => Object.values(resourcesOf(template)));

const API = 'arn:aws:apigateway:eu-west-1::/restapis/a1b2c3d4e5';
const DOMAIN = 'arn:aws:apigateway:eu-west-1::/domainnames/links.example.com';
const FUNCTION = 'arn:aws:lambda:eu-west-1:123456789012:function:PreSignedURLStack-GenerateUrl-a1b2c3';
const ROLE = 'arn:aws:iam::123456789012:role/PreSignedURLStack-GenerateUrlRole-a1b2c3';
const CALLER_ROLE = 'arn:aws:iam::123456789012:role/teams/sharing';
const BUCKET = 'arn:aws:s3:::presignedurlstack-defaultbucket-a1b2c3';
const TABLE = 'arn:aws:dynamodb:eu-west-1:123456789012:table/PreSignedURLStack-LinkTable-a1b2c3';
const ASSET = 'arn:aws:s3:::cdk-hnb659fds-assets-123456789012-eu-west-1/a1b2c3.zip';
const LOG_GROUP = 'arn:aws:logs:eu-west-1:123456789012:log-group:PreSignedURLStack-Logs-a1b2c3';
const QUEUE = 'arn:aws:sqs:eu-west-1:123456789012:PreSignedURLStack-DeadLetters-a1b2c3';
const RULE = 'arn:aws:events:eu-west-1:123456789012:rule/PreSignedURLStack-Schedule-a1b2c3';
const RULE_OF_BUS = 'arn:aws:events:eu-west-1:123456789012:rule/links/PreSignedURLStack-Redeemed-a1b2c3';
const TOPIC = 'arn:aws:sns:eu-west-1:123456789012:PreSignedURLStack-AlarmTopic-a1b2c3';

/**
 * Actions by resource type, from the `handlers` of the types' schemas, without those for properties that the template does
 * not use: https://docs.aws.amazon.com/cloudformation-cli/latest/userguide/resource-type-schema.html. Not from a schema:
 * `AWS::Route53::RecordSet` and `Custom::` types have none, the parameter is resolved with the same role, and API Gateway
 * creates its service-linked role with the first custom domain of an account:
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/using-service-linked-roles.html.
 */
const NEEDED: readonly (readonly [type: string, arn: string, actions: string])[] = [
  [
    'AWS::SSM::Parameter::Value<String>',
    'arn:aws:ssm:eu-west-1:123456789012:parameter/cdk-bootstrap/hnb659fds/version',
    'ssm:GetParameters',
  ],
  ['AWS::ApiGateway::Account', 'arn:aws:apigateway:eu-west-1::/account', 'apigateway:GET apigateway:PATCH'],
  ['AWS::ApiGateway::Account', ROLE, 'iam:GetRole iam:PassRole'],
  [
    'AWS::ApiGateway::Authorizer',
    `${API}/authorizers/a1b2c3`,
    'apigateway:GET apigateway:POST apigateway:PATCH apigateway:DELETE',
  ],
  [
    'AWS::ApiGateway::BasePathMapping',
    `${DOMAIN}/basepathmappings/share`,
    'apigateway:GET apigateway:POST apigateway:PATCH apigateway:DELETE',
  ],
  [
    'AWS::ApiGateway::Deployment',
    `${API}/deployments/a1b2c3`,
    'apigateway:GET apigateway:POST apigateway:PUT apigateway:PATCH apigateway:DELETE',
  ],
  ['AWS::ApiGateway::DomainName', 'arn:aws:apigateway:eu-west-1::/domainnames', 'apigateway:POST'],
  ['AWS::ApiGateway::DomainName', DOMAIN, 'apigateway:GET apigateway:PUT apigateway:PATCH apigateway:DELETE'],
  [
    'AWS::ApiGateway::DomainName',
    'arn:aws:iam::123456789012:role/aws-service-role/ops.apigateway.amazonaws.com/AWSServiceRoleForAPIGateway',
    'iam:CreateServiceLinkedRole',
  ],
  [
    'AWS::ApiGateway::GatewayResponse',
    `${API}/gatewayresponses/ACCESS_DENIED`,
    'apigateway:GET apigateway:PUT apigateway:DELETE',
  ],
  ['AWS::ApiGateway::Method', `${API}/resources/a1b2c3/methods/GET`, 'apigateway:GET apigateway:PUT apigateway:DELETE'],
  [
    'AWS::ApiGateway::Model',
    `${API}/models/LinkRequest`,
    'apigateway:GET apigateway:POST apigateway:PATCH apigateway:DELETE',
  ],
  [
    'AWS::ApiGateway::RequestValidator',
    `${API}/requestvalidators/a1b2c3`,
    'apigateway:GET apigateway:POST apigateway:PATCH apigateway:DELETE',
  ],
  [
    'AWS::ApiGateway::Resource',
    `${API}/resources/a1b2c3`,
    'apigateway:GET apigateway:POST apigateway:PATCH apigateway:DELETE',
  ],
  ['AWS::ApiGateway::RestApi', 'arn:aws:apigateway:eu-west-1::/restapis', 'apigateway:POST'],
  ['AWS::ApiGateway::RestApi', API, 'apigateway:GET apigateway:PUT apigateway:PATCH apigateway:DELETE'],
  ['AWS::ApiGateway::RestApi', 'arn:aws:apigateway:eu-west-1::/tags/a1b2c3', 'apigateway:PUT apigateway:DELETE'],
  [
    'AWS::ApiGateway::Stage',
    `${API}/stages/prod`,
    'apigateway:GET apigateway:POST apigateway:PUT apigateway:PATCH apigateway:DELETE',
  ],
  [
    'AWS::CloudWatch::Alarm',
    'arn:aws:cloudwatch:eu-west-1:123456789012:alarm:PreSignedURLStack-server-errors',
    'cloudwatch:PutMetricAlarm cloudwatch:DeleteAlarms cloudwatch:DescribeAlarms cloudwatch:ListTagsForResource cloudwatch:TagResource cloudwatch:UntagResource',
  ],
  [
    'AWS::CloudWatch::Dashboard',
    'arn:aws:cloudwatch::123456789012:dashboard/PreSignedURLStack',
    'cloudwatch:PutDashboard cloudwatch:GetDashboard cloudwatch:DeleteDashboards cloudwatch:ListTagsForResource cloudwatch:TagResource cloudwatch:UntagResource',
  ],
  [
    'AWS::DynamoDB::Table',
    TABLE,
    'dynamodb:CreateTable dynamodb:UpdateTable dynamodb:DeleteTable dynamodb:UpdateTimeToLive dynamodb:TagResource dynamodb:UntagResource',
  ],
  [
    'AWS::DynamoDB::Table',
    TABLE,
    'dynamodb:DescribeTable dynamodb:DescribeTimeToLive dynamodb:DescribeContinuousBackups dynamodb:DescribeContributorInsights dynamodb:DescribeKinesisStreamingDestination dynamodb:GetResourcePolicy dynamodb:ListTagsOfResource',
  ],
  [
    'AWS::Events::Rule',
    RULE,
    'events:PutRule events:DescribeRule events:DeleteRule events:PutTargets events:RemoveTargets events:ListTargetsByRule events:ListTagsForResource events:TagResource events:UntagResource',
  ],
  [
    'AWS::Events::Rule',
    RULE_OF_BUS,
    'events:PutRule events:DescribeRule events:DeleteRule events:PutTargets events:RemoveTargets events:ListTargetsByRule',
  ],
  [
    'AWS::IAM::ManagedPolicy',
    'arn:aws:iam::123456789012:policy/PreSignedURLStack-IssuerPolicy-a1b2c3',
    'iam:CreatePolicy iam:CreatePolicyVersion iam:DeletePolicy iam:DeletePolicyVersion iam:GetPolicy iam:GetPolicyVersion iam:ListEntitiesForPolicy iam:ListPolicyVersions',
  ],
  ['AWS::IAM::ManagedPolicy', CALLER_ROLE, 'iam:AttachRolePolicy iam:DetachRolePolicy'],
  ['AWS::IAM::Policy', ROLE, 'iam:PutRolePolicy iam:GetRolePolicy iam:DeleteRolePolicy'],
  [
    'AWS::IAM::Role',
    ROLE,
    'iam:CreateRole iam:GetRole iam:UpdateRole iam:UpdateRoleDescription iam:UpdateAssumeRolePolicy iam:DeleteRole iam:TagRole iam:UntagRole',
  ],
  [
    'AWS::IAM::Role',
    ROLE,
    'iam:AttachRolePolicy iam:DetachRolePolicy iam:ListAttachedRolePolicies iam:ListRolePolicies',
  ],
  [
    'AWS::Lambda::Function',
    FUNCTION,
    'lambda:CreateFunction lambda:GetFunction lambda:UpdateFunctionCode lambda:UpdateFunctionConfiguration lambda:DeleteFunction lambda:PutFunctionConcurrency lambda:DeleteFunctionConcurrency lambda:TagResource lambda:UntagResource',
  ],
  [
    'AWS::Lambda::Function',
    FUNCTION,
    'lambda:GetFunctionCodeSigningConfig lambda:GetFunctionRecursionConfig lambda:GetFunctionScalingConfig lambda:GetRuntimeManagementConfig',
  ],
  ['AWS::Lambda::Function', ROLE, 'iam:PassRole'],
  ['AWS::Lambda::Function', ASSET, 's3:GetObject s3:GetObjectVersion'],
  [
    'AWS::Lambda::LayerVersion',
    'arn:aws:lambda:eu-west-1:123456789012:layer:SampleObjectAwsCliLayer',
    'lambda:PublishLayerVersion lambda:GetLayerVersion lambda:DeleteLayerVersion',
  ],
  ['AWS::Lambda::LayerVersion', ASSET, 's3:GetObject s3:GetObjectVersion'],
  ['AWS::Lambda::Permission', FUNCTION, 'lambda:AddPermission lambda:GetPolicy lambda:RemovePermission'],
  [
    'AWS::Logs::LogGroup',
    LOG_GROUP,
    'logs:CreateLogGroup logs:DeleteLogGroup logs:PutRetentionPolicy logs:DeleteRetentionPolicy logs:TagResource logs:UntagResource',
  ],
  [
    'AWS::Logs::LogGroup',
    LOG_GROUP,
    'logs:DescribeLogGroups logs:DescribeIndexPolicies logs:DescribeResourcePolicies logs:GetDataProtectionPolicy logs:ListTagsForResource',
  ],
  ['AWS::Logs::MetricFilter', LOG_GROUP, 'logs:PutMetricFilter logs:DescribeMetricFilters logs:DeleteMetricFilter'],
  [
    'AWS::Logs::QueryDefinition',
    '*',
    'logs:PutQueryDefinition logs:DescribeQueryDefinitions logs:DeleteQueryDefinition',
  ],
  [
    'AWS::Logs::SubscriptionFilter',
    LOG_GROUP,
    'logs:PutSubscriptionFilter logs:DescribeSubscriptionFilters logs:DeleteSubscriptionFilter',
  ],
  [
    'AWS::Route53::RecordSet',
    'arn:aws:route53:::hostedzone/Z0123456789ABC',
    'route53:ChangeResourceRecordSets route53:GetHostedZone route53:ListResourceRecordSets',
  ],
  ['AWS::Route53::RecordSet', 'arn:aws:route53:::change/C0123456789ABC', 'route53:GetChange'],
  [
    'AWS::S3::Bucket',
    BUCKET,
    's3:CreateBucket s3:DeleteBucket s3:ListBucket s3:ListTagsForResource s3:TagResource s3:UntagResource',
  ],
  [
    'AWS::S3::Bucket',
    BUCKET,
    's3:PutBucketCORS s3:PutBucketLogging s3:PutBucketNotification s3:PutBucketOwnershipControls s3:PutBucketPublicAccessBlock s3:PutBucketTagging s3:PutEncryptionConfiguration s3:PutLifecycleConfiguration',
  ],
  [
    'AWS::S3::Bucket',
    BUCKET,
    's3:GetAccelerateConfiguration s3:GetAnalyticsConfiguration s3:GetBucketAcl s3:GetBucketCORS s3:GetBucketLogging s3:GetBucketNotification s3:GetBucketObjectLockConfiguration s3:GetBucketOwnershipControls s3:GetBucketPublicAccessBlock s3:GetBucketTagging s3:GetBucketVersioning s3:GetBucketWebsite s3:GetEncryptionConfiguration s3:GetIntelligentTieringConfiguration s3:GetInventoryConfiguration s3:GetLifecycleConfiguration s3:GetMetricsConfiguration s3:GetReplicationConfiguration',
  ],
  ['AWS::S3::BucketPolicy', BUCKET, 's3:PutBucketPolicy s3:GetBucketPolicy s3:DeleteBucketPolicy'],
  [
    'AWS::SNS::Subscription',
    TOPIC,
    'sns:Subscribe sns:Unsubscribe sns:GetSubscriptionAttributes sns:SetSubscriptionAttributes',
  ],
  [
    'AWS::SNS::Topic',
    TOPIC,
    'sns:CreateTopic sns:DeleteTopic sns:GetTopicAttributes sns:SetTopicAttributes sns:GetDataProtectionPolicy sns:ListSubscriptionsByTopic sns:ListTagsForResource sns:TagResource sns:UntagResource',
  ],
  ['AWS::SNS::TopicPolicy', TOPIC, 'sns:SetTopicAttributes'],
  [
    'AWS::SQS::Queue',
    QUEUE,
    'sqs:CreateQueue sqs:DeleteQueue sqs:GetQueueAttributes sqs:GetQueueUrl sqs:ListQueueTags sqs:SetQueueAttributes sqs:TagQueue sqs:UntagQueue',
  ],
  ['AWS::SQS::QueuePolicy', QUEUE, 'sqs:SetQueueAttributes'],
  [
    'AWS::WAFv2::WebACLAssociation',
    'arn:aws:wafv2:eu-west-1:123456789012:regional/webacl/links/1234abcd',
    'wafv2:AssociateWebACL wafv2:DisassociateWebACL wafv2:GetWebACL wafv2:GetWebACLForResource',
  ],
  [
    'AWS::WAFv2::WebACLAssociation',
    `${API}/stages/prod`,
    'apigateway:SetWebACL wafv2:AssociateWebACL wafv2:DisassociateWebACL wafv2:GetWebACLForResource',
  ],
  ['Custom::CDKBucketDeployment', FUNCTION, 'lambda:InvokeFunction'],
  ['Custom::S3AutoDeleteObjects', FUNCTION, 'lambda:InvokeFunction'],
];

describe('docs/deploy-policy.json', () => {
  test('is tested for every resource and parameter type of the templates, and for no other', () => {
    const parameters = TEMPLATES.flatMap(({ Parameters = {} }) => Object.values(Parameters));
    const types = [...RESOURCES, ...parameters].map(({ Type }) => Type);
    expect([...new Set(NEEDED.map(([type]) => type))].sort()).toEqual([...new Set(types)].sort());
  });

  test.each(NEEDED)('lets CloudFormation manage %s: %s', (_type, arn, actions) => {
    expect(actions.split(' ').filter((action) => !isAllowed(STATEMENTS, action, arn))).toEqual([]);
  });

  test('allows no action that no type needs', () => {
    const needed = NEEDED.flatMap(([, , actions]) => actions.split(' '));
    const patterns = STATEMENTS.flatMap(({ actions }) => actions);
    expect(patterns.filter((pattern) => !needed.some((action) => matchesPattern(pattern, action)))).toEqual([]);
  });

  test.each([
    ['s3:GetObject', `${BUCKET}/report.pdf`],
    ['s3:PutBucketPolicy', 'arn:aws:s3:::payroll'],
    ['dynamodb:GetItem', TABLE],
    ['dynamodb:DeleteItem', TABLE],
    ['dynamodb:DeleteTable', 'arn:aws:dynamodb:eu-west-1:123456789012:table/Payroll'],
    ['lambda:UpdateFunctionCode', 'arn:aws:lambda:eu-west-1:123456789012:function:payroll'],
    ['events:PutRule', 'arn:aws:events:eu-west-1:123456789012:rule/payroll'],
    ['sqs:ReceiveMessage', QUEUE],
    ['logs:DeleteLogGroup', 'arn:aws:logs:eu-west-1:123456789012:log-group:payroll'],
    ['iam:PutRolePolicy', CALLER_ROLE],
    ['iam:PassRole', CALLER_ROLE],
    ['iam:CreateUser', 'arn:aws:iam::123456789012:user/me'],
  ])('does not allow %s on %s', (action, arn) => {
    expect(isAllowed(STATEMENTS, action, arn)).toBe(false);
  });

  test('covers the names that the templates choose', () => {
    const uncovered = RESOURCES.filter(({ Type, Properties: properties }) => {
      switch (Type) {
        case 'AWS::CloudWatch::Alarm':
          return !may(
            'cloudwatch:PutMetricAlarm',
            `cloudwatch:eu-west-1:123456789012:alarm:${properties['AlarmName']}`,
          );
        case 'AWS::CloudWatch::Dashboard':
          return !may('cloudwatch:PutDashboard', `cloudwatch::123456789012:dashboard/${properties['DashboardName']}`);
        case 'AWS::IAM::ManagedPolicy':
          return (
            properties['ManagedPolicyName'] !== undefined &&
            !may('iam:CreatePolicy', `iam::123456789012:policy/${properties['ManagedPolicyName']}`)
          );
        default:
          return false;
      }
    });
    expect(uncovered).toEqual([]);
  });

  test('lets roles have the managed policies of the templates', () => {
    const { ArnLike } = conditionOf('AttachPoliciesOfTheStack') as { ArnLike: { 'iam:PolicyARN': string[] } };
    const attached = RESOURCES.map(({ Properties }) => JSON.stringify(Properties['ManagedPolicyArns'] ?? []));
    const names = attached.flatMap((arns) => arns.match(/service-role\/\w+/g) ?? []);
    expect(ArnLike['iam:PolicyARN']).toEqual([
      'arn:aws:iam::*:policy/PreSignedURLStack-*',
      ...[...new Set(names)].sort().map((name) => `arn:aws:iam::aws:policy/${name}`),
    ]);
  });

  test('lets roles be passed to the services that the templates trust', () => {
    const { StringEquals } = conditionOf('PassRoles') as { StringEquals: { 'iam:PassedToService': string[] } };
    const trusts = RESOURCES.flatMap(({ Properties }) => JSON.stringify(Properties['AssumeRolePolicyDocument'] ?? ''));
    const services = trusts.flatMap((trust) => trust.match(/[a-z]+\.amazonaws\.com/g) ?? []);
    expect(StringEquals['iam:PassedToService']).toEqual([...new Set(services)].sort());
  });

  test('fits into the 6,144 characters of a managed policy, excluding white space', () => {
    // https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
    expect(TEXT.replace(/\s/g, '').length).toBeLessThanOrEqual(6144);
  });
});

function may(action: string, resource: string): boolean {
  return isAllowed(STATEMENTS, action, `arn:aws:${resource}`);
}

function conditionOf(sid: string): unknown {
  return POLICY.Statement.find(({ Sid }) => Sid === sid)?.Condition;
}
