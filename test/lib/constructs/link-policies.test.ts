import { type Options, templateWith } from '../../support/synthesised';
import { propertiesOf, resourcesOf } from '../support/template';

const STAGE = 'arn:<AWS::Partition>:execute-api:<AWS::Region>:<AWS::AccountId>:<LinkApi>/<LinkApiDeploymentStageprod>';
const ISSUER_ROLES = ['arn:aws:iam::123456789012:role/sharing', 'arn:aws:iam::123456789012:role/teams/reports'];
const MANAGER_ROLES = ['arn:aws:iam::123456789012:role/sharing'];

function policiesWith(options: Readonly<Record<string, unknown>>): Record<string, Record<string, unknown>> {
  return propertiesOf(resourcesOf(templateWith(options)), 'AWS::IAM::ManagedPolicy');
}

function allowing(...resources: readonly string[]): Record<string, unknown> {
  const [only, ...others] = resources;
  const statement = {
    Effect: 'Allow',
    Action: 'execute-api:Invoke',
    Resource: others.length === 0 ? only : resources,
  };
  return {
    Description: expect.any(String),
    Path: '/',
    PolicyDocument: { Version: '2012-10-17', Statement: [statement] },
  };
}

const ISSUE = allowing(`${STAGE}/POST/generate-url`);
const MANAGE = allowing(`${STAGE}/DELETE/links/*`, `${STAGE}/GET/links/*`);

describe('the policies for callers', () => {
  test('allow to ask for links, or to manage them, and are attached to nobody by default', () => {
    expect(policiesWith({})).toEqual({ LinkPoliciesIssuer: ISSUE, LinkPoliciesManager: MANAGE });
  });

  test.each([
    [{ issuerRoleArns: ISSUER_ROLES }, ['sharing', 'reports'], undefined],
    [{ managerRoleArns: JSON.stringify(MANAGER_ROLES) }, undefined, ['sharing']],
    [{ issuerRoleArns: ISSUER_ROLES, managerRoleArns: MANAGER_ROLES }, ['sharing', 'reports'], ['sharing']],
  ])('are attached to the roles of %j, and to no other', (options, issuers, managers) => {
    expect(policiesWith(options)).toEqual({
      LinkPoliciesIssuer: { ...ISSUE, ...(issuers && { Roles: issuers }) },
      LinkPoliciesManager: { ...MANAGE, ...(managers && { Roles: managers }) },
    });
  });

  test('are deployed to the account of the roles alone: another may have roles of the same names', () => {
    const rulesWith = (options: Options): readonly unknown[] =>
      Object.entries(templateWith(options).Rules ?? {})
        .filter(([id]) => id.startsWith('LinkPolicies'))
        .map(([, rule]) => rule);

    expect(rulesWith({ issuerRoleArns: ISSUER_ROLES, managerRoleArns: MANAGER_ROLES })).toEqual([
      {
        Assertions: [
          {
            Assert: { 'Fn::Equals': [{ Ref: 'AWS::AccountId' }, '123456789012'] },
            AssertDescription: 'issuerRoleArns and managerRoleArns name roles of account 123456789012: deploy there',
          },
        ],
      },
    ]);
    expect(rulesWith({})).toEqual([]);
  });

  test('take roles of the account that the stack is deployed to', () => {
    expect(() => templateWith({ issuerRoleArns: ISSUER_ROLES }, { account: '123456789012' })).not.toThrow();
  });
});
