import { request } from 'node:http';
import { sign } from 'aws4';
import { LOCAL_CALLER } from '../../emulator/iam/credentials';
import type { Principal } from '../../emulator/iam/principal';
import { contradiction } from './openapi';
import { noteSecrets } from './secrets';

/** A response with its complete body. */
export interface HttpResponse {
  readonly status: number;
  /** Keyed by lower-case header name. */
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

/** A request, without its URL. */
export interface Send {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
  readonly body?: string | Buffer;
}

type Caller = Pick<Principal, 'accessKeyId' | 'secretAccessKey'>;
type Api = { readonly apiEndpoint: string };

/**
 * Sends one request unchanged: follows no redirect, adds no header, does not normalize the path.
 *
 * @throws Error if openapi.yaml does not allow a response of the API.
 */
export async function send(url: string, { method = 'GET', headers = {}, body }: Send = {}): Promise<HttpResponse> {
  const [, origin = '', path = '/'] = /^(http:\/\/[^/]+)(.*)$/.exec(url) ?? [];
  const response = await new Promise<HttpResponse>((resolve, reject) => {
    const options = { method, path, headers: { ...headers } as Record<string, string> };
    const outgoing = request(origin, options, (incoming) => {
      const chunks: Buffer[] = [];
      incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
      incoming.on('error', reject);
      incoming.on('end', () => {
        const text = Buffer.concat(chunks).toString('utf8');
        noteSecrets(`${incoming.headers.location ?? ''}\n${text}`);
        resolve({ status: incoming.statusCode ?? 0, headers: incoming.headers, body: text });
      });
    });
    outgoing.on('error', reject);
    outgoing.end(body);
  });
  // API Gateway sends this header; S3 does not.
  const problem = response.headers['x-amzn-requestid'] && contradiction(method, url, response);
  if (problem) {
    throw new Error(`openapi.yaml does not allow this response. ${problem}`);
  }
  return response;
}

/** Sends a request signed by `caller`, with a signer other than the SDK's. */
export async function sendSigned(
  url: string,
  { method = 'POST', headers = {}, body = '' }: Send = {},
  caller: Caller = LOCAL_CALLER,
): Promise<HttpResponse> {
  const { host, pathname, search } = new URL(url);
  const path = `${pathname}${search}`;
  const unsigned = { host, path, method, headers: { ...headers } as Record<string, string>, body };
  const signed = sign({ ...unsigned, service: 'execute-api', region: 'us-east-1' }, caller);
  return await send(url, { method, headers: signed.headers as Record<string, string>, body });
}

/** `POST /generate-url`. */
export async function askForLink(
  { apiEndpoint }: Api,
  fields: Readonly<Record<string, unknown>>,
  headers: Readonly<Record<string, string>> = {},
  caller: Caller = LOCAL_CALLER,
): Promise<HttpResponse> {
  const request = { headers: { 'Content-Type': 'application/json', ...headers }, body: JSON.stringify(fields) };
  return await sendSigned(`${apiEndpoint}generate-url`, request, caller);
}

/** `POST /describe-link`. */
export async function describeLink(
  { apiEndpoint }: Api,
  nonce: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<HttpResponse> {
  return await send(`${apiEndpoint}describe-link`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', ...headers },
    body: JSON.stringify({ nonce }),
  });
}

/** `GET` or `DELETE /links/{link_id}`. */
export async function manageLink(
  { apiEndpoint }: Api,
  method: 'GET' | 'DELETE',
  linkId: string,
  caller: Caller = LOCAL_CALLER,
): Promise<HttpResponse> {
  return await sendSigned(`${apiEndpoint}links/${linkId}`, { method }, caller);
}

/** Header of a request that is signed at a time other than the machine's. */
export function signedAt(time: Date): Readonly<Record<'X-Amz-Date', string>> {
  return { 'X-Amz-Date': time.toISOString().replace(/[-:]|\.\d{3}/g, '') };
}

/** The JSON of an issued link. */
export interface IssuedLink {
  readonly url: string;
  readonly click_through_url: string;
  readonly link_id: string;
  readonly expires_at: string;
}

/** Issues a link, and returns the JSON response. */
export async function issueLink(
  api: Api,
  fields: Readonly<Record<string, unknown>>,
  caller: Caller = LOCAL_CALLER,
): Promise<IssuedLink> {
  return JSON.parse(bodyOf(await askForLink(api, fields, { Accept: 'application/json' }, caller)));
}

/** Issues a link to the sample picture, and returns the plain text response: its URL. */
export async function linkTo(
  emulator: Api & { readonly bucketName: string },
  fields: Readonly<Record<string, unknown>> = {},
): Promise<string> {
  const all = { bucket_name: emulator.bucketName, object_name: 'S3.png', ...fields };
  return bodyOf(await askForLink(emulator, all));
}

/** Nonce of a direct link. */
export function nonceOf(link: string): string {
  return new URL(link).searchParams.get('nonce') ?? '';
}

function bodyOf({ status, body }: HttpResponse): string {
  if (status !== 200) {
    throw new Error(`no link was issued: ${status} ${body}`);
  }
  return body;
}
