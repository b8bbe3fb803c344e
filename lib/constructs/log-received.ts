import { Duration } from 'aws-cdk-lib';
import { Match, Rule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import type { AllowedBuckets } from './allowed-buckets';
import { HandlerFunction } from './handler-function';

/** Properties of {@link LogReceived}. */
interface LogReceivedProps {
  readonly buckets: AllowedBuckets;
  /** Gets events that failed after two retries. */
  readonly deadLetterQueue: IQueue;
}

/** Logs which link each new object under an upload prefix was uploaded through. */
export class LogReceived extends HandlerFunction {
  constructor(scope: Construct, id: string, { buckets, deadLetterQueue }: LogReceivedProps) {
    super(scope, id, {
      entry: 'log-received',
      description: 'Logs files that were received through one-time links',
      memorySize: 256,
      timeout: Duration.seconds(10),
      deadLetterQueue,
    });
    buckets.grantReadUploads(this);
    for (const [index, { bucket, uploadPrefix }] of buckets.receiving.entries()) {
      new Rule(this, `Rule${index}`, {
        description: 'Received files',
        eventPattern: {
          source: ['aws.s3'],
          detailType: ['Object Created'],
          // Not copies, which have the link ID of the original.
          detail: {
            bucket: { name: [bucket.bucketName] },
            object: { key: Match.prefix(uploadPrefix) },
            reason: ['PutObject'],
          },
        },
        targets: [new LambdaFunction(this)],
      });
    }
  }
}
