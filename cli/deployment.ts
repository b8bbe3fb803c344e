import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { S3Client, type S3ClientConfig } from '@aws-sdk/client-s3';
import { fromIni, fromNodeProviderChain } from '@aws-sdk/credential-providers';
import { regionOfEndpoint } from '../client/endpoint';
import { LOCAL_EMULATOR, STACK_NAME } from '../lambda/contract';
import { CliError, errorFacts } from './errors';
import { isEmulatorRunning, isRunning } from './local-emulator';
import { lookUpStack, readOutputsFile, type UploadBucket } from './stack-outputs';

/** Options that select the deployment. By default: a running local emulator, otherwise the default stack on AWS. */
export interface DeploymentOptions {
  /** Use the local emulator of this checkout. */
  readonly local?: boolean;
  /** File that `cdk deploy --outputs-file` or a local emulator wrote. */
  readonly outputs?: string;
  /** Name of the stack, in that file or, without a file, in CloudFormation. */
  readonly stack?: string;
  /** Base URL of the API that replaces the stack's own. Has a trailing slash. */
  readonly endpoint?: string;
  readonly profile?: string;
  readonly region?: string;
}

/** Returns valid credentials. Called before each request, because an upload can outlast them. */
export type CredentialSource = ReturnType<typeof fromNodeProviderChain>;

/** The API of a deployment, and the credentials to call it with. */
export interface LinkApi {
  readonly apiEndpoint: string;
  readonly region: string;
  readonly credentials: CredentialSource;
  /** S3 of a local emulator; absent on AWS. */
  readonly s3Endpoint?: string;
  /** How messages name the deployment, for example `the stack PreSignedURLStack in eu-west-1`. */
  readonly description: string;
}

/** A deployed stack or a local emulator. */
export interface Deployment extends LinkApi {
  /** The default bucket; absent if the deployment has none. */
  readonly uploadBucket?: UploadBucket;
  readonly stackName: string;
}

/** Settings of an S3 client for a deployment. */
export function s3Settings({ region, credentials, s3Endpoint }: LinkApi): S3ClientConfig {
  return { region, credentials, ...(s3Endpoint && { endpoint: s3Endpoint, forcePathStyle: true }) };
}

/** How to find a deployment. */
export interface FindContext {
  /** Prints a message for the user. */
  readonly tell: (message: string) => void;
  readonly signal: AbortSignal;
}

const EMULATOR_OUTPUTS = join(__dirname, '..', LOCAL_EMULATOR.outputsFile);

/**
 * Finds the deployment: a local emulator, an outputs file, or a stack in CloudFormation.
 *
 * @throws CliError if there is none, or there are no credentials
 */
export async function findDeployment(options: DeploymentOptions, finding: FindContext): Promise<Deployment> {
  const { local = false, outputs, stack = STACK_NAME, endpoint, profile } = options;
  if (outputs !== undefined) {
    return await deploymentOfFile(outputs, options);
  }
  const asksForAws = [options.stack, endpoint, profile, options.region].some((option) => option !== undefined);
  if (local || (!asksForAws && (await isEmulatorFound(finding)))) {
    const found = await deploymentOfFile(EMULATOR_OUTPUTS, options);
    const variable = ['AWS_PROFILE', 'AWS_ACCESS_KEY_ID'].find((name) => process.env[name]);
    return local || variable === undefined
      ? found
      : { ...found, description: `${found.description}, although ${variable} is set. For AWS, add --stack ${stack}` };
  }
  const region = options.region ?? (await configuredRegion(options));
  const credentials = await findCredentials({ ...options, region });
  const found = await lookUpStack(stack, region, credentials, finding.signal);
  const description = `the stack ${stack} in ${region}${endpoint === undefined ? '' : `, at ${endpoint}`}`;
  return { ...found, ...(endpoint && { apiEndpoint: endpoint }), stackName: stack, region, credentials, description };
}

/** Finds only the API. With `--endpoint` and no outputs, nothing is looked up in CloudFormation. */
export async function findLinkApi(options: DeploymentOptions, finding: FindContext): Promise<LinkApi> {
  const { endpoint: apiEndpoint, outputs } = options;
  if (apiEndpoint === undefined || outputs !== undefined) {
    return await findDeployment(options, finding);
  }
  const region = options.region ?? regionOfEndpoint(apiEndpoint) ?? (await configuredRegion(options));
  const credentials = await findCredentials({ ...options, region });
  return { apiEndpoint, region, credentials, description: `${apiEndpoint} in ${region}` };
}

