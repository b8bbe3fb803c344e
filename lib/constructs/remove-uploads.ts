import { Duration, Stack } from 'aws-cdk-lib';
import { Rule, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import { ENVIRONMENT, UPLOAD_FOLDER } from '../../lambda/contract';
import { acknowledgeWildcards } from './acknowledge';
import { HandlerFunction } from './handler-function';
import type { LinkTable } from './link-table';
import type { ReceiptTable } from './receipt-table';

/** Properties of {@link RemoveUploads}. */
interface RemoveUploadsProps {
  readonly bucket: IBucket;
  readonly links: LinkTable;
  readonly receipts: ReceiptTable;
}

/**
 * Deletes uploaded files from the default bucket every 12 hours if their link was redeemed or revoked, or has expired.
 */
export class RemoveUploads extends HandlerFunction {
  constructor(scope: Construct, id: string, { bucket, links, receipts }: RemoveUploadsProps) {
    super(scope, id, {
      entry: 'remove-uploads',
      description: 'Deletes uploaded files after their links have ended',
      memorySize: 256,
      timeout: Duration.minutes(15),
    });
    links.grant(this, 'dynamodb:GetItem');
    receipts.grant(this, 'dynamodb:GetItem');
    this.addEnvironment(ENVIRONMENT.uploadBucket, bucket.bucketName);
    const uploads = `${UPLOAD_FOLDER}*`;
    const objects = bucket.arnForObjects(uploads);
    const owned = { StringEquals: { 's3:ResourceAccount': Stack.of(this).account } };
    const listed = { ...owned, StringLike: { 's3:prefix': uploads } };
    this.addToRolePolicy(
      new PolicyStatement({ actions: ['s3:ListBucket'], resources: [bucket.bucketArn], conditions: listed }),
    );
    const actions = ['s3:GetObjectTagging', 's3:DeleteObject'];
    this.addToRolePolicy(new PolicyStatement({ actions, resources: [objects], conditions: owned }));
    acknowledgeWildcards(this.role ?? this, [objects], 'Each upload has a random key.');
    new Rule(this, 'Schedule', {
      description: 'Deletes uploaded files after their links have ended',
      schedule: Schedule.rate(Duration.hours(12)),
      targets: [new LambdaFunction(this)],
    });
  }
}
