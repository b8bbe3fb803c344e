import { Arn, ArnFormat, Aws, CfnOutput, CfnRule, Fn, Stack, type StackProps } from 'aws-cdk-lib';
import { type ManagedPolicy, Role } from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import { defined } from './defined';
import { OneTimeLinks } from './one-time-links';
import type { Options } from './options/options';
import { warnOfAddressInLinks } from './options/warnings';
import { propsFromOptions } from './props-from-options';

/** The stack of the app: a {@link OneTimeLinks} configured by the context options, and its outputs. */
export class PreSignedURLStack extends Stack {
  constructor(scope: Construct, id: string, { options, ...props }: StackProps & { readonly options: Options }) {
    super(scope, id, { ...props, ...defined({ stackName: options.stackName }) });
    const links = new OneTimeLinks(this, 'Default', propsFromOptions(this, options));
    warnOfAddressInLinks(this, options);
    this.attachToRoles('IssuerRole', links.issuerPolicy, options.issuerRoleArns);
    this.attachToRoles('ManagerRole', links.managerPolicy, options.managerRoleArns);
    this.requireAccountOf([...options.issuerRoleArns, ...options.managerRoleArns]);

    this.output('ApiGatewayEndpoint', links.url, 'Base URL of the API');
    this.output('BucketUrl', links.firstBucket.bucketName, 'Name of the bucket to share objects from');
    this.output('BucketOwner', links.firstBucket.env.account, 'Account that owns this bucket');
    if (links.defaultBucket !== undefined) {
      this.output('UploadBucket', links.defaultBucket.bucketName, 'Name of the bucket for uploaded files');
    }
    this.output('IssuerPolicyArn', links.issuerPolicy.managedPolicyArn, 'Policy for callers that issue links');
    this.output('ManagerPolicyArn', links.managerPolicy.managedPolicyArn, 'Policy for callers that manage links');
    this.output('SharerPolicyArn', links.sharerPolicy.managedPolicyArn, 'Policy for users of the share command');
    if (links.alarmTopic !== undefined) {
      this.output('AlarmTopic', links.alarmTopic.topicArn, 'Topic that the alarms publish to');
    }
    if (options.existingBuckets.length > 0) {
      const roleArns = links.signingRoles.map(({ roleArn }) => roleArn).join(',');
      this.output('SigningRoleArns', roleArns, 'Roles that buckets and keys of other accounts must let in');
    }
    if (links.domainTarget !== undefined && options.hostedZoneId === undefined) {
      this.output('DomainTarget', links.domainTarget, 'Target of the DNS record of the domain name (CNAME or alias)');
    }
  }

  private output(id: string, value: string, description: string): void {
    new CfnOutput(this, id, { value, description });
  }

  private attachToRoles(id: string, policy: ManagedPolicy, roleArns: readonly string[]): void {
    for (const [index, arn] of roleArns.entries()) {
      // Policies are attached by role name, which is the last segment of the ARN.
      policy.attachToRole(Role.fromRoleName(this, `${id}${index}`, arn.slice(arn.lastIndexOf('/') + 1)));
    }
  }

  /** Makes a deployment to another account fail, because its role of the same name would get the policy. */
  private requireAccountOf([roleArn]: readonly string[]): void {
    if (roleArn !== undefined) {
      const { account = '' } = Arn.split(roleArn, ArnFormat.SLASH_RESOURCE_NAME);
      const assertDescription = `issuerRoleArns and managerRoleArns name roles of account ${account}: deploy there`;
      const assertions = [{ assert: Fn.conditionEquals(Aws.ACCOUNT_ID, account), assertDescription }];
      new CfnRule(this, 'RolesOfThisAccount', { assertions });
    }
  }
}
