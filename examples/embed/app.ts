import { App, CfnOutput, Duration, Stack } from 'aws-cdk-lib';
import { Runtime } from 'aws-cdk-lib/aws-lambda';
import { NodejsFunction } from 'aws-cdk-lib/aws-lambda-nodejs';
import { BlockPublicAccess, Bucket } from 'aws-cdk-lib/aws-s3';
import { OneTimeLinks } from 'one-time-s3-links';

const stack = new Stack(new App(), 'Shop');

const invoices = new Bucket(stack, 'Invoices', { blockPublicAccess: BlockPublicAccess.BLOCK_ALL, enforceSSL: true });
const links = new OneTimeLinks(stack, 'Links', { buckets: [invoices], retainData: true });

const billing = new NodejsFunction(stack, 'Billing', {
  entry: 'lambda/billing.ts',
  runtime: Runtime.NODEJS_24_X,
  timeout: Duration.seconds(30),
  environment: { INVOICES_BUCKET: invoices.bucketName },
});
links.grantIssue(billing);

new CfnOutput(stack, 'InvoicesBucket', { value: invoices.bucketName });
new CfnOutput(stack, 'BillingFunction', { value: billing.functionName });
