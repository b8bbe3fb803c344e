import { createHash } from 'node:crypto';
import { access, constants, open, rename, rm, stat } from 'node:fs/promises';
import { get as getHttp, type IncomingMessage } from 'node:http';
import { get as getHttps } from 'node:https';
import { basename, dirname, extname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { isLoopback } from '../client/endpoint';
import type { ReceivedObject } from '../client/links';
import { fitDownloadName, nameOfKey } from '../lambda/link/download-name';
import type { LinkApi } from './deployment';
import { CliError, errorFacts } from './errors';
import { issueLink } from './issue-link';
import { formatS3Location } from './s3-location';
import type { CommandContext } from './terminal';

/** Where to save a file. */
export interface SaveTarget {
  readonly folder: string;
  /** @default - the last segment of the key */
  readonly name?: string;
}

/** Long enough to redeem the link at once. */
const LINK_LIFETIME_SECONDS = 300;
const IDLE_TIMEOUT_MS = 60_000;

/**
 * Checks where a file can be saved.
 *
 * @param output an existing folder, or the path of a file that does not exist. The current folder by default
 * @throws CliError
 */
export async function findSaveTarget(output = '.'): Promise<SaveTarget> {
  const found = await stat(output).catch(() => undefined);
  if (found !== undefined && !found.isDirectory()) {
    throw new CliError('Usage', `${output} exists, and is not replaced: choose another name with --output.`);
  }
  if (found === undefined && /[/\\]$/.test(output)) {
    throw new CliError('NotFound', `There is no folder ${output}: check the name, or create it.`);
  }
  const target = found === undefined ? { folder: dirname(output), name: basename(output) } : { folder: output };
  await access(target.folder, constants.W_OK).catch((error: unknown) => {
    const { systemCode } = errorFacts(error);
    throw new CliError('Denied', `The folder ${target.folder} cannot be written to (${systemCode}).`);
  });
  return target;
}

/**
 * Downloads the object that an upload link has received, through a download link. Needs no permissions in S3, and replaces no file.
 *
 * @returns the path of the file
 * @throws CliError. No partial file is left.
 */
export async function saveReceivedFile(
  api: LinkApi,
  received: ReceivedObject,
  { folder, name = localName(received.key) }: SaveTarget,
  { display, signal }: CommandContext,
): Promise<string> {
  // Hidden, and in the same folder, so that it can be renamed.
  const partial = join(folder, `.one-time-links-${crypto.randomUUID()}.part`);
  const progress = display.showProgress(received.sizeBytes, 'Downloading');
  try {
    const { bucket, key } = received;
    const request = { location: { bucket, key }, expiresInSeconds: LINK_LIFETIME_SECONDS };
    const { url } = await issueLink(api, request, signal);
    const response = await redeem(new URL(url), api, signal);
    await writeFile(partial, response, received, progress.add, signal);
    return await moveTo(partial, folder, name);
  } catch (error) {
    const remedy = `The file is still in S3. For another link to it: share ${quoted(formatS3Location(received))}`;
    if (signal.aborted) {
      throw new CliError('Interrupted', `Interrupted. ${remedy}`);
    }
    if (error instanceof CliError) {
      throw new CliError(error.code, `${error.message} ${remedy}`);
    }
    const { name: errorName, systemCode = errorName } = errorFacts(error);
    throw new CliError('Unavailable', `The download failed (${systemCode}). ${remedy}`);
  } finally {
    progress.stop();
    await rm(partial, { force: true });
  }
}

/** Redeems a direct link, and follows its redirect to S3. */
async function redeem(link: URL, api: LinkApi, signal: AbortSignal): Promise<IncomingMessage> {
  const redirect = await get(link, signal);
  redirect.destroy();
  const { location = '' } = redirect.headers;
  const isAllowed =
    URL.canParse(location) &&
    (new URL(location).protocol === 'https:' || (isLoopback(location) && isLoopback(api.apiEndpoint)));
  if (redirect.statusCode !== 302 || !isAllowed) {
    throw new CliError('Unavailable', `The download link could not be redeemed (status ${redirect.statusCode}).`);
  }
  const response = await get(new URL(location), signal);
  if (response.statusCode !== 200) {
    response.destroy();
    throw new CliError('Unavailable', `S3 refused the download (status ${response.statusCode}).`);
  }
  return response;
}

/** Unlike `fetch`, does not decode the content: an uploader can choose the header `Content-Encoding` of an object. */
async function get(url: URL, signal: AbortSignal): Promise<IncomingMessage> {
  return await new Promise((resolve, reject) => {
    const request = (url.protocol === 'https:' ? getHttps : getHttp)(
      url,
      { signal, timeout: IDLE_TIMEOUT_MS },
      resolve,
    );
    request.once('timeout', () => request.destroy(Object.assign(new Error('no data'), { code: 'ETIMEDOUT' })));
    request.once('error', reject);
  });
}

/** Writes a new file, and checks its size and, if it is known, its SHA-256. */
async function writeFile(
  path: string,
  content: IncomingMessage,
  { sizeBytes, checksum }: ReceivedObject,
  onReceived: (bytes: number) => void,
  signal: AbortSignal,
): Promise<void> {
  const hash = createHash('sha256');
  let count = 0;
  async function* checked(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    for await (const chunk of chunks) {
      count += chunk.length;
      if (count > sizeBytes) {
        throw differs('size');
      }
      hash.update(chunk);
      onReceived(chunk.length);
      yield chunk;
    }
  }
  const file = await open(path, 'wx');
  await pipeline(content, checked, file.createWriteStream(), { signal });
  if (count !== sizeBytes) {
    throw differs('size');
  }
  if (checksum?.algorithm === 'SHA256' && checksum.value !== hash.digest('base64')) {
    throw differs('SHA-256');
  }
}

function differs(property: string): CliError {
  return new CliError('Unavailable', `The downloaded file is not the one that was received: its ${property} differs.`);
}

/** Gives a file its name, or, if there is such a file, a name with a number. @returns its new path */
async function moveTo(partial: string, folder: string, name: string): Promise<string> {
  const extension = extname(name);
  const stem = basename(name, extension);
  for (let number = 0; ; number++) {
    const path = join(folder, number === 0 ? name : `${stem} (${number})${extension}`);
    if (await reserve(path)) {
      await rename(partial, path);
      return path;
    }
  }
}

/** Creates an empty file, because `rename` replaces files. @returns `false` if the path exists */
async function reserve(path: string): Promise<boolean> {
  try {
    await (await open(path, 'wx')).close();
    return true;
  } catch (error) {
    if (errorFacts(error).systemCode === 'EEXIST') {
      return false;
    }
    throw error;
  }
}

/** Quotes an argument for a shell: people copy commands, and an uploader chooses the name of a file. */
function quoted(argument: string): string {
  return /^[\w./:-]+$/.test(argument) ? argument : `'${argument.replaceAll("'", "'\\''")}'`;
}

/** The name of an uploaded file, without what makes a file hidden, an option of a command, or special on Windows. */
export function localName(key: string): string {
  const name = fitDownloadName(nameOfKey(key))
    .replace(/[<>:"|?*]/g, '_')
    .replace(/^[.~\s-]|[.\s]$/g, '_');
  return /^(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$)/i.test(name) ? name.replace(/^./, '_') : name;
}
