import { Annotations, CfnOutput, Duration, Stack, type StackProps } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { ENVIRONMENT } from '../lambda/contract';
import { SharedBucket } from './constructs/default-bucket';
import { HandlerFunction } from './constructs/handler-function';
import { LinkApi } from './constructs/link-api';
import { LinkPolicies } from './constructs/link-policies';
import { LinkSources } from './constructs/link-sources';
import { LinkStore } from './constructs/link-table';
import { Monitoring } from './monitoring/monitoring';
import { keepLogsFor } from './monitoring/stack-log';
import type { DeploymentConfig } from './options/options';

/** Properties of a {@link PreSignedURLStack}. */
export interface PreSignedURLStackProps extends StackProps {
  readonly config: DeploymentConfig;
}

/**
 * One-time links to S3 objects. Outputs `ApiGatewayEndpoint` and, as the pattern has it, `BucketUrl`: the name of the own
 * bucket, or of the first that is shared from. `IssuerPolicyArn` and `ManagerPolicyArn` are the policies for callers. Where
 * buckets of others are shared from, there is also `SigningRoleArns`; with a domain name whose record others make,
 * `DomainTarget`.
 */
export class PreSignedURLStack extends Stack {
  constructor(scope: Construct, id: string, props: PreSignedURLStackProps) {
    super(scope, id, { ...props, ...(props.config.stackName && { stackName: props.config.stackName }) });
    const { retainData, publicBaseUrl, maxLinkLifetimeSeconds, signOnOpen, openedUrlLifetimeSeconds } = props.config;
    keepLogsFor(this, props.config.logRetentionDays);
    warnOfForgottenLinks(this, props.config);
    const linkSources = new LinkSources(this, 'LinkSources', {
      ...(props.config.ownBucket ? { ownBucket: new SharedBucket(this, 'SharedBucket', { retainData }).bucket } : {}),
      existingBuckets: props.config.sharedBuckets,
    });
    const linkStore = new LinkStore(this, 'LinkStore', { retainData });

    const generateUrl = new HandlerFunction(this, 'GenerateUrl', {
      entry: 'generate-url',
      description: 'Makes a one-time link for an S3 object',
      // Five calls of S3 and DynamoDB at the most, one after the other (lambda/aws/client-settings.ts). API Gateway waits for 29.
      timeout: Duration.seconds(25),
    });
    linkSources.grantShare(generateUrl);
    linkStore.grantIssue(generateUrl);
    generateUrl.addEnvironment(ENVIRONMENT.maxLinkLifetime, String(maxLinkLifetimeSeconds));
    if (publicBaseUrl !== undefined) {
      generateUrl.addEnvironment(ENVIRONMENT.publicBaseUrl, publicBaseUrl);
    }

    const authorizeAccess = new HandlerFunction(this, 'AuthorizeAccess', {
      entry: 'authorize-access',
      description: 'Redeems a one-time link: deletes its nonce, or refuses',
      timeout: Duration.seconds(5),
    });
    linkStore.grantRedeem(authorizeAccess);

    const accessObject = new HandlerFunction(this, 'AccessObject', {
      entry: 'access-object',
      description: 'Sends whoever redeemed a link on to the object',
      timeout: Duration.seconds(5),
      reservedConcurrency: props.config.redirectReservedConcurrency,
    });
    if (signOnOpen) {
      linkSources.grantSignOnOpen(accessObject);
      for (const fn of [generateUrl, accessObject]) {
        fn.addEnvironment(ENVIRONMENT.openedUrlLifetime, String(openedUrlLifetimeSeconds));
      }
    }

    const manageLink = new HandlerFunction(this, 'ManageLink', {
      entry: 'manage-link',
      description: 'Says whether a one-time link is open, and revokes it',
      timeout: Duration.seconds(5),
    });
    linkStore.grantManage(manageLink);

    const api = new LinkApi(this, 'LinkApi', {
      ...props.config,
      generateUrl,
      authorizeAccess,
      accessObject,
      manageLink,
    });
    new CfnOutput(this, 'ApiGatewayEndpoint', { value: api.url, description: 'Base address of the API' });
    if (api.ownDomain !== undefined && props.config.ownAddress?.hostedZone === undefined) {
      new CfnOutput(this, 'DomainTarget', {
        value: api.ownDomain.target,
        description: 'What the DNS record of the domain name must point at (CNAME or alias)',
      });
    }
    new CfnOutput(this, 'BucketUrl', {
      value: linkSources.firstBucketName,
      description: 'Bucket to share objects from',
    });
    const policies = new LinkPolicies(this, 'LinkPolicies', { api: api.restApi, ...props.config });
    new CfnOutput(this, 'IssuerPolicyArn', {
      value: policies.issuer.managedPolicyArn,
      description: 'Policy for those who ask for links',
    });
    new CfnOutput(this, 'ManagerPolicyArn', {
      value: policies.manager.managedPolicyArn,
      description: 'Policy for those who look links up and revoke them',
    });
    if (props.config.sharedBuckets.length > 0) {
      const signers = signOnOpen ? [generateUrl, accessObject] : [generateUrl];
      new CfnOutput(this, 'SigningRoleArns', {
        value: signers.map(({ role }) => role?.roleArn).join(','),
        description: 'Roles that buckets and keys of other accounts must let in',
      });
    }

    const { alarmTopic } = new Monitoring(this, 'Monitoring', {
      api,
      functions: { generateUrl, authorizeAccess, accessObject, manageLink },
      tableName: linkStore.tableName,
      throttles: props.config.throttles,
      ...(props.config.alarmEmail === undefined ? {} : { alarmEmail: props.config.alarmEmail }),
    });
    new CfnOutput(this, 'AlarmTopic', {
      value: alarmTopic.topicArn,
      description: 'Topic that alarms are published to',
    });
  }
}

/** Who made a link is in the logs: they had better be there as long as it may be opened. */
function warnOfForgottenLinks(stack: Stack, config: DeploymentConfig): void {
  const { logRetentionDays, maxLinkLifetimeSeconds, signOnOpen } = config;
  // Without signing on opening none lives for more than an hour.
  const lifetimeDays = signOnOpen ? Math.ceil(maxLinkLifetimeSeconds / Duration.days(1).toSeconds()) : 1;
  if (logRetentionDays < lifetimeDays) {
    Annotations.of(stack).addWarningV2(
      'one-time-s3-links:logRetentionDays',
      `logRetentionDays is ${logRetentionDays}, and links may live for ${lifetimeDays} days (maxLinkLifetimeSeconds): who made ` +
        'one is forgotten before it is opened',
    );
  }
}
