import { Stack } from 'aws-cdk-lib';
import { ManagedPolicy, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import { UPLOAD_FOLDER } from '../../lambda/contract';
import { defined } from '../defined';
import { acknowledgeWildcards } from './acknowledge';
import type { LinkApi } from './link-api';

/** Options of {@link addCallerPolicies}. */
interface CallerPoliciesOptions {
  readonly api: LinkApi;
  /** Bucket that files are uploaded to. */
  readonly uploadBucket: IBucket | undefined;
  /** Whether callers tag their uploads, so that `RemoveUploads` finds the link of a file. */
  readonly tagsUploads: boolean;
  /** Start of the names. @default - names that CloudFormation generates */
  readonly namePrefix: string | undefined;
}

/** Adds the managed policies for callers. */
export function addCallerPolicies(scope: Construct, options: CallerPoliciesOptions) {
  const { api, namePrefix } = options;
  const issuerPolicy = addPolicy(scope, 'Issuer', 'Issue one-time links', namePrefix);
  allowIssuing(issuerPolicy, api);
  const managerPolicy = addPolicy(scope, 'Manager', 'Look up and revoke one-time links', namePrefix);
  api.grantManage(managerPolicy);
  acknowledgeWildcards(managerPolicy, api.manageArns, 'Managers can manage every link.');
  const sharerPolicy = addPolicy(scope, 'Sharer', 'Share files through one-time links', namePrefix);
  allowIssuing(sharerPolicy, api);
  allowFindingStack(sharerPolicy);
  allowUploads(sharerPolicy, options);
  return { issuerPolicy, managerPolicy, sharerPolicy };
}

/**
 * Descriptions must stay as they are and contain no name: CloudFormation replaces a policy to change its description, which
 * fails if it has a fixed name or is in use.
 */
function addPolicy(scope: Construct, role: string, description: string, namePrefix: string | undefined): ManagedPolicy {
  const managedPolicyName = namePrefix === undefined ? undefined : `${namePrefix}-${role.toLowerCase()}`;
  return new ManagedPolicy(scope, `${role}Policy`, { description, ...defined({ managedPolicyName }) });
}

function allowIssuing(policy: ManagedPolicy, api: LinkApi): void {
  api.grantIssue(policy);
  const wildcards = api.myLinksArns.filter((arn) => arn.endsWith('*'));
  acknowledgeWildcards(policy, wildcards, 'The function returns and revokes links of the caller only.');
}

/** Callers name the stack without its ID, the last part of the ARN. */
function allowFindingStack(policy: ManagedPolicy): void {
  const stack = Stack.of(policy);
  const stackArn = stack.formatArn({
    service: 'cloudformation',
    resource: 'stack',
    resourceName: `${stack.stackName}/*`,
  });
  policy.addStatements(new PolicyStatement({ actions: ['cloudformation:DescribeStacks'], resources: [stackArn] }));
  acknowledgeWildcards(policy, [stackArn], 'The wildcard is for the ID of the stack.');
}

function allowUploads(policy: ManagedPolicy, { uploadBucket, tagsUploads }: CallerPoliciesOptions): void {
  if (uploadBucket === undefined) {
    return;
  }
  const resources = [uploadBucket.arnForObjects(`${UPLOAD_FOLDER}*`)];
  const tagging = tagsUploads ? ['s3:PutObjectTagging'] : [];
  const actions = ['s3:AbortMultipartUpload', 's3:DeleteObject', 's3:PutObject', ...tagging];
  const conditions = { StringEquals: { 's3:ResourceAccount': Stack.of(policy).account } };
  policy.addStatements(new PolicyStatement({ actions, resources, conditions }));
  acknowledgeWildcards(policy, resources, 'Each upload has a random key.');
}
