import { parseJsonObject } from '../../client/json';
import { ROUTE } from '../../lambda/contract';
import { type Check, differences, type HttpResponse, resultOf, statusOf, type VerifyContext } from './check';
import { ACCEPTS, describeLink, PROBLEM_CODE } from './error-checks';

const MAX_PAGE_BYTES = 24_576;

const page: Check = {
  id: 'page',
  title: 'The click-through page renders and is kept out of caches, frames and referrers',
  settles: 'whether API Gateway sends the page and its headers unchanged',
  async run(context) {
    const { status, headers, body } = await getPage(context, ACCEPTS.browser);
    const head = await context.send(`${context.apiEndpoint}${ROUTE.openLink}`, { method: 'HEAD' });
    const html = body.toString();
    const policy = headers['content-security-policy'] ?? '';
    const problems = differences(
      ['the status', status, 200],
      ['Content-Type', headers['content-type'], 'text/html; charset=utf-8'],
      ['Cache-Control', headers['cache-control'], 'no-store'],
      ['Referrer-Policy', headers['referrer-policy'], 'no-referrer'],
      ['X-Content-Type-Options', headers['x-content-type-options'], 'nosniff'],
      ['Cross-Origin-Opener-Policy', headers['cross-origin-opener-policy'], 'same-origin'],
      ['Strict-Transport-Security', headers['strict-transport-security'] !== undefined, true],
      ["frame-ancestors 'none' in Content-Security-Policy", policy.includes("frame-ancestors 'none'"), true],
      ['a button', /<button/i.test(html), true],
      ['a size of at most 24 KB', body.length <= MAX_PAGE_BYTES, true],
      ['the status of HEAD', head.status, 200],
      ['the size of the body of HEAD', head.body.length, 0],
    );
    return resultOf(problems, `${body.length} bytes of HTML with a content security policy`);
  },
};

const pageAccept: Check = {
  id: 'page-accept',
  title: 'The click-through page is the same for every Accept header',
  settles: 'whether API Gateway returns the response of the function for every Accept header',
  async run(context) {
    const [first, ...others] = await Promise.all(Object.values(ACCEPTS).map((accept) => getPage(context, accept)));
    const isSame = ({ status, body }: HttpResponse) => status === 200 && first?.body.equals(body);
    return resultOf(others.every(isSame) ? [] : ['the page differs by Accept'], 'the same bytes for 4 kinds of Accept');
  },
};

const SENDER = 'Ada Lovelace';
const NAME = 'Prüfung 検証.bin';

const description: Check = {
  id: 'describe',
  title: 'The click-through page can show the file and the sender of an active link, which stays active',
  settles: "whether API Gateway passes the body to the function, and the function's headers to the page",
  async run(context) {
    const link = await context.issue({ download_as: NAME, from: SENDER });
    const { status, headers, body } = await describeLink(context, link.url, ACCEPTS.json);
    const { file_name, size_bytes, expires_at, from } = parseJsonObject(body.toString()) ?? {};
    const redeemed = await statusOf(context, link.url);
    const dead = await describeLink(context, link.url, ACCEPTS.json);
    const problems = differences(
      ['the status', status, 200],
      ['Cache-Control', headers['cache-control'], 'no-store'],
      ['file_name', file_name, NAME],
      ['size_bytes', size_bytes, context.object.bytes.length],
      ['expires_at', Date.parse(String(expires_at)), link.expiresAt.getTime()],
      ['from', from, SENDER],
      ['the status of the redemption', redeemed, 302],
      ['the status once the link is redeemed', dead.status, 403],
      ['Problem-Code once the link is redeemed', dead.headers[PROBLEM_CODE], 'AccessDenied'],
    );
    return resultOf(problems, `${size_bytes} bytes from ${from}, and 403 once the link is redeemed`);
  },
};

async function getPage({ send, apiEndpoint }: VerifyContext, headers: Readonly<Record<string, string>>) {
  return await send(`${apiEndpoint}${ROUTE.openLink}`, { headers });
}

export const PAGE_CHECKS: readonly Check[] = [page, pageAccept, description];
