import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import type { APIGatewayProxyEvent } from 'aws-lambda';

/** A response of the service or of S3. */
export interface Reply {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
  /** Delays the response. */
  readonly after?: Promise<unknown>;
  /** Does not end the response. */
  readonly endless?: true;
  /** Closes the connection instead. */
  readonly dropped?: true;
}

/** Serves the click-through page and the page for uploaders as the function returns them. Tests set the replies of the service and of S3. */
export interface StubService {
  /** Address of a click-through link. */
  link(nonce: string): string;
  /** Address of an upload link. */
  sendLink(nonce: string): string;
  /** Response to `POST /upload-object`. By default, the link ID is in the key, and the URL expires in 900 s. */
  signed(upload?: { readonly key?: string; readonly expiresInSeconds?: number }): Reply;
  /** Presigned URL of the object, signed `ageSeconds` ago and valid for 300 s. */
  presignedUrl(ageSeconds?: number): string;
  /** Reply to `POST /describe-link`. */
  describe: Reply;
  /** Reply to `POST /access-object`. */
  exchange: Reply;
  /** Reply to `POST /upload-object`. */
  declare: Reply;
  /** Reply of S3 to `PUT`. */
  put: Reply;
  /** Waits before it reads the body of a `PUT`. */
  beforeBody: Promise<unknown>;
  /** Headers of the last `PUT`, and its body if it has at most 1 kB, or its length. */
  received: { readonly headers: IncomingMessage['headers']; readonly body: string | number } | undefined;
  /** Reply of S3 to a request with the header `Range`. */
  firstByte: Reply;
  /** Reply of S3 to a request without the header `Range`. */
  object: Reply;
  /** Whether the bucket has a CORS rule. */
  allowsCors: boolean;
  /** Requests, except for the page, as `METHOD /path?query`, with a space and the body if any, or `METHOD S3 range`. */
  readonly requests: string[];
  close(): Promise<void>;
}

/** Settings of the deployment. */
export interface StubSettings {
  readonly organizationName?: string;
  readonly supportContact?: string;
}

/** A promise that resolves when `open` is called. */
export function hold(): { readonly opened: Promise<void>; readonly open: () => void } {
  let open = (): void => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open };
}

/** The service's response for a link that cannot be redeemed. */
export const DEAD: Reply = {
  status: 403,
  headers: { 'Content-Type': 'application/problem+json', 'Problem-Code': 'AccessDenied' },
  body: '{"code":"AccessDenied"}',
};

/** A response with a description. */
export function described(fields: Readonly<Record<string, unknown>> = {}): Reply {
  return json({
    file_name: 'Quarterly report, November.pdf',
    size_bytes: 1_234_567,
    content_type: 'application/pdf',
    expires_at: '2026-11-29T17:04:00Z',
    ...fields,
  });
}

/** A response in JSON. */
export function json(body: unknown): Reply {
  return { status: 200, headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) };
}

