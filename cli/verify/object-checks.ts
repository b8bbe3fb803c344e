import { randomBytes } from 'node:crypto';
import { type Check, differences, type HttpResponse, resultOf, skipped, statusOf, type VerifyContext } from './check';

/** A name with accents, another script and quotes. */
const NAME = 'Prüfung "検証".bin';
/** RFC 5987 encoding of {@link NAME}. */
const ENCODED_NAME = "filename*=UTF-8''Pr%C3%BCfung%20%22%E6%A4%9C%E8%A8%BC%22.bin";

const download: Check = {
  id: 'download',
  title: 'The object arrives byte for byte, under its name in Unicode',
  settles: 'whether S3 accepts the presigned URLs of the deployment',
  async run(context) {
    const problems: string[] = [];
    for (const presign of context.kinds) {
      const url = await redeemedUrl(context, { presign, download_as: NAME });
      const { status, headers, body } = await context.send(url);
      const found = differences(
        ['the status', status, 200],
        ['the content is unchanged', body.equals(context.object.bytes), true],
        ['the name is unchanged', String(headers['content-disposition']).includes(ENCODED_NAME), true],
      );
      problems.push(...found.map((problem) => `${problem} (${presign})`));
    }
    return resultOf(problems, `${context.object.bytes.length} bytes, ${ENCODED_NAME}`);
  },
};

const range: Check = {
  id: 'range',
  title: 'A part of the object can be requested, so that downloads can be resumed',
  settles: 'whether a presigned URL works more than once until it expires',
  async run(context) {
    const url = await redeemedUrl(context);
    const first = await context.send(url, { headers: { range: 'bytes=0-9' } });
    const rest = await context.send(url, { headers: { range: 'bytes=10-' } });
    const isWhole = Buffer.concat([first.body, rest.body]).equals(context.object.bytes);
    const problems = differences(
      ['the status', first.status, 206],
      ['the status of the rest', rest.status, 206],
      ['the parts are the object', isWhole, true],
    );
    return resultOf(problems, '206 twice, and the parts are the object');
  },
};

const cors: Check = {
  id: 'cors',
  title: 'The click-through page can read the first byte of the object, and the errors of S3',
  settles: 'whether S3 sends CORS headers with errors, and in response to a preflight request',
  async run(context) {
    const { origin } = new URL(context.apiEndpoint);
    const headers = { origin, range: 'bytes=0-0' };
    const url = await redeemedUrl(context);
    const first = await context.send(url, { headers });
    if (!isReadable(first, origin) && !context.object.isInDefaultBucket) {
      return skipped('the bucket has no CORS rule: the page shows no texts, and does not explain the errors of S3');
    }
    const preflight = { origin, 'access-control-request-method': 'GET', 'access-control-request-headers': 'range' };
    const responses: readonly (readonly [what: string, response: HttpResponse, status: number])[] = [
      ['the first byte', first, 206],
      ['an altered URL', await context.send(`${url}0`, { headers }), 403],
      // Safari before 16 and Firefox before 117 ask before they send Range.
      ['a preflight request', await context.send(url, { method: 'OPTIONS', headers: preflight }), 200],
      ...(await responsesForRemovedObject(context, headers)),
    ];
    const problems = responses.flatMap(([what, response, status]) =>
      differences(
        [`the status for ${what}`, response.status, status],
        [`Access-Control-Allow-Origin for ${what}`, isReadable(response, origin), true],
      ),
    );
    return resultOf(problems, responses.map(([what, { status }]) => `${status} for ${what}`).join(', '));
  },
};

function isReadable({ headers }: HttpResponse, origin: string): boolean {
  return ['*', origin].includes(String(headers['access-control-allow-origin']));
}

/** Empty in a bucket with versioning, where the version that the link is pinned to stays. */
async function responsesForRemovedObject(context: VerifyContext, headers: Readonly<Record<string, string>>) {
  const object = context.prepareObject();
  const version = await object.put(object.bytes);
  const url = await redeemedUrl(context, {}, object);
  await object.remove();
  return version === undefined ? [['a removed object', await context.send(url, { headers }), 404] as const] : [];
}

const urlExpires: Check = {
  id: 'url-expires',
  title: 'The presigned URL stops working when it must',
  settles: 'whether S3 enforces the lifetime in the URL',
  async run(context) {
    // A stored URL works for a minute longer than its link.
    const stored = { presign: 'now', expires_in: 10 } as const;
    const first = await redeemedUrl(context, context.kinds.includes('on_open') ? { presign: 'on_open' } : stored);
    const url = waitSecondsFor(first) <= context.maxWaitSeconds ? first : await redeemedUrl(context, stored);
    const waitSeconds = waitSecondsFor(url);
    if (!(waitSeconds <= context.maxWaitSeconds)) {
      return skipped('the URL works longer than this check waits');
    }
    const before = await statusOf(context, url);
    await context.sleep(waitSeconds * 1000);
    const after = await statusOf(context, url);
    const problems = differences(['the status', before, 200], ['the status afterwards', after, 403]);
    return resultOf(problems, `200, and 403 after ${waitSeconds} seconds`);
  },
};

const versionPinned: Check = {
  id: 'version-pinned',
  title: 'A link leads to the version that was current when it was issued',
  settles: 'whether S3 serves a pinned version after the object has been replaced',
  async run(context) {
    const { object } = context;
    const links = await Promise.all(context.kinds.map((presign) => context.issue({ presign })));
    // Stores the same bytes, so the content does not change in a bucket without versioning.
    if ((await object.put(object.bytes)) === undefined) {
      return skipped('the bucket has no versioning');
    }
    await object.put(randomBytes(object.bytes.length));
    const bodies = await Promise.all(
      links.map(async ({ url }) => (await context.send(locationOf(await context.send(url)))).body),
    );
    await object.put(object.bytes);
    const problems = bodies.flatMap((body, index) =>
      body.equals(object.bytes) ? [] : [`another version was served (${context.kinds[index]})`],
    );
    return resultOf(problems, 'the first version, after the object was replaced');
  },
};

/** Seconds until a new presigned URL has certainly expired: it was signed before now, and S3 compares whole seconds. */
function waitSecondsFor(presignedUrl: string): number {
  return Number(new URL(presignedUrl).searchParams.get('X-Amz-Expires')) + 2;
}

/** Redeems a new link. @returns the presigned URL, a secret */
async function redeemedUrl(context: VerifyContext, ...request: Parameters<VerifyContext['issue']>): Promise<string> {
  const { url } = await context.issue(...request);
  return locationOf(await context.send(url));
}

function locationOf({ status, headers: { location } }: HttpResponse): string {
  if (location === undefined) {
    throw new Error(`a link got ${status} instead of a redirect`);
  }
  return location;
}

export const OBJECT_CHECKS: readonly Check[] = [download, range, cors, versionPinned, urlExpires];
