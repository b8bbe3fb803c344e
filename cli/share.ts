import { MAX_UPLOAD_LINK_DAYS, UPLOAD_KEPT_DAYS } from '../lambda/contract';
import { downloadNameProblem, fitDownloadName } from '../lambda/link/download-name';
import { askForLink, type LinkAnswer, type LinkRequest } from './ask-for-link';
import { type DeploymentOptions, findDeployment, findLinkApi, type LinkApi } from './deployment';
import { errorFacts } from './error-facts';
import { ShareFailure } from './failure';
import { formatS3Location, isS3Location, nameOfKey, parseS3Location, type S3Location } from './s3-location';
import { openSharedFile, type SharedFile } from './shared-file';
import { formatBytes } from './sizes';
import { formatTime } from './time';
import { type UploadedFile, uploadFile } from './upload';
import type { UploadProgress } from './upload-progress';

/** What to share, and how. */
export interface ShareRequest extends DeploymentOptions {
  /** Path of a file, or `s3://bucket/key`. */
  readonly source: string;
  readonly expiresInSeconds: number;
  /**
   * File name that the download is saved under.
   *
   * @default - the file's, or the last part of the key
   */
  readonly downloadAs?: string;
  /** One version of an object in S3. */
  readonly versionId?: string;
  /** Which link to hand out: to a page with a button, or one that opens at once. */
  readonly link: 'click-through' | 'direct';
  readonly output: 'link' | 'json';
  readonly qrCode: 'shown' | 'hidden';
}

/** Where programs and people get to see what comes of it. */
export interface Display {
  /** Gives out the result. Rejects if nobody takes it. */
  print(text: string): Promise<void>;
  /** Says something to a person. */
  tell(sentence: string): void;
  showProgress(totalBytes: number): UploadProgress;
  showQrCode(text: string): void;
}

/** An object that can be linked to. */
interface Linkable {
  readonly api: LinkApi;
  readonly request: LinkRequest;
  /** For a person, for example `report.pdf (1.2 MB)`. */
  readonly title: string;
  /** Absent for what was in S3 already. */
  readonly uploaded?: UploadedFile;
}

const SECONDS_PER_DAY = 86_400;

/**
 * Shares a file or an object once: uploads it if need be, asks for a link, and prints it. If that fails or is interrupted,
 * nothing is left of the upload.
 *
 * @param signal ends it early: its reason is thrown
 * @throws ShareFailure for all that was to be expected
 */
export async function share(request: ShareRequest, display: Display, signal: AbortSignal): Promise<void> {
  checkRequest(request);
  const { api, uploaded, ...linkable } = isS3Location(request.source)
    ? await findObject(request, display, signal)
    : await upload(request, display, signal);
  try {
    const answer = await askForLink(api, linkable.request, signal);
    const link = chooseLink(answer, request);
    display.tell(`${linkable.title} opens once, until ${formatTime(answer.expiresAt)}:`);
    if (request.qrCode === 'shown') {
      display.showQrCode(link);
    }
    await display.print(`${request.output === 'json' ? answer.text : link}\n`);
  } catch (error) {
    if (uploaded !== undefined) {
      tellRemoval(display, signal);
      await uploaded.remove();
    }
    throw error;
  }
}

/** What can be said before anything is looked for. @throws ShareFailure `InvalidArguments` */
function checkRequest({ source, expiresInSeconds, downloadAs, versionId }: ShareRequest): void {
  const isFile = !isS3Location(source);
  if (downloadAs !== undefined && downloadNameProblem(downloadAs) !== undefined) {
    const rule =
      'a name of at most 255 bytes without / and \\, line breaks, control characters and direction overrides';
    throw new ShareFailure('InvalidArguments', `Files cannot be saved under the name given with --as: give ${rule}.`);
  }
  if (isFile && versionId !== undefined) {
    throw new ShareFailure(
      'InvalidArguments',
      '--version-id is for objects in S3: leave it out, or name s3://bucket/key.',
    );
  }
  if (isFile && expiresInSeconds > MAX_UPLOAD_LINK_DAYS * SECONDS_PER_DAY) {
    const remedy = 'upload the file elsewhere in the bucket (aws s3 cp), and share it as s3://bucket/key';
    const limit = `${MAX_UPLOAD_LINK_DAYS}d, as uploaded files are removed soon after`;
    throw new ShareFailure('InvalidArguments', `--expires must be at most ${limit}; for longer, ${remedy}.`);
  }
}

