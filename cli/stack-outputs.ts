import { readFile } from 'node:fs/promises';
import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import { isLoopback, parseEndpoint } from '../client/endpoint';
import { isObject, parseJsonObject } from '../client/json';
import { BUCKET_NAME, STACK_NAME } from '../lambda/contract';
import type { CredentialSource } from './deployment';
import { CliError, errorFacts, explainAws } from './errors';
import { type EmulatorRecord, emulatorRecord } from './local-emulator';

/** A bucket that files are uploaded to. */
export interface UploadBucket {
  readonly name: string;
  /** ID of the account that owns it. */
  readonly owner: string;
}

/** The outputs of a stack that the CLI uses. */
export interface StackOutputs {
  /** Base URL of the API, with a trailing slash. */
  readonly apiEndpoint: string;
  /** The default bucket; absent if the deployment has none. */
  readonly uploadBucket?: UploadBucket;
  /** S3 of a local emulator; absent on AWS. */
  readonly s3Endpoint?: string;
  /** The local emulator that wrote the outputs; absent on AWS. */
  readonly emulator?: EmulatorRecord;
}

/**
 * Reads a file that `cdk deploy --outputs-file` or a local emulator wrote.
 *
 * @param stackName defaults to the only stack in the file, or else to the default stack name
 * @throws CliError
 */
export async function readOutputsFile(
  path: string,
  stackName?: string,
): Promise<StackOutputs & { readonly stackName: string }> {
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    throw new CliError('NotFound', `The outputs file cannot be read: ${errorFacts(error).message}`);
  });
  const stacks = parseJsonObject(text);
  if (stacks === undefined) {
    throw new CliError('Usage', `${path} is not an outputs file: write it with cdk deploy --outputs-file.`);
  }
  const names = Object.keys(stacks);
  const wanted = stackName ?? (names.length === 1 ? names[0] : undefined) ?? STACK_NAME;
  const outputs = stacks[wanted];
  if (outputs === undefined) {
    const remedy = names.length === 0 ? 'it is empty' : `use --stack ${names.join(' or --stack ')}`;
    throw new CliError('NotFound', `${path} has no stack ${wanted}: ${remedy}.`);
  }
  return { ...parseOutputs(outputs, path), stackName: wanted };
}

/** Reads the outputs of a stack from CloudFormation. @throws CliError, or the signal's reason */
export async function lookUpStack(
  stackName: string,
  region: string,
  credentials: CredentialSource,
  signal: AbortSignal,
): Promise<StackOutputs> {
  const client = new CloudFormationClient({ region, credentials });
  const { Stacks: [stack] = [] } = await client
    .send(new DescribeStacksCommand({ StackName: stackName }), { abortSignal: signal })
    .catch((error: unknown) => {
      // DescribeStacks returns a ValidationError only if the stack does not exist.
      throw errorFacts(error).name === 'ValidationError'
        ? new CliError('NotFound', `There is no stack ${stackName} in ${region}: check --stack and --region.`)
        : explainAws(error, { name: 'CloudFormation' });
    })
    .finally(() => client.destroy());
  const outputs = stack?.Outputs?.map(({ OutputKey, OutputValue }) => [OutputKey, OutputValue]) ?? [];
  return parseOutputs(Object.fromEntries(outputs), `the stack ${stackName}`);
}

/**
 * Validates the outputs of a stack. They must not send files or signed requests to another host, so S3 must be AWS's
 * own, or belong to a local emulator that runs on this machine with its API.
 *
 * @param source how messages name the outputs
 * @throws CliError `Usage`
 */
export function parseOutputs(outputs: unknown, source: string): StackOutputs {
  const { ApiGatewayEndpoint, UploadBucket, BucketOwner, S3Endpoint } = isObject(outputs) ? outputs : {};
  const invalid = (name: string, rule: string): CliError =>
    new CliError('Usage', `The output ${name} of ${source} must be ${rule}.`);
  const apiEndpoint = parseEndpoint(ApiGatewayEndpoint);
  if (apiEndpoint === undefined) {
    throw invalid('ApiGatewayEndpoint', 'an https URL without a query, or a URL on this machine');
  }
  if (UploadBucket !== undefined && (typeof UploadBucket !== 'string' || !BUCKET_NAME.test(UploadBucket))) {
    throw invalid('UploadBucket', 'the name of a bucket');
  }
  const hasOwner = typeof BucketOwner === 'string' && /^\d{12}$/.test(BucketOwner);
  if (UploadBucket !== undefined && !hasOwner) {
    throw invalid('BucketOwner', 'an account ID of 12 digits');
  }
  const uploadBucket = UploadBucket !== undefined && hasOwner && { name: UploadBucket, owner: BucketOwner };
  const common = { apiEndpoint, ...(uploadBucket && { uploadBucket }) };
  if (S3Endpoint === undefined) {
    return common;
  }
  const s3Endpoint = parseEndpoint(S3Endpoint);
  if (s3Endpoint === undefined || !isLoopback(s3Endpoint) || !isLoopback(apiEndpoint)) {
    throw invalid('S3Endpoint', 'a URL on this machine, like that of its API. Only a local emulator has this output');
  }
  const emulator = emulatorRecord(outputs);
  if (emulator === undefined) {
    throw invalid('EmulatorToken', 'written by the local emulator, with EmulatorPid');
  }
  return { ...common, s3Endpoint, emulator };
}
