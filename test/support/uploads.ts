import { type HttpResponse, issueLink, send } from './http';
import type { RunningEmulator } from './running-emulator';

/** A file as its uploader declares it. */
export interface Declaration {
  readonly file_name: string;
  readonly size_bytes: number | string;
  readonly content_type?: string;
  readonly checksum_sha256?: string;
}

/** The response that lets an uploader send a file. */
export interface GrantedUpload {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly expires_at: string;
}

type Api = Pick<RunningEmulator, 'apiEndpoint' | 'bucketName'>;

/** Issues an upload link to the default bucket for files of up to 1,000 bytes. */
export async function uploadLink(emulator: Api, fields: Readonly<Record<string, unknown>> = {}) {
  const all = { operation: 'upload', bucket_name: emulator.bucketName, max_bytes: 1000, ...fields };
  return await issueLink(emulator, all);
}

/** Whether a direct link is an upload link. */
export function isUploadLink(url: string): boolean {
  return url.includes('/upload-object?');
}

/** `POST /upload-object`: declares a file, and redeems the link if it accepts the file. */
export async function declareFile(
  url: string,
  declaration: Declaration,
  headers: Readonly<Record<string, string>> = {},
): Promise<HttpResponse> {
  const address = new URL(url);
  for (const [name, value] of Object.entries(declaration)) {
    address.searchParams.set(name, String(value));
  }
  return await send(address.href, { method: 'POST', headers });
}

/** Redeems an upload link. Throws unless the response is 200. */
export async function grantedUpload(url: string, declaration: Declaration): Promise<GrantedUpload> {
  const { status, body } = await declareFile(url, declaration);
  if (status !== 200) {
    throw new Error(`the file was not accepted: ${status} ${body}`);
  }
  return JSON.parse(body);
}

/** Sends the file to S3. */
export async function putFile({ url, headers }: GrantedUpload, body: string | Buffer): Promise<HttpResponse> {
  return await send(url, { method: 'PUT', headers, body });
}