/** Starts the service and S3 on free ports. Loads the function with the settings in its environment. */
export async function startStubService({ organizationName, supportContact }: StubSettings = {}): Promise<StubService> {
  const requests: string[] = [];
  const servePut = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const cors = {
      'Access-Control-Allow-Origin': '*',
      'Access-Control-Allow-Methods': 'GET, PUT',
      'Access-Control-Allow-Headers': 'content-type, if-none-match, x-amz-meta-link-id',
    };
    if (request.method === 'OPTIONS') {
      response.writeHead(stub.allowsCors ? 200 : 403, stub.allowsCors ? cors : {}).end();
      return;
    }
    requests.push(`PUT S3 ${request.headers['content-length']}`);
    await stub.beforeBody;
    const chunks: Buffer[] = [];
    let length = 0;
    try {
      for await (const chunk of request) {
        length += chunk.length;
        chunks.splice(0, chunks.length, ...(length <= 1000 ? [...chunks, chunk] : []));
      }
    } catch {
      // The page aborted the upload.
      return;
    }
    stub.received = { headers: request.headers, body: length <= 1000 ? Buffer.concat(chunks).toString() : length };
    send(response, { ...stub.put, headers: { ...stub.put.headers, ...(stub.allowsCors && cors) } });
  };
  const s3 = await listen((request, response) => {
    const { range } = request.headers;
    if (request.method === 'PUT' || request.method === 'OPTIONS') {
      servePut(request, response);
      return;
    }
    requests.push(`${request.method} S3 ${range ?? ''}`.trim());
    const cors = { 'Access-Control-Allow-Origin': '*', 'Access-Control-Allow-Headers': '*' };
    const { headers, ...reply } = range === undefined ? stub.object : stub.firstByte;
    send(response, { ...reply, headers: { ...headers, ...(stub.allowsCors && cors) } });
  });
  const s3Origin = originOf(s3);
  const handler = await loadHandler({
    S3_ORIGINS: JSON.stringify([s3Origin]),
    ...(organizationName !== undefined && { ORGANIZATION_NAME: organizationName }),
    ...(supportContact !== undefined && { SUPPORT_CONTACT: supportContact }),
  });
  const api = await listen(async (request, response) => {
    const [path] = (request.url ?? '').split('?');
    if (path === '/prod/open-link' || path === '/prod/send-file') {
      const { statusCode, headers, body } = await handler({
        resource: path.replace('/prod', ''),
        headers: request.headers,
      } as unknown as APIGatewayProxyEvent);
      response.writeHead(statusCode, headers as Record<string, string>).end(body);
      return;
    }
    requests.push(`${request.method} ${request.url} ${await text(request)}`.trim());
    const replies: Readonly<Record<string, Reply>> = {
      '/prod/describe-link': stub.describe,
      '/prod/access-object': stub.exchange,
      '/prod/upload-object': stub.declare,
    };
    send(response, replies[path ?? ''] ?? { status: 404 });
  });
  const stub: StubService = {
    link: (nonce) => `${originOf(api)}/prod/open-link#${nonce}`,
    sendLink: (nonce) => `${originOf(api)}/prod/send-file#${nonce}`,
    signed: ({ key = 'inbox/link-id/photo.jpg', expiresInSeconds = 900 } = {}) =>
      json({
        url: `${s3Origin}/bucket/${key}?X-Amz-Signature=5ec2e7`,
        headers: { 'Content-Type': 'image/jpeg', 'If-None-Match': '*', 'x-amz-meta-link-id': 'link-id' },
        expires_at: new Date(Date.now() + expiresInSeconds * 1000).toISOString(),
      }),
    presignedUrl(ageSeconds = 0) {
      const signedAt = new Date(Date.now() - ageSeconds * 1000).toISOString().replace(/[-:]|\.\d+/g, '');
      return `${s3Origin}/bucket/report.pdf?X-Amz-Date=${signedAt}&X-Amz-Expires=300&X-Amz-Signature=5ec2e7`;
    },
    ...initialReplies(),
    requests,
    async close() {
      await Promise.all([api, s3].map(stop));
    },
  };
  stub.exchange = json({ url: stub.presignedUrl() });
  return stub;
}

/** A response with a description of an upload link. */
export function requested(fields: Readonly<Record<string, unknown>> = {}): Reply {
  return json({
    operation: 'upload',
    max_bytes: 500_000_000,
    label: 'Logs for case 4711',
    from: 'Ada Lovelace',
    expires_at: '2026-11-29T17:04:00Z',
    ...fields,
  });
}

/** Replies for a file that can be downloaded, and for one that can be uploaded. */
export function initialReplies() {
  return {
    describe: described(),
    exchange: { status: 500 } as Reply,
    declare: { status: 500 } as Reply,
    put: { status: 200 } as Reply,
    beforeBody: Promise.resolve() as Promise<unknown>,
    received: undefined,
    firstByte: { status: 206, headers: { 'Content-Range': 'bytes 0-0/1234567' }, body: '%' } as Reply,
    object: {
      status: 200,
      headers: { 'Content-Disposition': 'attachment; filename="report.pdf"', 'Content-Type': 'application/pdf' },
      body: '%PDF',
    } as Reply,
    allowsCors: true,
  };
}

/** Imports the function anew, because it reads its environment during init. */
async function loadHandler(environment: Readonly<Record<string, string>>) {
  jest.resetModules();
  Object.assign(process.env, environment);
  try {
    return (await import('../../lambda/open-link')).handler;
  } finally {
    for (const name of Object.keys(environment)) {
      delete process.env[name];
    }
  }
}

async function listen(serve: (request: IncomingMessage, response: ServerResponse) => unknown): Promise<Server> {
  const server = createServer(serve).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

function originOf(server: Server): string {
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function send(
  response: ServerResponse,
  { status, headers = {}, body, after, endless, dropped }: Reply,
): Promise<void> {
  await after;
  if (dropped) {
    response.destroy();
  } else if (endless) {
    response.writeHead(status, headers).write(body);
  } else {
    response.writeHead(status, headers).end(body);
  }
}

async function stop(server: Server): Promise<void> {
  const closed = once(server, 'close');
  server.close();
  server.closeAllConnections();
  await closed;
}
