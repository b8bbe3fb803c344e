import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { App } from 'aws-cdk-lib';
import { type DeploymentTarget, OptionError } from '../lib/options/context';
import { refuseMisplacedOptions } from '../lib/options/options';
import { readOptions } from '../lib/options-adapter';
import { PreSignedURLStack } from '../lib/presigned-url-stack';

const app = new App();
try {
  refuseMisplacedOptions(JSON.parse(readFileSync(join(__dirname, '..', 'cdk.json'), 'utf8')));
  new PreSignedURLStack(app, 'PreSignedURLStack', {
    description: 'One-time links to S3 objects',
    options: readOptions(app.node, targetOfCredentials()),
  });
} catch (error) {
  if (!(error instanceof OptionError)) {
    throw error;
  }
  // The sentence alone: where it was thrown helps nobody who mistyped an option.
  process.stderr.write(`${error.message}\n`);
  process.exit(1);
}

/**
 * Where the toolkit's credentials lead. Without any it says a region all the same, `us-east-1`, which nobody has chosen. The
 * stack itself can be deployed anywhere.
 */
function targetOfCredentials(): DeploymentTarget {
  const { CDK_DEFAULT_ACCOUNT: account, CDK_DEFAULT_REGION: region } = process.env;
  return account === undefined ? {} : { account, region };
}
