import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { LOCAL_EMULATOR, STACK_NAME } from '../lambda/contract';
import { lookUpStack } from './cloudformation';
import { type CredentialSource, findCredentials } from './credentials';
import { chosenRegion, regionOfEndpoint } from './region';
import { readOutputsFile, type StackOutputs } from './stack-outputs';

/** What says where to share from. */
export interface DeploymentOptions {
  /** File of outputs, of `cdk deploy --outputs-file`. */
  readonly outputsFile?: string;
  /** Name of the stack: in that file, or in CloudFormation. */
  readonly stackName?: string;
  /** Base address of the API in place of the stack's own, with a slash at its end. */
  readonly endpoint?: string;
  readonly profile?: string;
  readonly region?: string;
}

/** The API of a stack, and who calls it. */
export interface LinkApi {
  readonly apiEndpoint: string;
  readonly region: string;
  readonly credentials: CredentialSource;
  /** S3 of a local emulator; absent for AWS. */
  readonly s3Endpoint?: string;
}

/** A deployed stack or a local emulator: its API, and where files are uploaded to. */
export interface Deployment extends LinkApi {
  readonly bucketName: string;
}

/**
 * Finds the stack to share from, and credentials to call it with: from a file that was given, or else from the local emulator
 * that runs, or else from CloudFormation.
 *
 * @throws ShareFailure if there is no stack, or there are no credentials
 */
export async function findDeployment(options: DeploymentOptions, signal: AbortSignal): Promise<Deployment> {
  const local = await readLocalOutputs(options);
  return local === undefined ? await lookUpDeployment(options, signal) : await callLocal(local, options);
}

/** As {@link findDeployment}, for who uploads nothing: an API whose address was given is not looked up. */
export async function findLinkApi(options: DeploymentOptions, signal: AbortSignal): Promise<LinkApi> {
  const local = await readLocalOutputs(options);
  if (local !== undefined) {
    return await callLocal(local, options);
  }
  const { endpoint } = options;
  if (endpoint === undefined) {
    return await lookUpDeployment(options, signal);
  }
  const region = options.region ?? regionOfEndpoint(endpoint) ?? (await chosenRegion(options));
  return { apiEndpoint: endpoint, region, credentials: await findCredentials({ ...options, region }) };
}

async function callLocal(local: StackOutputs, options: DeploymentOptions): Promise<Deployment> {
  const outputs = withEndpoint(local, options);
  const region = options.region ?? knownRegion(outputs, local) ?? (await chosenRegion(options));
  return { ...outputs, region, credentials: await findCredentials({ ...options, region, outputs }) };
}

async function lookUpDeployment(options: DeploymentOptions, signal: AbortSignal): Promise<Deployment> {
  const region = await chosenRegion(options);
  const credentials = await findCredentials({ ...options, region });
  const outputs = await lookUpStack({ stackName: options.stackName ?? STACK_NAME, region, credentials }, signal);
  return { ...withEndpoint(outputs, options), region, credentials };
}

/** A stack that was named is looked up on AWS, also while an emulator runs. */
async function readLocalOutputs({ outputsFile, stackName }: DeploymentOptions): Promise<StackOutputs | undefined> {
  if (outputsFile !== undefined) {
    return await readOutputsFile(outputsFile, stackName);
  }
  const ofEmulator = join(__dirname, '..', LOCAL_EMULATOR.outputsFile);
  return stackName === undefined && existsSync(ofEmulator) ? await readOutputsFile(ofEmulator) : undefined;
}

function withEndpoint(outputs: StackOutputs, { endpoint }: DeploymentOptions): StackOutputs {
  return endpoint === undefined ? outputs : { ...outputs, apiEndpoint: endpoint };
}

function knownRegion(...candidates: readonly StackOutputs[]): string | undefined {
  const regions = candidates.map(({ apiEndpoint, s3Endpoint }) =>
    s3Endpoint === undefined ? regionOfEndpoint(apiEndpoint) : LOCAL_EMULATOR.region,
  );
  return regions.find((region) => region !== undefined);
}
