import type { IssuedLink } from '../client/links';
import { MAX_FROM_CHARACTERS, MAX_LABEL_CHARACTERS } from '../lambda/contract';
import { clientOf } from './api';
import { type DeploymentOptions, findDeployment, findLinkApi, type LinkApi } from './deployment';
import { CliError } from './errors';
import { formatBytes } from './format';
import { explainIssue } from './issue-link';
import { type PrintOptions, printLink } from './print-link';
import { findSaveTarget, saveReceivedFile } from './received-file';
import type { S3Prefix } from './s3-location';
import { checkShownOption } from './shown-option';
import type { CommandContext } from './terminal';
import { waitForFile } from './wait-for-link';

/** Options of `request`. */
export interface FileRequest extends DeploymentOptions, PrintOptions {
  readonly maxBytes: number;
  readonly expiresInSeconds: number;
  /** What the uploader is asked for. */
  readonly label?: string;
  /** Name of the person who asks. */
  readonly from?: string;
  /** @default - all types */
  readonly contentTypes?: readonly string[];
  /** Where the file goes. @default - the inbox of the default bucket */
  readonly to?: S3Prefix;
  /** After printing the link, wait for the file and download it. */
  readonly wait?: boolean;
  /** A folder, or the path of a new file. @default - the current folder */
  readonly output?: string;
}

/**
 * Requests a file: issues an upload link, and prints it. With `wait`, the command then waits for the file and downloads it.
 *
 * @throws CliError, or the signal's reason
 */
export async function requestFile(request: FileRequest, context: CommandContext): Promise<void> {
  const { maxBytes, label, from, wait = false, output } = request;
  const { display, signal } = context;
  checkShownOption('--label', label, 'a text', MAX_LABEL_CHARACTERS);
  checkShownOption('--from', from, 'a name', MAX_FROM_CHARACTERS);
  if (output !== undefined && !wait) {
    throw new CliError('Usage', '--output is for --wait: add it, or omit --output.');
  }
  const target = wait ? await findSaveTarget(output) : undefined;
  const { api, location } = await findDestination(request, context);
  const link = await issue(api, location, request, signal);
  await printLink(link, `One file of up to ${formatBytes(maxBytes)} can be sent`, request, display);
  if (target !== undefined) {
    const received = await waitForFile(api, link, { tell: display.tell, signal });
    const path = await saveReceivedFile(api, received, target, context);
    const checked = received.checksum?.algorithm === 'SHA256' ? ' Its SHA-256 is correct.' : '';
    display.tell(`Saved as ${path}.${checked}`);
  }
}

interface Destination {
  readonly api: LinkApi;
  readonly location: S3Prefix;
}

async function findDestination(request: FileRequest, { display, signal }: CommandContext): Promise<Destination> {
  const finding = { tell: display.tell, signal };
  if (request.to !== undefined) {
    const api = await findLinkApi(request, finding);
    display.tell(`Requesting through ${api.description}.`);
    return { api, location: request.to };
  }
  const deployment = await findDeployment(request, finding);
  display.tell(`Requesting through ${deployment.description}.`);
  if (deployment.uploadBucket === undefined) {
    const remedy = 'use --to s3://BUCKET/PREFIX/ with a bucket that accepts uploads';
    throw new CliError('Usage', `The deployment has no bucket for uploads: ${remedy}.`);
  }
  return { api: deployment, location: { bucket: deployment.uploadBucket.name } };
}

async function issue(
  api: LinkApi,
  location: S3Prefix,
  { maxBytes, expiresInSeconds, label, from, contentTypes }: FileRequest,
  signal: AbortSignal,
): Promise<IssuedLink> {
  const limits = { maxBytes, expiresInSeconds, ...(contentTypes && { contentTypes }) };
  const texts = { ...(label && { label }), ...(from && { from }) };
  try {
    return await clientOf(api).issueUpload({ ...location, ...limits, ...texts }, { signal });
  } catch (error) {
    throw explainIssue(error, api);
  }
}
