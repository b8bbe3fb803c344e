import { Annotations, Match } from 'aws-cdk-lib/assertions';
import { stackWith, templateWith } from '../../support/synthesised';
import { propertiesOf, type ReadableResources, resourcesOf } from '../support/template';

const WEB_ACL = 'arn:aws:wafv2:eu-west-1:123456789012:regional/webacl/links/1234abcd-12ab-34cd-56ef-1234567890ab';

function variablesOf(resources: ReadableResources, functionId: string): unknown {
  const { Environment = {} } = propertiesOf(resources, 'AWS::Lambda::Function')[functionId] ?? {};
  return (Environment as { readonly Variables?: unknown }).Variables;
}

test('options reach the resources that they are about', () => {
  const resources = resourcesOf(
    templateWith({
      stackName: 'links-staging',
      retainData: 'true',
      publicBaseUrl: 'https://links.example.com/share',
      webAclArn: WEB_ACL,
      throttles: '{"issue": {"ratePerSecond": 1, "burst": 2}, "open": {"ratePerSecond": 5000}}',
      redirectReservedConcurrency: '200',
      maxLinkLifetimeSeconds: '86400',
      openedUrlLifetimeSeconds: '300',
      logRetentionDays: '400',
      alarmEmail: 'oncall@example.com',
    }),
  );
  const all = (type: string) => Object.values(propertiesOf(resources, type));

  expect(variablesOf(resources, 'GenerateUrl')).toMatchObject({
    PUBLIC_BASE_URL: 'https://links.example.com/share',
    MAX_LINK_LIFETIME_SECONDS: '86400',
    OPENED_URL_LIFETIME_SECONDS: '300',
  });
  expect(variablesOf(resources, 'AccessObject')).toMatchObject({ OPENED_URL_LIFETIME_SECONDS: '300' });
  expect(propertiesOf(resources, 'AWS::Lambda::Function')['AccessObject']).toMatchObject({
    ReservedConcurrentExecutions: 200,
  });
  expect(all('AWS::WAFv2::WebACLAssociation')).toMatchObject([{ WebACLArn: WEB_ACL }]);
  expect(all('AWS::ApiGateway::Stage')).toMatchObject([
    {
      MethodSettings: expect.arrayContaining([
        expect.objectContaining({
          ResourcePath: '/~1generate-url',
          HttpMethod: 'POST',
          ThrottlingRateLimit: 1,
          ThrottlingBurstLimit: 2,
        }),
        expect.objectContaining({
          ResourcePath: '/~1access-object',
          HttpMethod: 'GET',
          ThrottlingRateLimit: 5000,
          ThrottlingBurstLimit: 2000,
        }),
      ]),
    },
  ]);
  expect(new Set(all('AWS::Logs::LogGroup').map(({ RetentionInDays }) => RetentionInDays))).toEqual(new Set([400]));
  expect(all('AWS::SNS::Subscription')).toMatchObject([{ Protocol: 'email', Endpoint: 'oncall@example.com' }]);
  expect(all('AWS::DynamoDB::Table')).toMatchObject([{ DeletionProtectionEnabled: true }]);
  expect(all('Custom::S3AutoDeleteObjects')).toEqual([]);
  const names = all('AWS::CloudWatch::Alarm').map(({ AlarmName }) => String(AlarmName));
  expect(names.filter((name) => !name.startsWith('links-staging-'))).toEqual([]);
});

test('with signOnOpen=false, the function that redirects can do nothing but write its log', () => {
  const resources = resourcesOf(templateWith({ signOnOpen: 'false' }));
  expect(variablesOf(resources, 'AccessObject')).toBeUndefined();
  expect(propertiesOf(resources, 'AWS::IAM::Policy')['AccessObjectRoleDefaultPolicy']).toMatchObject({
    PolicyDocument: { Statement: [{ Action: ['logs:CreateLogStream', 'logs:PutLogEvents'] }] },
  });
});

test('logs that are kept for less time than links live cause a warning', () => {
  jest.spyOn(console, 'error').mockImplementation();
  const stack = stackWith({ logRetentionDays: '5' });
  Annotations.fromStack(stack).hasWarning('*', Match.stringLikeRegexp('5.* days'));
});
