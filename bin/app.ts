import { chmodSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { App } from 'aws-cdk-lib';
import { buildFunctions } from '../build/functions';
import { STACK_NAME } from '../lambda/contract';
import type { DeploymentTarget } from '../lib/options/options';
import { OptionError } from '../lib/options/parsers';
import { readOptions, refuseMisplacedOptions } from '../lib/options/read-options';
import { commandLineOptions, warnOfCommandLineOptions } from '../lib/options/warnings';
import { PreSignedURLStack } from '../lib/presigned-url-stack';

void main();

async function main(): Promise<void> {
  await buildFunctions();
  const app = new App();
  // The code in it is deployed. Only its folder is protected: Lambda needs files that everyone can read.
  mkdirSync(app.outdir, { recursive: true });
  chmodSync(app.outdir, 0o700);
  try {
    const cdkJson = readJson(join(__dirname, '..', 'cdk.json'));
    refuseMisplacedOptions(cdkJson);
    const stack = new PreSignedURLStack(app, STACK_NAME, {
      description: 'One-time links to S3 objects',
      options: readOptions(app.node, deploymentTarget()),
    });
    // https://docs.aws.amazon.com/cdk/v2/guide/context.html
    const files = [
      cdkJson['context'] ?? {},
      readJson(join(__dirname, '..', 'cdk.context.json')),
      readJson(join(homedir(), '.cdk.json'))['context'] ?? {},
    ];
    warnOfCommandLineOptions(stack, commandLineOptions(app.node.getAllContext(), files));
  } catch (error) {
    if (!(error instanceof OptionError)) {
      throw error;
    }
    process.stderr.write(`${error.message}\n`);
    process.exit(1);
  }
}

/** Reads a file of JSON; an empty object if there is none. */
function readJson(path: string): Readonly<Record<string, Readonly<Record<string, unknown>>>> {
  return existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : {};
}

/** Account and Region of the credentials. Without credentials, the CDK sets a default Region, which is ignored. */
function deploymentTarget(): DeploymentTarget {
  const { CDK_DEFAULT_ACCOUNT: account, CDK_DEFAULT_REGION: region } = process.env;
  return account === undefined ? {} : { account, region };
}
