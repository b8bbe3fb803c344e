import { App } from 'aws-cdk-lib';
import { STACK_NAME } from '../../lambda/contract';
import { OPTIONS } from '../../lib/options/options';
import { readOptions } from '../../lib/options/read-options';
import { PreSignedURLStack } from '../../lib/presigned-url-stack';
import { FAST_SYNTH, type Options, stackWith, templateWith } from '../support/synthesized';
import { defaultTemplate, propertiesOf, readable, resourcesOf, variablesOf } from './support/template';

const ISSUER_ROLES = ['arn:aws:iam::123456789012:role/sharing', 'arn:aws:iam::123456789012:role/teams/reports'];
const MANAGER_ROLES = ['arn:aws:iam::123456789012:role/sharing'];
const DOMAIN = {
  domainName: 'links.example.com',
  certificateArn: 'arn:aws:acm:eu-west-1:123456789012:certificate/1234abcd-12ab-34cd-56ef-1234567890ab',
};
const OUTPUTS = {
  ApiGatewayEndpoint: 'https://<LinkApi>.execute-api.<AWS::Region>.<AWS::URLSuffix>/<LinkApiDeploymentStageprod>/',
  BucketUrl: '<DefaultBucket>',
  BucketOwner: '<AWS::AccountId>',
  UploadBucket: '<DefaultBucket>',
  IssuerPolicyArn: '<IssuerPolicy>',
  ManagerPolicyArn: '<ManagerPolicy>',
  SharerPolicyArn: '<SharerPolicy>',
  AlarmTopic: '<MonitoringAlarmTopic>',
};

test('by default, the outputs name the API, the bucket, the policies for callers and the alarm topic', () => {
  expect(valuesOf(readable(defaultTemplate().Outputs))).toEqual(OUTPUTS);
});

interface Outcome {
  /** `undefined` for an output that is left out. */
  readonly outputs: Readonly<Record<string, string | undefined>>;
  /** Names of the roles that the policies for callers are attached to. */
  readonly issuers?: readonly string[];
  readonly managers?: readonly string[];
}

test.each<[Options, Outcome]>([
  [
    { existingBuckets: ['team-reports'], issuerRoleArns: ISSUER_ROLES, managerRoleArns: MANAGER_ROLES },
    {
      outputs: { SigningRoleArns: '<GenerateUrlRole.Arn>,<AccessObjectRole.Arn>' },
      issuers: ['sharing', 'reports'],
      managers: ['sharing'],
    },
  ],
  [
    { existingBuckets: ['team-reports', { name: 'team-inbox', uploadPrefix: 'inbox/' }] },
    {
      outputs: {
        SigningRoleArns: '<GenerateUrlRole.Arn>,<AccessObjectRole.Arn>,<UploadObjectRole.Arn>,<LogReceivedRole.Arn>',
      },
    },
  ],
  [
    { existingBuckets: ['team-reports'], defaultBucket: false, signOnOpen: false, issuerRoleArns: ISSUER_ROLES },
    {
      outputs: { BucketUrl: 'team-reports', UploadBucket: undefined, SigningRoleArns: '<GenerateUrlRole.Arn>' },
      issuers: ['sharing', 'reports'],
    },
  ],
  [
    { ...DOMAIN, publicBaseUrl: 'https://cdn.example.com', managerRoleArns: MANAGER_ROLES },
    {
      outputs: {
        ApiGatewayEndpoint: 'https://links.example.com/',
        DomainTarget: '<LinkApiCustomDomain.RegionalDomainName>',
      },
      managers: ['sharing'],
    },
  ],
  [
    { ...DOMAIN, basePath: 'share', hostedZoneId: 'Z0123456789ABC', hostedZoneName: 'example.com' },
    { outputs: { ApiGatewayEndpoint: 'https://links.example.com/share/' } },
  ],
])('%j changes the outputs and the roles of the policies', (options, { outputs, issuers, managers }) => {
  const template = templateWith(options);
  expect(valuesOf(readable(template.Outputs))).toEqual({ ...OUTPUTS, ...outputs });
  const policies = propertiesOf(resourcesOf(template), 'AWS::IAM::ManagedPolicy');
  expect(Object.keys(policies).sort()).toEqual(['IssuerPolicy', 'ManagerPolicy', 'SharerPolicy']);
  expect([policies['IssuerPolicy']?.['Roles'], policies['ManagerPolicy']?.['Roles']]).toEqual([issuers, managers]);
  // Roles with these names could exist in another account.
  const assertion = {
    Assert: { 'Fn::Equals': [{ Ref: 'AWS::AccountId' }, '123456789012'] },
    AssertDescription: 'issuerRoleArns and managerRoleArns name roles of account 123456789012: deploy there',
  };
  expect(template.Rules?.['RolesOfThisAccount']).toEqual(issuers || managers ? { Assertions: [assertion] } : undefined);
});

test.each<[Options, string]>([
  [DOMAIN, 'links contain domainName: if you change or remove them'],
  [{ ...DOMAIN, basePath: 'share' }, 'links contain domainName and basePath: if you change or remove them'],
])('%j warns that a change breaks links that were handed out', (options, warning) => {
  const warnings = stackWith(options).node.metadata.filter(({ type }) => type === 'aws:cdk:warning');
  expect(warnings.map(({ data }) => String(data))).toEqual([expect.stringContaining(warning)]);
});

test('the descriptions of the policies are the same in every stack, because a new one replaces the policy', () => {
  const descriptionsIn = (options: Options) => {
    const policies = propertiesOf(resourcesOf(templateWith(options)), 'AWS::IAM::ManagedPolicy');
    return Object.values(policies).map(({ Description }) => Description);
  };
  expect(descriptionsIn({})).toEqual([
    'Issue one-time links',
    'Look up and revoke one-time links',
    'Share files through one-time links',
  ]);
  expect(descriptionsIn({ stackName: 'links-staging' })).toEqual(descriptionsIn({}));
});

test('the lifetimes in the options reach the function that issues links', () => {
  const resources = resourcesOf(templateWith({ maxLinkLifetimeSeconds: 7200, openedUrlLifetimeSeconds: 300 }));
  const lifetimes = { MAX_LINK_LIFETIME_SECONDS: '7200', OPENED_URL_LIFETIME_SECONDS: '300' };
  expect(variablesOf(resources, 'GenerateUrl')).toMatchObject(lifetimes);
});

function valuesOf(outputs: unknown): Readonly<Record<string, unknown>> {
  const entries = Object.entries(outputs as Readonly<Record<string, { readonly Value: unknown }>>);
  return Object.fromEntries(entries.map(([id, { Value }]) => [id, Value]));
}

test('the stack reads every option', () => {
  const app = new App({ context: FAST_SYNTH });
  const read = new Set<PropertyKey>();
  const options = new Proxy(readOptions(app.node, {}), {
    get(target, name, receiver) {
      read.add(name);
      return Reflect.get(target, name, receiver);
    },
  });

  new PreSignedURLStack(app, STACK_NAME, { options });

  expect([...read].sort()).toEqual(Object.keys(OPTIONS).sort());
});
