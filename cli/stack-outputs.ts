import { readFile } from 'node:fs/promises';
import { BUCKET_NAME, STACK_NAME } from '../lambda/contract';
import { errorFacts } from './error-facts';
import { ShareFailure } from './failure';
import { isLoopback } from './loopback';

/** What the outputs of a stack say. */
export interface StackOutputs {
  /** Base address of the API, with a slash at its end. */
  readonly apiEndpoint: string;
  readonly bucketName: string;
  /** S3 of a local emulator; absent for AWS. */
  readonly s3Endpoint?: string;
}

/**
 * Reads a file that `cdk deploy --outputs-file` or a local emulator wrote.
 *
 * @param stackName by default the only one in it, or the one that has the name of a stack that was given none
 * @throws ShareFailure `OutputsNotFound`, `InvalidOutputs`, `StackNotFound`
 */
export async function readOutputsFile(path: string, stackName?: string): Promise<StackOutputs> {
  const stacks = parseObject(await readText(path));
  if (stacks === undefined) {
    throw new ShareFailure('InvalidOutputs', `${path} is not what cdk deploy --outputs-file writes: write it again.`);
  }
  const names = Object.keys(stacks);
  const wanted = stackName ?? (names.length === 1 ? names[0] : undefined) ?? STACK_NAME;
  const outputs = stacks[wanted];
  if (outputs === undefined) {
    const there = names.join(', ') || 'none';
    throw new ShareFailure('StackNotFound', `${path} has no stack ${wanted} (it has: ${there}): give its --stack.`);
  }
  return parseOutputs(outputs, path);
}

/**
 * Picks what is needed from the outputs of a stack, given by name.
 *
 * @param source what has the outputs, to a person
 * @throws ShareFailure `InvalidOutputs`
 */
export function parseOutputs(outputs: unknown, source: string): StackOutputs {
  const { ApiGatewayEndpoint, BucketUrl, S3Endpoint } = isObject(outputs) ? outputs : {};
  if (typeof ApiGatewayEndpoint !== 'string' || typeof BucketUrl !== 'string') {
    const remedy = 'deploy the stack again, or name the right one';
    throw new ShareFailure(
      'InvalidOutputs',
      `${source} lacks the outputs ApiGatewayEndpoint and BucketUrl: ${remedy}.`,
    );
  }
  const apiEndpoint = parseEndpoint(ApiGatewayEndpoint);
  if (apiEndpoint === undefined) {
    const rule = 'it must be of https, or of this machine, without a query';
    const remedy = 'name another stack; a local emulator is on this machine unless disableDefaultEndpoint is set';
    throw new ShareFailure(
      'InvalidOutputs',
      `${source} has an output ApiGatewayEndpoint that nothing is sent to: ${rule}. Deploy it so, or ${remedy}.`,
    );
  }
  if (!BUCKET_NAME.test(BucketUrl)) {
    const remedy = 'deploy the stack again, or write its outputs anew';
    throw new ShareFailure('InvalidOutputs', `${source} has an output BucketUrl that names no bucket: ${remedy}.`);
  }
  if (S3Endpoint === undefined) {
    return { apiEndpoint, bucketName: BucketUrl };
  }
  return { apiEndpoint, bucketName: BucketUrl, s3Endpoint: parseEmulatorS3(S3Endpoint, apiEndpoint, source) };
}

/** Files and signed requests go where an output says only if that is an emulator on this machine, as a whole. */
function parseEmulatorS3(value: unknown, apiEndpoint: string, source: string): string {
  const s3Endpoint = parseEndpoint(value);
  if (s3Endpoint === undefined || ![apiEndpoint, s3Endpoint].every(isLoopback)) {
    const rule = 'only a local emulator has one, and it is on this machine with its API';
    const remedy = 'take the output out, or write the outputs anew';
    throw new ShareFailure('InvalidOutputs', `${source} has an output S3Endpoint, but ${rule}: ${remedy}.`);
  }
  return s3Endpoint;
}

/**
 * An address that paths can be added to: of https, or on this machine, as links come from there in clear.
 *
 * @returns `undefined` if it is none
 */
export function parseEndpoint(value: unknown): string | undefined {
  const url = typeof value === 'string' && URL.canParse(value) ? new URL(value) : undefined;
  if (url === undefined || `${url.origin}${url.pathname}` !== url.href) {
    return undefined;
  }
  const safe = url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback(url.href));
  return safe ? url.href.replace(/\/*$/, '/') : undefined;
}

async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    const { systemCode } = errorFacts(error);
    const missing = systemCode === 'ENOENT';
    const sentence = missing
      ? `There is no outputs file ${path}: write it with cdk deploy --outputs-file, or check the name.`
      : `The outputs file ${path} cannot be read (${systemCode}): check that it is a file that you may read.`;
    throw new ShareFailure('OutputsNotFound', sentence, { cause: error });
  }
}

function parseObject(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
