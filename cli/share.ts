import type { IssuedLink } from '../client/links';
import { MAX_FILE_NAME_BYTES, MAX_FROM_CHARACTERS, MAX_UPLOAD_LINK_DAYS, UPLOAD_KEPT_DAYS } from '../lambda/contract';
import { downloadNameProblem, fitDownloadName, nameOfKey } from '../lambda/link/download-name';
import { type DeploymentOptions, findDeployment, findLinkApi, type LinkApi } from './deployment';
import { CliError, errorFacts } from './errors';
import { formatBytes } from './format';
import { checkIssuer, issueLink, type LinkRequest } from './issue-link';
import { type PrintOptions, printLink } from './print-link';
import { formatS3Location, parseS3Location, type S3Location } from './s3-location';
import { openSharedFile, type SharedFile } from './shared-file';
import { checkShownOption } from './shown-option';
import { readSnippet, STANDARD_INPUT, sharedInput } from './standard-input';
import type { CommandContext, Display } from './terminal';
import { prepareUpload } from './upload';
import { waitForRedemption } from './wait-for-link';

/** Options of `share`. */
export interface ShareRequest extends DeploymentOptions, PrintOptions {
  /** Path of a file, `-` for standard input, or `s3://bucket/key`. */
  readonly source: string;
  readonly expiresInSeconds: number;
  /**
   * File name of the download. Required for standard input, unless it is short text.
   *
   * @default - the file's name, or the last segment of the key
   */
  readonly downloadAs?: string;
  /** Name of the sender, for the click-through page. */
  readonly from?: string;
  /** A version of an object in S3. */
  readonly versionId?: string;
  /** After printing the link, wait until it is redeemed. */
  readonly wait?: boolean;
}

const SECONDS_PER_DAY = 86_400;

/**
 * Shares a file or an object: uploads a file, issues a link, and prints it. If any step fails or is interrupted, the upload
 * is removed. With `wait`, the command then waits until the link is redeemed.
 *
 * @throws CliError, or the signal's reason
 */
export async function share(request: ShareRequest, context: CommandContext): Promise<void> {
  const { source, downloadAs, from } = request;
  if (downloadAs !== undefined && downloadNameProblem(downloadAs) !== undefined) {
    const rule = 'without /, \\, line breaks, control characters or direction overrides';
    throw new CliError('Usage', `--as must be a file name of at most ${MAX_FILE_NAME_BYTES} bytes, ${rule}.`);
  }
  checkShownOption('--from', from, 'a name', MAX_FROM_CHARACTERS);
  if (/^https?:/i.test(source)) {
    // The message does not repeat the argument, because it may be a link.
    throw new CliError('Usage', 'That is a link. Write `status` or `revoke` instead of `share`.');
  }
  const location = parseS3Location(source);
  const { api, link } = await (location === undefined
    ? shareFile(request, context)
    : shareObject(location, request, context));
  if (request.wait) {
    await waitForRedemption(api, link, { tell: context.display.tell, signal: context.signal });
  }
}

interface SharedLink {
  readonly api: LinkApi;
  readonly link: IssuedLink;
}

async function shareObject(location: S3Location, request: ShareRequest, context: CommandContext): Promise<SharedLink> {
  const { expiresInSeconds, versionId, from } = request;
  const { display, signal } = context;
  const downloadAs = request.downloadAs ?? fitName(nameOfKey(location.key), display);
  const api = await findLinkApi(request, { tell: display.tell, signal });
  display.tell(`Sharing through ${api.description}.`);
  const link = { location, expiresInSeconds, downloadAs, ...(versionId && { versionId }), ...(from && { from }) };
  return { api, link: await issueAndPrint(api, link, formatS3Location(location), request, context) };
}

async function shareFile(request: ShareRequest, context: CommandContext): Promise<SharedLink> {
  const { expiresInSeconds, versionId, from } = request;
  const { display, signal } = context;
  if (versionId !== undefined) {
    throw new CliError('Usage', '--version-id is for objects in S3: omit it, or name s3://bucket/key.');
  }
  if (expiresInSeconds > MAX_UPLOAD_LINK_DAYS * SECONDS_PER_DAY) {
    const remedy = 'for longer, copy the file to the bucket and share s3://bucket/key';
    throw new CliError('Usage', `--expires must be at most ${MAX_UPLOAD_LINK_DAYS}d for a file: ${remedy}.`);
  }
  const file = await openSource(request, context);
  try {
    // Readers see the key in the presigned URL, so it ends with the name that was chosen.
    const name = request.downloadAs ?? fitName(file.name, display);
    const deployment = await findDeployment(request, { tell: display.tell, signal });
    display.tell(`Sharing through ${deployment.description}.`);
    const { uploadBucket } = deployment;
    if (uploadBucket === undefined) {
      const remedy = 'copy the file to a bucket that it shares from, and share s3://BUCKET/KEY';
      throw new CliError('Usage', `The deployment has no bucket for uploads: ${remedy}.`);
    }
    await checkIssuer(deployment, signal);
    const progress = display.showProgress(file.sizeBytes);
    const upload = prepareUpload(file, deployment, uploadBucket, { name, signal, onSent: progress.add });
    const { location } = upload;
    const onAbort = (): void => {
      progress.stop();
      display.tell('Interrupted: removing the upload …');
    };
    signal.addEventListener('abort', onAbort, { once: true });
    let issued: IssuedLink;
    try {
      await upload.run().finally(progress.stop);
      // Browsers display a snippet: a download would leave a copy behind.
      const saved = file.isSnippet ? {} : { downloadAs: name };
      const link = { location, expiresInSeconds, ...saved, ...(from && { from }) };
      issued = await issueAndPrint(deployment, link, `${name} (${formatBytes(file.sizeBytes ?? 0)})`, request, context);
    } catch (error) {
      await upload.remove().catch((reason: unknown) => {
        const { name, systemCode = name } = errorFacts(reason);
        const retention = `the bucket on AWS removes ${formatS3Location(location)} within ${UPLOAD_KEPT_DAYS} days`;
        display.tell(`The upload could not be removed (${systemCode}): ${retention}.`);
      });
      throw error;
    } finally {
      signal.removeEventListener('abort', onAbort);
    }
    await upload.tag(issued.linkId).catch((reason: unknown) => {
      const { name, systemCode = name } = errorFacts(reason);
      display.tell(
        `The file could not be tagged (${systemCode}): it stays in the bucket for up to ${UPLOAD_KEPT_DAYS} days.`,
      );
    });
    return { api: deployment, link: issued };
  } finally {
    await file.close();
  }
}

async function openSource(
  { source, downloadAs }: ShareRequest,
  { stdin, display, signal }: CommandContext,
): Promise<SharedFile> {
  if (source !== STANDARD_INPUT) {
    return await openSharedFile(source);
  }
  if (downloadAs !== undefined) {
    return sharedInput(stdin, downloadAs);
  }
  if (stdin.isTTY) {
    display.tell('Type or paste the text, then press Enter and Ctrl-D.');
  }
  return await readSnippet(stdin, signal);
}

async function issueAndPrint(
  api: LinkApi,
  link: LinkRequest,
  title: string,
  request: ShareRequest,
  { display, signal }: CommandContext,
): Promise<IssuedLink> {
  const issued = await issueLink(api, link, signal);
  await printLink(issued, `${title} opens once`, request, display);
  return issued;
}

function fitName(name: string, display: Display): string {
  const fitted = fitDownloadName(name);
  if (fitted !== name) {
    display.tell(
      `The download will be saved as ${fitted}, because a link cannot carry its name. Choose another with --as.`,
    );
  }
  return fitted;
}
