import { readFile } from 'node:fs/promises';
import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import { BUCKET_NAME, STACK_NAME } from '../lambda/contract';
import type { CredentialSource } from './deployment';
import { CliError, errorFacts, explainAws } from './errors';
import { isObject, parseJsonObject } from './format';

/** The outputs of a stack that the CLI uses. */
export interface StackOutputs {
  /** Base URL of the API, with a trailing slash. */
  readonly apiEndpoint: string;
  readonly bucketName: string;
  /** S3 of a local emulator; absent on AWS. */
  readonly s3Endpoint?: string;
}

/**
 * Reads a file that `cdk deploy --outputs-file` or a local emulator wrote.
 *
 * @param stackName defaults to the only stack in the file, or else to the default stack name
 * @throws CliError `OutputsNotFound`, `InvalidOutputs`, `StackNotFound`
 */
export async function readOutputsFile(path: string, stackName?: string): Promise<StackOutputs> {
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    const problem = `The outputs file ${path} cannot be read (${errorFacts(error).systemCode})`;
    throw new CliError('OutputsNotFound', `${problem}: write it with cdk deploy --outputs-file, or check the name.`);
  });
  const stacks = parseJsonObject(text);
  if (stacks === undefined) {
    throw new CliError('InvalidOutputs', `${path} is not an outputs file: write it with cdk deploy --outputs-file.`);
  }
  const names = Object.keys(stacks);
  const wanted = stackName ?? (names.length === 1 ? names[0] : undefined) ?? STACK_NAME;
  const outputs = stacks[wanted];
  if (outputs === undefined) {
    const found = names.join(', ') || 'none';
    throw new CliError('StackNotFound', `${path} has no stack ${wanted} (it has: ${found}): name one with --stack.`);
  }
  return parseOutputs(outputs, path);
}

/**
 * Reads the outputs of a stack from CloudFormation.
 *
 * @throws CliError `StackNotFound`, `LookupDenied`, `InvalidOutputs`, and the errors of any call to AWS
 */
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
      throw explainAws(
        error,
        { name: 'CloudFormation' },
        {
          // The only one that a DescribeStacks request of the SDK can cause.
          ValidationError: [
            'StackNotFound',
            `There is no stack ${stackName} in ${region}: check --stack and --region.`,
          ],
          AccessDenied: [
            'LookupDenied',
            `You may not look up the stack ${stackName}: ask for cloudformation:DescribeStacks, or pass --outputs.`,
          ],
        },
      );
    })
    .finally(() => client.destroy());
  const outputs = stack?.Outputs?.map(({ OutputKey, OutputValue }) => [OutputKey, OutputValue]) ?? [];
  const parsed = parseOutputs(Object.fromEntries(outputs), `The stack ${stackName}`);
  if (parsed.s3Endpoint !== undefined) {
    throw new CliError(
      'InvalidOutputs',
      `The stack ${stackName} has an output S3Endpoint, but only a local emulator has one.`,
    );
  }
  return parsed;
}

/**
 * Validates the outputs of a stack. An output must not send files or signed requests to another host: S3 is AWS's own, or
 * that of a local emulator, which is on this machine together with its API.
 *
 * @param source how messages name the outputs
 * @throws CliError `InvalidOutputs`
 */
export function parseOutputs(outputs: unknown, source: string): StackOutputs {
  const invalid = (problem: string): CliError => new CliError('InvalidOutputs', `${source} ${problem}.`);
  const { ApiGatewayEndpoint, BucketUrl, S3Endpoint } = isObject(outputs) ? outputs : {};
  if (typeof ApiGatewayEndpoint !== 'string' || typeof BucketUrl !== 'string') {
    throw invalid('lacks the outputs ApiGatewayEndpoint and BucketUrl: deploy the stack again, or name another');
  }
  const apiEndpoint = parseEndpoint(ApiGatewayEndpoint);
  if (apiEndpoint === undefined) {
    const rule = 'it must be an https URL without a query, or on this machine';
    throw invalid(`has an output ApiGatewayEndpoint that requests are not sent to: ${rule}`);
  }
  if (!BUCKET_NAME.test(BucketUrl)) {
    throw invalid('has an output BucketUrl that is not a bucket name: deploy the stack again');
  }
  if (S3Endpoint === undefined) {
    return { apiEndpoint, bucketName: BucketUrl };
  }
  const s3Endpoint = parseEndpoint(S3Endpoint);
  if (s3Endpoint === undefined || !isLoopback(s3Endpoint) || !isLoopback(apiEndpoint)) {
    const rule = 'only a local emulator has one, on this machine together with its API';
    throw invalid(`has an output S3Endpoint, but ${rule}: remove the output`);
  }
  return { apiEndpoint, bucketName: BucketUrl, s3Endpoint };
}

/** Parses a base URL: https, or plain http on this machine. @returns it with a trailing slash; `undefined` for any other */
export function parseEndpoint(value: unknown): string | undefined {
  const url = typeof value === 'string' && URL.canParse(value) ? new URL(value) : undefined;
  if (url === undefined || `${url.origin}${url.pathname}` !== url.href) {
    return undefined;
  }
  const isSafe = url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback(url.href));
  return isSafe ? url.href.replace(/\/*$/, '/') : undefined;
}

/** Whether a URL addresses this machine. */
export function isLoopback(url: string): boolean {
  return /^(?:127(?:\.\d{1,3}){3}|localhost|\[::1\])$/.test(new URL(url).hostname);
}
