import { parseJsonObject } from '../../client/json';
import { parseLinkState } from '../../client/links';
import { DECLARATION, ROUTE } from '../../lambda/contract';
import { type Check, differences, type HttpResponse, resultOf, skipped, type VerifyContext } from './check';
import { poll, waitForDelivery } from './receipt-checks';

const FILE = Buffer.from('verify');
const LARGER_FILE = Buffer.from('verify!');

/** A presigned PUT, as the API returns it. */
interface GrantedUpload {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
}

const upload: Check = {
  id: 'upload',
  title: 'S3 accepts one file through an upload link, exactly as it was declared',
  settles: 'whether S3 enforces the signed length, type and If-None-Match of a presigned PUT, also with CORS',
  async run(context) {
    const link = await issueUpload(context);
    if (link === undefined) {
      return skipped('the bucket accepts no uploads');
    }
    const refused = await declare(context, link.url, LARGER_FILE);
    const granted = grantedIn(await declare(context, link.url, FILE));
    const { url, headers } = granted;
    const { origin } = new URL(context.apiEndpoint);
    const put = (body: Buffer, more: Readonly<Record<string, string>> = {}): Promise<HttpResponse> =>
      context.send(url, { method: 'PUT', headers: { ...headers, origin, ...more }, body: body.toString() });
    const { 'If-None-Match': _, ...unconditional } = headers;
    const preflight = {
      origin,
      'access-control-request-method': 'PUT',
      'access-control-request-headers': Object.keys(headers).join(',').toLowerCase(),
    };
    const problems = differences(
      ['the status for a file that is too large', refused.status, 400],
      ['the status for another length', (await put(LARGER_FILE)).status, 403],
      ['the status for another type', (await put(FILE, { 'Content-Type': 'text/html' })).status, 403],
      [
        'the status without If-None-Match',
        (await context.send(url, { method: 'PUT', headers: unconditional, body: FILE.toString() })).status,
        403,
      ],
      ['the status of a GET', (await context.send(url)).status, 403],
      [
        'the status of a preflight request',
        (await context.send(url, { method: 'OPTIONS', headers: preflight })).status,
        200,
      ],
      ['the status of the file', (await put(FILE)).status, 200],
      ['the status of a second file', (await put(FILE)).status, 412],
    );
    return resultOf(problems, '200 for the file, 412 for a second one, 403 for other requests');
  },
};

const received: Check = {
  id: 'received',
  title: 'The receipt of an upload link shows what was received',
  settles: 'whether S3, EventBridge and CloudWatch Logs deliver within ten minutes',
  async run(context) {
    const link = await issueUpload(context);
    if (link === undefined) {
      return skipped('the bucket accepts no uploads');
    }
    const { url, headers } = grantedIn(await declare(context, link.url, FILE));
    await context.send(url, { method: 'PUT', headers, body: FILE.toString() });
    return await poll(context, `${ROUTE.myLinks}/${link.linkId}`, waitForDelivery(context), (fields, waitedMs) => {
      const state = parseLinkState(fields);
      return state?.status === 'redeemed' && state.received !== undefined
        ? `${state.received.sizeBytes} bytes, after ${waitedMs / 1000} seconds`
        : undefined;
    });
  },
};

/** @returns `undefined` if the bucket accepts no uploads */
async function issueUpload({ sendSigned, object }: VerifyContext) {
  const fields = { operation: 'upload', bucket_name: object.bucket, max_bytes: FILE.length, expires_in: 3600 };
  const headers = { 'Content-Type': 'application/json', Accept: 'application/json' };
  const response = await sendSigned(ROUTE.generateUrl, { method: 'POST', headers, body: JSON.stringify(fields) });
  const { code, url, link_id: linkId } = parseJsonObject(response.body.toString()) ?? {};
  if (code === 'BucketNotAllowed') {
    return undefined;
  }
  if (typeof url !== 'string' || typeof linkId !== 'string') {
    throw new Error(`an upload link was not issued: ${response.status} ${code}`);
  }
  return { url, linkId };
}

async function declare(context: VerifyContext, link: string, file: Buffer): Promise<HttpResponse> {
  const url = new URL(link);
  url.searchParams.set(DECLARATION.fileName, 'verify.txt');
  url.searchParams.set(DECLARATION.sizeBytes, String(file.length));
  url.searchParams.set(DECLARATION.contentType, 'text/plain');
  return await context.send(url.href, { method: 'POST' });
}

function grantedIn({ status, body }: HttpResponse): GrantedUpload {
  const { url, headers } = parseJsonObject(body.toString()) ?? {};
  if (status !== 200 || typeof url !== 'string' || typeof headers !== 'object' || headers === null) {
    throw new Error(`an upload link got ${status} instead of a presigned URL`);
  }
  return { url, headers: headers as GrantedUpload['headers'] };
}

export const UPLOAD_CHECKS: readonly Check[] = [upload, received];
