import { type Options, templateWith } from '../support/synthesised';
import { defaultTemplate, propertiesOf, readable, resourcesOf } from './support/template';

const ISSUER_ROLES = ['arn:aws:iam::123456789012:role/sharing', 'arn:aws:iam::123456789012:role/teams/reports'];
const MANAGER_ROLES = ['arn:aws:iam::123456789012:role/sharing'];
const DOMAIN = {
  domainName: 'links.example.com',
  certificateArn: 'arn:aws:acm:eu-west-1:123456789012:certificate/1234abcd-12ab-34cd-56ef-1234567890ab',
};
const OUTPUTS = {
  ApiGatewayEndpoint: 'https://<LinkApi>.execute-api.<AWS::Region>.<AWS::URLSuffix>/<LinkApiDeploymentStageprod>/',
  BucketUrl: '<DefaultBucket>',
  IssuerPolicyArn: '<IssuerPolicy>',
  ManagerPolicyArn: '<ManagerPolicy>',
  AlarmTopic: '<MonitoringAlarmTopic>',
};

describe('the outputs', () => {
  test('name the API, the bucket, the policies for callers and the alarm topic', () => {
    expect(valuesOf(readable(defaultTemplate().Outputs))).toEqual(OUTPUTS);
  });

  test.each<[Options, Readonly<Record<string, string | undefined>>]>([
    [{ existingBuckets: ['team-reports'] }, { SigningRoleArns: '<GenerateUrlRole.Arn>,<AccessObjectRole.Arn>' }],
    [
      { existingBuckets: ['team-reports'], defaultBucket: false, signOnOpen: false },
      { BucketUrl: 'team-reports', SigningRoleArns: '<GenerateUrlRole.Arn>' },
    ],
    [
      DOMAIN,
      {
        ApiGatewayEndpoint: 'https://links.example.com/',
        DomainTarget: '<LinkApiCustomDomain.RegionalDomainName>',
      },
    ],
    [
      { ...DOMAIN, basePath: 'share', hostedZoneId: 'Z0123456789ABC', hostedZoneName: 'example.com' },
      { ApiGatewayEndpoint: 'https://links.example.com/share/' },
    ],
    [
      { ...DOMAIN, publicBaseUrl: 'https://cdn.example.com' },
      { ApiGatewayEndpoint: 'https://links.example.com/', DomainTarget: '<LinkApiCustomDomain.RegionalDomainName>' },
    ],
  ])('change with %j', (options, changed) => {
    expect(valuesOf(readable(templateWith(options).Outputs))).toEqual({ ...OUTPUTS, ...changed });
  });
});

describe('the policies for callers', () => {
  test.each<[Options, readonly string[] | undefined, readonly string[] | undefined]>([
    [{}, undefined, undefined],
    [{ issuerRoleArns: ISSUER_ROLES }, ['sharing', 'reports'], undefined],
    [{ managerRoleArns: MANAGER_ROLES }, undefined, ['sharing']],
    [{ issuerRoleArns: ISSUER_ROLES, managerRoleArns: MANAGER_ROLES }, ['sharing', 'reports'], ['sharing']],
  ])('are attached to the roles of %j, and to no other', (options, issuers, managers) => {
    const policies = propertiesOf(resourcesOf(templateWith(options)), 'AWS::IAM::ManagedPolicy');
    expect(Object.keys(policies).sort()).toEqual(['IssuerPolicy', 'ManagerPolicy']);
    expect([policies['IssuerPolicy']?.['Roles'], policies['ManagerPolicy']?.['Roles']]).toEqual([issuers, managers]);
  });

  test('allow the methods of an issuer and of a manager, and nothing else', () => {
    const policies = propertiesOf(resourcesOf(defaultTemplate()), 'AWS::IAM::ManagedPolicy');
    const stage =
      'arn:<AWS::Partition>:execute-api:<AWS::Region>:<AWS::AccountId>:<LinkApi>/<LinkApiDeploymentStageprod>';
    expect(policies['IssuerPolicy']?.['PolicyDocument']).toMatchObject({
      Statement: [{ Effect: 'Allow', Action: 'execute-api:Invoke', Resource: `${stage}/POST/generate-url` }],
    });
    expect(policies['ManagerPolicy']?.['PolicyDocument']).toMatchObject({
      Statement: [
        {
          Effect: 'Allow',
          Action: 'execute-api:Invoke',
          Resource: [`${stage}/DELETE/links/*`, `${stage}/GET/links/*`],
        },
      ],
    });
  });
});

test('a deployment is refused in another account than that of the roles, where roles of these names could exist', () => {
  expect(templateWith({ issuerRoleArns: ISSUER_ROLES, managerRoleArns: MANAGER_ROLES }).Rules).toMatchObject({
    RolesOfThisAccount: {
      Assertions: [
        {
          Assert: { 'Fn::Equals': [{ Ref: 'AWS::AccountId' }, '123456789012'] },
          AssertDescription: 'issuerRoleArns and managerRoleArns name roles of account 123456789012: deploy there',
        },
      ],
    },
  });
  expect(templateWith({}).Rules).not.toHaveProperty('RolesOfThisAccount');
});

function valuesOf(outputs: unknown): Readonly<Record<string, unknown>> {
  const entries = Object.entries(outputs as Readonly<Record<string, { readonly Value: unknown }>>);
  return Object.fromEntries(entries.map(([id, { Value }]) => [id, Value]));
}
