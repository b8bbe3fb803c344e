import { Annotations, Aspects, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { CfnLogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';

/** Sets the retention and the key of every log group below a construct, and deletes the log groups with the stack. */
export function configureLogGroups(scope: Construct, retention: RetentionDays, encryptionKey: IKey | undefined): void {
  if (encryptionKey !== undefined) {
    allowLogs(Stack.of(scope), encryptionKey);
  }
  Aspects.of(scope).add({
    visit(node): void {
      if (node instanceof CfnLogGroup) {
        node.retentionInDays = retention === RetentionDays.INFINITE ? undefined : retention;
        node.kmsKeyId = encryptionKey?.keyArn;
        node.applyRemovalPolicy(RemovalPolicy.DESTROY);
      }
    },
  });
}

/** Warns if logs are deleted while their links are still active. */
export function warnOfShortRetention(scope: Construct, retention: RetentionDays, maxLinkSeconds: number): void {
  const linkDays = Math.ceil(Duration.seconds(maxLinkSeconds).toDays({ integral: false }));
  if (retention < linkDays) {
    Annotations.of(scope).addWarningV2(
      'one-time-s3-links:logRetention',
      `logs are kept for ${retention} days, but links can be active for ${linkDays}: increase logRetention or reduce maxLinkLifetime`,
    );
  }
}

/**
 * Lets CloudWatch Logs use the key for log groups of the account. The policy of an imported key does not change.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html
 */
function allowLogs(stack: Stack, encryptionKey: IKey): void {
  encryptionKey.addToResourcePolicy(
    new PolicyStatement({
      principals: [new ServicePrincipal(`logs.${stack.region}.amazonaws.com`)],
      actions: ['kms:Encrypt', 'kms:Decrypt', 'kms:ReEncrypt*', 'kms:GenerateDataKey*', 'kms:Describe*'],
      resources: ['*'],
      conditions: {
        ArnLike: {
          'kms:EncryptionContext:aws:logs:arn': stack.formatArn({ service: 'logs', resource: 'log-group:*' }),
        },
      },
    }),
  );
}
