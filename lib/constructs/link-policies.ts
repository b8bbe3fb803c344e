import { Aws, type CfnResource, CfnRule, Fn, Stack } from 'aws-cdk-lib';
import type { RestApi } from 'aws-cdk-lib/aws-apigateway';
import { type IRole, ManagedPolicy, PolicyStatement, Role } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { ROUTE } from '../../lambda/contract';
import { accountOf, roleName } from '../options/role-arns';
import { acknowledge } from './acknowledge';

/** Properties of {@link LinkPolicies}. */
export interface LinkPoliciesProps {
  readonly api: RestApi;
  /** Roles that may ask for links. */
  readonly issuerRoleArns: readonly string[];
  /** Roles that may look links up and revoke them. */
  readonly managerRoleArns: readonly string[];
}

/** A method of the API, as IAM names it. */
interface Permission {
  readonly method: 'POST' | 'GET' | 'DELETE';
  readonly path: `/${string}`;
}

const ISSUE: readonly Permission[] = [{ method: 'POST', path: `/${ROUTE.generateUrl}` }];

const MANAGE: readonly Permission[] = [
  { method: 'GET', path: `/${ROUTE.links}/*` },
  { method: 'DELETE', path: `/${ROUTE.links}/*` },
];

/** Who may ask for links, and who may manage them: two policies, since hardly anybody needs both. */
export class LinkPolicies extends Construct {
  /** Allows to ask for links, and nothing else. */
  readonly issuer: ManagedPolicy;
  /** Allows to look links up and to revoke them, and nothing else. */
  readonly manager: ManagedPolicy;

  constructor(scope: Construct, id: string, { api, issuerRoleArns, managerRoleArns }: LinkPoliciesProps) {
    super(scope, id);
    this.issuer = new ManagedPolicy(this, 'Issuer', {
      description: `Ask for one-time links of ${Stack.of(this).stackName}`,
      statements: [invoke(api, ISSUE)],
      roles: this.roles('IssuerRole', issuerRoleArns),
    });
    this.manager = new ManagedPolicy(this, 'Manager', {
      description: `Look up and revoke one-time links of ${Stack.of(this).stackName}`,
      statements: [invoke(api, MANAGE)],
      roles: this.roles('ManagerRole', managerRoleArns),
    });
    acknowledgeLinkIds(this.manager, api);
    this.refuseOtherAccount([...issuerRoleArns, ...managerRoleArns]);
  }

  private roles(id: string, arns: readonly string[]): IRole[] {
    return arns.map((arn, index) => Role.fromRoleName(this, `${id}${index}`, roleName(arn)));
  }

  /**
   * Stops a deployment into another account than that of the roles: IAM attaches by name, and a role of the same name there
   * would get the policy.
   */
  private refuseOtherAccount(roleArns: readonly string[]): void {
    // All are of one account, or the options would have been refused.
    const [first] = roleArns;
    if (first !== undefined) {
      const account = accountOf(first);
      const assertDescription = `issuerRoleArns and managerRoleArns name roles of account ${account}: deploy there`;
      new CfnRule(this, 'RolesOfThisAccount', {
        assertions: [{ assert: Fn.conditionEquals(Aws.ACCOUNT_ID, account), assertDescription }],
      });
    }
  }
}

function invoke(api: RestApi, permissions: readonly Permission[]): PolicyStatement {
  return new PolicyStatement({
    actions: ['execute-api:Invoke'],
    resources: permissions.map(({ method, path }) => api.arnForExecuteApi(method, path, api.deploymentStage.stageName)),
  });
}

function acknowledgeLinkIds(policy: ManagedPolicy, api: RestApi): void {
  const [apiId, stageId] = [api, api.deploymentStage].map((construct) =>
    Stack.of(api).getLogicalId(construct.node.defaultChild as CfnResource),
  );
  const prefix = `arn:<AWS::Partition>:execute-api:<AWS::Region>:<AWS::AccountId>:<${apiId}>/<${stageId}>`;
  const findings = MANAGE.map(({ method, path }) => `IAM5[Resource::${prefix}/${method}${path}]`);
  const reason = 'The last part is the id of a link: a manager may manage any.';
  acknowledge(policy, Object.fromEntries(findings.map((finding) => [finding, reason])));
}
