import { ROUTE } from '../../lambda/contract';
import { type Check, difference, type HttpResponse, resultOf, type VerifyContext } from './check';
import { ACCEPTS } from './refusal-checks';

const MAX_PAGE_BYTES = 20_480;

const page: Check = {
  id: 'page',
  title: 'The click-through page renders and is kept out of caches, frames and referrers',
  settles: 'whether API Gateway sends the page and its headers unchanged',
  async run(context) {
    const { status, headers, body } = await getPage(context, ACCEPTS.browser);
    const html = body.toString();
    const policy = headers['content-security-policy'] ?? /http-equiv="Content-Security-Policy"/i.exec(html)?.[0];
    return resultOf(
      [
        ...difference('the status', status, 200),
        ...difference('Content-Type', headers['content-type'], 'text/html; charset=utf-8'),
        ...difference('Cache-Control', headers['cache-control'], 'no-store'),
        ...difference('Referrer-Policy', headers['referrer-policy'], 'no-referrer'),
        ...difference('X-Content-Type-Options', headers['x-content-type-options'], 'nosniff'),
        ...difference('X-Frame-Options', headers['x-frame-options'], 'DENY'),
        ...(policy === undefined ? ['there is no content security policy'] : []),
        ...(/<button/i.test(html) ? [] : ['the page has no button']),
        ...(body.length > MAX_PAGE_BYTES ? [`the page has ${body.length} bytes, more than ${MAX_PAGE_BYTES}`] : []),
      ],
      `${body.length} bytes of HTML with a content security policy`,
    );
  },
};

const pageAccept: Check = {
  id: 'page-accept',
  title: 'The click-through page is the same for every Accept header',
  settles: 'which response template API Gateway selects by Accept',
  async run(context) {
    const [first, ...others] = await Promise.all(Object.values(ACCEPTS).map((accept) => getPage(context, accept)));
    const isSame = ({ status, body }: HttpResponse) => status === 200 && first?.body.equals(body);
    return resultOf(others.every(isSame) ? [] : ['the page differs by Accept'], 'the same bytes for 4 kinds of Accept');
  },
};

const pageHead: Check = {
  id: 'page-head',
  title: 'HEAD of the click-through page has its headers and no body',
  settles: 'whether link checkers can check a click-through link',
  async run(context) {
    const { status, headers, body } = await context.send(`${context.apiEndpoint}${ROUTE.openLink}`, { method: 'HEAD' });
    const problems = [
      ...difference('the status', status, 200),
      ...difference('Content-Type', headers['content-type'], 'text/html; charset=utf-8'),
      ...difference('the size of the body', body.length, 0),
    ];
    return resultOf(problems, '200 without a body');
  },
};

async function getPage({ send, apiEndpoint }: VerifyContext, headers: Readonly<Record<string, string>>) {
  return await send(`${apiEndpoint}${ROUTE.openLink}`, { headers });
}

export const PAGE_CHECKS: readonly Check[] = [page, pageAccept, pageHead];
