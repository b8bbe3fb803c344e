import { request } from 'node:http';
import { sign } from 'aws4';
import { LOCAL_CALLER } from '../../emulator/iam/credentials';
import type { Principal } from '../../emulator/iam/principal';
import { noteSecrets } from './secrets';

/** An answer, read to its end. */
export interface Answer {
  readonly status: number;
  /** By lower-case name. */
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

/** What to send. */
export interface Send {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
  readonly body?: string | Buffer;
}

/** Sends one request, as it is: no redirect is followed, nothing is added, the path is not normalised. */
export async function send(url: string, { method = 'GET', headers = {}, body }: Send = {}): Promise<Answer> {
  const [, origin = '', path = '/'] = /^(http:\/\/[^/]+)(.*)$/.exec(url) ?? [];
  return await new Promise((resolve, reject) => {
    const outgoing = request(
      origin,
      { method, path, headers: { ...headers } as Record<string, string> },
      (incoming) => {
        const chunks: Buffer[] = [];
        incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
        incoming.on('error', reject);
        incoming.on('end', () => {
          const answer = {
            status: incoming.statusCode ?? 0,
            headers: incoming.headers,
            body: Buffer.concat(chunks).toString('utf8'),
          };
          noteSecrets(`${answer.headers.location ?? ''}\n${answer.body}`);
          resolve(answer);
        });
      },
    );
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}

/** Sends a request that `caller` signed, by a signer that is not the SDK's. */
export async function sendSigned(
  url: string,
  { method = 'POST', headers = {}, body = '' }: Send = {},
  caller: Pick<Principal, 'accessKeyId' | 'secretAccessKey'> = LOCAL_CALLER,
): Promise<Answer> {
  const { host, pathname, search } = new URL(url);
  const signed = sign(
    {
      host,
      path: `${pathname}${search}`,
      method,
      service: 'execute-api',
      region: 'us-east-1',
      headers: { ...headers } as Record<string, string>,
      body,
    },
    caller,
  );
  return await send(url, { method, headers: signed.headers as Record<string, string>, body });
}

/** Asks for a link. */
export async function askForLink(
  emulator: { readonly apiEndpoint: string },
  fields: Readonly<Record<string, unknown>>,
  headers: Readonly<Record<string, string>> = {},
): Promise<Answer> {
  return await sendSigned(`${emulator.apiEndpoint}generate-url`, {
    headers: { 'Content-Type': 'application/json', ...headers },
    body: JSON.stringify(fields),
  });
}

/** Asks for the state of a link, or revokes it. */
export async function manageLink(
  emulator: { readonly apiEndpoint: string },
  method: 'GET' | 'DELETE',
  linkId: string,
  caller: Pick<Principal, 'accessKeyId' | 'secretAccessKey'> = LOCAL_CALLER,
): Promise<Answer> {
  return await sendSigned(`${emulator.apiEndpoint}links/${linkId}`, { method }, caller);
}

/** Asks for a link to the sample picture, and has it at once. */
export async function linkTo(
  emulator: { readonly apiEndpoint: string; readonly bucketName: string },
  fields: Readonly<Record<string, unknown>> = {},
): Promise<string> {
  const answer = await askForLink(emulator, { bucket_name: emulator.bucketName, object_name: 'S3.png', ...fields });
  if (answer.status !== 200) {
    throw new Error(`no link was made: ${answer.status} ${answer.body}`);
  }
  return answer.body;
}