async function findObject(request: ShareRequest, display: Display, signal: AbortSignal): Promise<Linkable> {
  const { expiresInSeconds, versionId } = request;
  const location = parseS3Location(request.source);
  const downloadAs = request.downloadAs ?? fitName(nameOfKey(location.key), display);
  const api = await untilAborted(findLinkApi(request, signal), signal);
  return {
    api,
    request: { location, expiresInSeconds, downloadAs, ...(versionId && { versionId }) },
    title: formatS3Location(location),
  };
}

/** Uploads once all that can be known before is known: that the file can be read, where it goes, and who sends it. */
async function upload(request: ShareRequest, display: Display, signal: AbortSignal): Promise<Linkable> {
  const { expiresInSeconds } = request;
  const file = await openSharedFile(request.source);
  try {
    // The key is in the address that the reader ends up at: who chose a name does not want another to be seen there.
    const name = request.downloadAs ?? fitName(file.name, display);
    const deployment = await untilAborted(findDeployment(request, signal), signal);
    const uploaded = await watchUpload(file, display, signal, ({ add }) =>
      uploadFile(file, deployment, { name, signal, onSent: add, onLeftBehind: tellLeftBehind(display) }),
    );
    return {
      api: deployment,
      request: { location: uploaded.location, expiresInSeconds, downloadAs: name },
      title: `${name} (${formatBytes(file.size)})`,
      uploaded,
    };
  } finally {
    await file.close();
  }
}

/** Shows how far an upload is, and that it is being undone once it is interrupted. */
async function watchUpload<T>(
  { size }: SharedFile,
  display: Display,
  signal: AbortSignal,
  run: (progress: UploadProgress) => Promise<T>,
): Promise<T> {
  const progress = display.showProgress(size);
  const onAbort = (): void => {
    progress.stop();
    tellRemoval(display, signal);
  };
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    return await run(progress);
  } finally {
    signal.removeEventListener('abort', onAbort);
    progress.stop();
  }
}

/** Whoever interrupts wants to know what it still does. */
function tellRemoval(display: Display, signal: AbortSignal): void {
  if (signal.aborted) {
    display.tell('Interrupted: removing what was uploaded …');
  }
}

function fitName(name: string, display: Display): string {
  const fitted = fitDownloadName(name);
  if (fitted !== name) {
    display.tell(
      `The download is saved as ${fitted}: a link cannot carry the name as it is. Choose another with --as.`,
    );
  }
  return fitted;
}

function chooseLink({ url, clickThroughUrl }: LinkAnswer, { link }: ShareRequest): string {
  const chosen = link === 'direct' ? url : clickThroughUrl;
  if (chosen === undefined) {
    const remedy = 'share with --direct, or deploy the stack again';
    throw new ShareFailure('ClickThroughMissing', `The deployment makes no click-through links: ${remedy}.`);
  }
  return chosen;
}

function tellLeftBehind(display: Display): (location: S3Location, reason: unknown) => void {
  return (location, reason) => {
    const { name, systemCode = name } = errorFacts(reason);
    const what = `What was uploaded of it could not be removed (${systemCode})`;
    display.tell(
      `${what}: on AWS the bucket removes ${formatS3Location(location)} by itself within ${UPLOAD_KEPT_DAYS} days.`,
    );
  };
}

/** The result, or the reason of the signal as soon as there is one. */
function untilAborted<T>(result: Promise<T>, signal: AbortSignal): Promise<T> {
  const aborted = new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
  return Promise.race([result, aborted]);
}
