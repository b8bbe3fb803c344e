import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { S3Client } from '@aws-sdk/client-s3';
import { fromIni, fromNodeProviderChain } from '@aws-sdk/credential-providers';
import { LOCAL_EMULATOR, STACK_NAME } from '../lambda/contract';
import { CliError, errorFacts } from './errors';
import { isLoopback, lookUpStack, readOutputsFile, type StackOutputs } from './stack-outputs';

/** Options that select the deployment. */
export interface DeploymentOptions {
  /** File that `cdk deploy --outputs-file` wrote. */
  readonly outputs?: string;
  /** Name of the stack, in that file or else in CloudFormation. */
  readonly stack?: string;
  /** Base URL of the API instead of the stack's own, with a trailing slash. */
  readonly endpoint?: string;
  readonly profile?: string;
  readonly region?: string;
}

/** Returns valid credentials. Called before each request: an upload can outlast them. */
export type CredentialSource = ReturnType<typeof fromNodeProviderChain>;

/** The API of a deployment, and the credentials to call it with. */
export interface LinkApi {
  readonly apiEndpoint: string;
  readonly region: string;
  readonly credentials: CredentialSource;
  /** S3 of a local emulator; absent on AWS. */
  readonly s3Endpoint?: string;
}

/** A deployed stack or a local emulator. */
export interface Deployment extends LinkApi {
  /** Files are uploaded to it. */
  readonly bucketName: string;
}

/**
 * Finds the deployment: an outputs file that was given, or else a running local emulator, or else a stack in CloudFormation.
 *
 * @throws CliError if there is none, or there are no credentials
 */
export async function findDeployment(options: DeploymentOptions, signal: AbortSignal): Promise<Deployment> {
  const { endpoint } = options;
  const outputsFile = outputsFileOf(options);
  if (outputsFile !== undefined) {
    const local = await readOutputsFile(outputsFile, options.stack);
    const outputs = endpoint === undefined ? local : { ...local, apiEndpoint: endpoint };
    const region = options.region ?? regionOf(outputs) ?? regionOf(local) ?? (await configuredRegion(options));
    return { ...outputs, region, credentials: await findCredentials({ ...options, region }, outputs) };
  }
  const region = options.region ?? (await configuredRegion(options));
  const credentials = await findCredentials({ ...options, region });
  const outputs = await lookUpStack(options.stack ?? STACK_NAME, region, credentials, signal);
  return { ...outputs, ...(endpoint && { apiEndpoint: endpoint }), region, credentials };
}

/** Finds the API alone. With `--endpoint` and no outputs, nothing is looked up in CloudFormation. */
export async function findLinkApi(options: DeploymentOptions, signal: AbortSignal): Promise<LinkApi> {
  const { endpoint: apiEndpoint } = options;
  if (apiEndpoint === undefined || outputsFileOf(options) !== undefined) {
    return await findDeployment(options, signal);
  }
  const region = options.region ?? regionOfEndpoint(apiEndpoint) ?? (await configuredRegion(options));
  return { apiEndpoint, region, credentials: await findCredentials({ ...options, region }) };
}

/** `--stack` alone means AWS, even while an emulator runs. */
function outputsFileOf({ outputs, stack }: DeploymentOptions): string | undefined {
  const ofEmulator = join(__dirname, '..', LOCAL_EMULATOR.outputsFile);
  return outputs ?? (stack === undefined && existsSync(ofEmulator) ? ofEmulator : undefined);
}

function regionOf({ apiEndpoint, s3Endpoint }: StackOutputs): string | undefined {
  return s3Endpoint === undefined ? regionOfEndpoint(apiEndpoint) : LOCAL_EMULATOR.region;
}

/** The region in a default endpoint of API Gateway; `undefined` for a custom domain. */
export function regionOfEndpoint(apiEndpoint: string): string | undefined {
  return /\.execute-api\.([a-z0-9-]+)\./.exec(new URL(apiEndpoint).hostname)?.[1];
}

/** The region of the environment or the profile. @throws CliError `Usage` if there is none */
async function configuredRegion({ profile }: DeploymentOptions): Promise<string> {
  const region = process.env['AWS_REGION'] || process.env['AWS_DEFAULT_REGION'];
  if (region) {
    return region;
  }
  // The SDK reads the profile's region; it exports no function for that alone.
  const client = new S3Client(profile === undefined ? {} : { profile });
  try {
    return await client.config.region();
  } catch {
    throw new CliError('Usage', 'No AWS region is set: pass --region, or try it without AWS: npm start.');
  } finally {
    client.destroy();
  }
}

/**
 * Finds credentials: those of `--profile` and no other source, or else those of the SDK's default chain. A local emulator is
 * called with its own public key unless a profile was given, and that key is sent to this machine only.
 *
 * @throws CliError `Denied` if there are none
 */
async function findCredentials(
  { profile, region }: { readonly profile?: string; readonly region: string },
  outputs?: StackOutputs,
): Promise<CredentialSource> {
  if (profile === undefined && outputs?.s3Endpoint !== undefined && isLoopback(outputs.apiEndpoint)) {
    const { accessKeyId, secretAccessKey } = LOCAL_EMULATOR;
    return async () => ({ accessKeyId, secretAccessKey });
  }
  const clientConfig = { region };
  const source: CredentialSource =
    profile === undefined ? fromNodeProviderChain({ clientConfig }) : fromIni({ profile, clientConfig });
  await source().catch((error: unknown) => {
    const chosen = profile ?? process.env['AWS_PROFILE'];
    const message = chosen
      ? `The profile ${chosen} gives no credentials: ${errorFacts(error).message}`
      : 'There are no AWS credentials: sign in, use --profile, or try it without AWS: npm start.';
    throw new CliError('Denied', message);
  });
  return source;
}
