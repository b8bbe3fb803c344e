import { App } from 'aws-cdk-lib';
import { readConfig } from '../lib/config';
import { PreSignedURLStack } from '../lib/presigned-url-stack';

const app = new App();
// Where the toolkit's credentials lead, if it has any. The stack itself can be deployed anywhere.
const target = { account: process.env['CDK_DEFAULT_ACCOUNT'], region: process.env['CDK_DEFAULT_REGION'] };
new PreSignedURLStack(app, 'PreSignedURLStack', {
  description: 'One-time links to S3 objects',
  config: readConfig(app.node, target),
});