/** Whether the emulator of this checkout is running. */
async function isEmulatorFound({ tell }: FindContext): Promise<boolean> {
  if (!existsSync(EMULATOR_OUTPUTS)) {
    return false;
  }
  const isRunning = await isEmulatorRunning(EMULATOR_OUTPUTS);
  if (!isRunning) {
    tell(`Ignoring ${LOCAL_EMULATOR.outputsFile}: its local emulator is not running.`);
  }
  return isRunning;
}

/** Reads an outputs file. Nothing is sent to a local emulator before it has proved its identity. */
async function deploymentOfFile(file: string, options: DeploymentOptions): Promise<Deployment> {
  const { endpoint, stack, profile } = options;
  if (file === EMULATOR_OUTPUTS && !existsSync(file)) {
    throw new CliError(
      'Unavailable',
      'No local emulator is running: run npm start in the checkout, or use --outputs FILE.',
    );
  }
  const { emulator, stackName, ...outputs } = await readOutputsFile(file, stack);
  if (emulator === undefined) {
    const apiEndpoint = endpoint ?? outputs.apiEndpoint;
    const inOutputs = regionOfEndpoint(apiEndpoint) ?? regionOfEndpoint(outputs.apiEndpoint);
    const region = options.region ?? inOutputs ?? (await configuredRegion(options));
    const credentials = await findCredentials({ ...options, region });
    // A file can name any stack, so the description also shows where files and requests go.
    const { uploadBucket } = outputs;
    const destination = uploadBucket === undefined ? '' : `, with the bucket of account ${uploadBucket.owner}`;
    const description = `the stack ${stackName} at ${new URL(apiEndpoint).host}${destination}`;
    return { ...outputs, stackName, apiEndpoint, region, credentials, description };
  }
  if ((endpoint ?? options.region) !== undefined) {
    throw new CliError(
      'Usage',
      `--endpoint and --region are for AWS, but ${file} belongs to a local emulator: omit them.`,
    );
  }
  if (!(await isRunning(emulator))) {
    const remedy = `start one with npm start, or use AWS with --stack ${STACK_NAME}`;
    throw new CliError(
      'Unavailable',
      `The local emulator of ${file} (process ${emulator.processId}) is not running: ${remedy}.`,
    );
  }
  const { region, accessKeyId, secretAccessKey } = LOCAL_EMULATOR;
  const credentials =
    profile === undefined ? async () => ({ accessKeyId, secretAccessKey }) : await findCredentials({ profile, region });
  return { ...outputs, stackName, region, credentials, description: 'the local emulator' };
}

/** The Region from the environment or the profile. @throws CliError `Usage` if there is none */
async function configuredRegion({ profile }: DeploymentOptions): Promise<string> {
  const region = process.env['AWS_REGION'] || process.env['AWS_DEFAULT_REGION'];
  if (region) {
    return region;
  }
  // The SDK reads the profile's Region, but exports no function that does only that.
  const client = new S3Client(profile === undefined ? {} : { profile });
  try {
    return await client.config.region();
  } catch {
    const message =
      profile === undefined
        ? 'No AWS Region is set: pass --region. To try it without AWS, run npm start in a checkout.'
        : `The profile ${profile} does not exist or has no Region: check its name, or pass --region.`;
    throw new CliError('Usage', message);
  } finally {
    client.destroy();
  }
}

/**
 * Finds credentials: those of `--profile` if it is given, otherwise those of the SDK's default chain.
 *
 * @throws CliError `Denied` if there are none
 */
async function findCredentials({
  profile,
  region,
}: {
  readonly profile?: string;
  readonly region: string;
}): Promise<CredentialSource> {
  const clientConfig = { region };
  const source: CredentialSource =
    profile === undefined ? fromNodeProviderChain({ clientConfig }) : fromIni({ profile, clientConfig });
  await source().catch((error: unknown) => {
    const chosen = profile ?? process.env['AWS_PROFILE'];
    const message = chosen
      ? `The profile ${chosen} has no credentials: ${errorFacts(error).message}`
      : 'There are no AWS credentials: sign in, use --profile, or try it without AWS: npm start in a checkout.';
    throw new CliError('Denied', message);
  });
  return source;
}
