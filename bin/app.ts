import { App } from 'aws-cdk-lib';
import { readConfig } from '../lib/config';
import { PreSignedURLStack } from '../lib/presigned-url-stack';

const app = new App();
new PreSignedURLStack(app, 'PreSignedURLStack', {
  description: 'One-time links to S3 objects',
  config: readConfig(app.node),
});
