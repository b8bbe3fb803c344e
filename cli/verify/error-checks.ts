import { randomBytes } from 'node:crypto';
import { parseJsonObject } from '../../client/json';
import { NONCE_PARAMETER, ROUTE } from '../../lambda/contract';
import { nonceFromBytes } from '../../lambda/link/nonce';
import {
  type Check,
  differences,
  type HttpResponse,
  resultOf,
  skipped,
  statusOf,
  tally,
  untilExpired,
  type VerifyContext,
} from './check';
import { MAX_CONNECTIONS } from './http-client';

/** The four kinds of `Accept`, as headers. */
export const ACCEPTS = {
  none: {},
  any: { accept: '*/*' },
  json: { accept: 'application/json' },
  browser: { accept: 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8' },
} as const satisfies Readonly<Record<string, Readonly<Record<string, string>>>>;

type Headers = Readonly<Record<string, string>>;

/** Header of an error with its `code`. */
export const PROBLEM_CODE = 'problem-code';

const FLOOD_REQUESTS = 1000;

const refusedAlike: Check = {
  id: 'refused-alike',
  title:
    'Unknown, redeemed, expired, revoked, altered and malformed links get the same response from /access-object, and from /describe-link',
  settles: 'whether a response of API Gateway reveals why a link is refused',
  async run(context) {
    const links = await refusedLinks(context);
    const problems: string[] = [];
    for (const [kind, headers] of Object.entries(ACCEPTS)) {
      const redeemed = await otherResponses(links, (url) => context.send(url, { headers }));
      const described = await otherResponses(links, (url) => describeLink(context, url, headers));
      problems.push(
        ...redeemed.map((name) => `${name} differs (Accept: ${kind})`),
        ...described.map((name) => `${name} differs when described (Accept: ${kind})`),
      );
    }
    return resultOf(problems, `one response for ${links.map(([name]) => name).join(', ')}`);
  },
};

/** Sends a request for each link. @returns the names of those whose response differs from the first one's */
async function otherResponses(links: RefusedLinks, request: (url: string) => Promise<HttpResponse>) {
  const responses = await Promise.all(
    links.map(async ([name, url]) => [name, stablePart(await request(url))] as const),
  );
  const [, first] = responses[0] ?? [];
  return responses.filter(([, response]) => response !== first).map(([name]) => name);
}

type RefusedLinks = readonly (readonly [reason: string, url: string])[];

/** Links that cannot be redeemed, by reason. A link is revoked only if the caller may. */
async function refusedLinks(context: VerifyContext): Promise<RefusedLinks> {
  const [redeemed, expired, revoked, active] = await Promise.all([
    context.issue(),
    context.issue({ expires_in: 1 }),
    context.issue(),
    context.issue(),
  ]);
  await context.send(redeemed.url);
  const { status } = await context.sendSigned(`${ROUTE.links}/${revoked.linkId}`, { method: 'DELETE' });
  await untilExpired(context, expired);
  const altered = new URL(active.url);
  const nonce = nonceOf(active.url);
  altered.searchParams.set(NONCE_PARAMETER, `${nonce.startsWith('A') ? 'B' : 'A'}${nonce.slice(1)}`);
  return [
    ['redeemed', redeemed.url],
    ['expired', expired.url],
    ...(status === 204 ? [['revoked', revoked.url] as const] : []),
    ['altered', altered.href],
    ['unknown', linkWithNonce(context, nonceFromBytes(randomBytes(32)))],
    ['malformed', linkWithNonce(context, 'malformed')],
  ];
}

function linkWithNonce({ apiEndpoint }: VerifyContext, nonce: string): string {
  return `${apiEndpoint}${ROUTE.accessObject}?${NONCE_PARAMETER}=${nonce}`;
}

/** Requests the description of a link as the click-through page does. */
export async function describeLink(
  { apiEndpoint, send }: VerifyContext,
  directLink: string,
  headers: Headers,
): Promise<HttpResponse> {
  return await send(`${apiEndpoint}${ROUTE.describeLink}`, {
    method: 'POST',
    headers: { ...headers, 'content-type': 'application/json' },
    body: JSON.stringify({ [NONCE_PARAMETER]: nonceOf(directLink) }),
  });
}

function nonceOf(directLink: string): string {
  return new URL(directLink).searchParams.get(NONCE_PARAMETER) ?? '';
}

/** A response without the values that differ in every response: times, IDs and the connection. */
function stablePart({ status, headers, body }: HttpResponse): string {
  const varying = /^(?:date|connection|keep-alive|via|x-amzn?-.*id|x-amz-cf-.*)$/;
  const stable = Object.entries(headers).filter(([name]) => !varying.test(name));
  return JSON.stringify([status, stable.sort(), body.toString()]);
}

/** An error that is requested with each kind of `Accept`. */
type DocumentedError = readonly [
  id: string,
  status: number,
  code: string,
  when: string,
  request: (context: VerifyContext, headers: Headers) => Promise<HttpResponse>,
];

const HEAD_OF_TEXT = 'HEAD with a media type other than JSON';

const DOCUMENTED_ERRORS: readonly DocumentedError[] = [
  ['error-link', 403, 'AccessDenied', 'a link that is not active', getUnknownLink],
  ['error-nonce-missing', 401, 'NonceMissing', 'a link without its nonce', getPath(ROUTE.accessObject)],
  ['error-media-type', 415, 'UnsupportedMediaType', HEAD_OF_TEXT, headOfText],
  ['error-body', 400, 'InvalidRequest', 'a request for a link with an incomplete body', postIncompleteBody],
  ['error-route', 403, 'MissingAuthenticationToken', 'an unknown route', getPath('no-such-route')],
  ['error-unsigned', 403, 'MissingAuthenticationToken', 'an unsigned request for a link', postUnsigned],
  ['error-signature', 403, 'InvalidSignature', 'a request for a link with a wrong signature', postWronglySigned],
];

function getPath(path: string): DocumentedError[4] {
  return ({ send, apiEndpoint }, headers) => send(`${apiEndpoint}${path}`, { headers });
}

function getUnknownLink(context: VerifyContext, headers: Headers): Promise<HttpResponse> {
  return context.send(linkWithNonce(context, nonceFromBytes(randomBytes(32))), { headers });
}

function headOfText({ send, apiEndpoint }: VerifyContext, headers: Headers): Promise<HttpResponse> {
  const request = { method: 'HEAD', headers: { ...headers, 'content-type': 'text/plain' } };
  return send(`${apiEndpoint}${ROUTE.accessObject}`, request);
}

function postIncompleteBody({ sendSigned }: VerifyContext, headers: Headers): Promise<HttpResponse> {
  const request = { method: 'POST', headers: { ...headers, 'content-type': 'application/json' }, body: '{}' };
  return sendSigned(ROUTE.generateUrl, request);
}

function postUnsigned({ send, apiEndpoint }: VerifyContext, headers: Headers): Promise<HttpResponse> {
  return send(`${apiEndpoint}${ROUTE.generateUrl}`, { method: 'POST', headers });
}

function postWronglySigned({ sendSigned }: VerifyContext, headers: Headers): Promise<HttpResponse> {
  return sendSigned(ROUTE.generateUrl, { method: 'POST', headers }, 'wrong');
}

function errorCheck([id, status, code, when, request]: DocumentedError): Check {
  return {
    id,
    title: `${status} ${code} for ${when}, as JSON or as a page, depending on Accept`,
    settles: 'which template API Gateway uses for this gateway response',
    async run(context) {
      const problems: string[] = [];
      const types: string[] = [];
      for (const [kind, accept] of Object.entries(ACCEPTS)) {
        const response = await request(context, accept);
        const [type = ''] = (response.headers['content-type'] ?? '').split(';');
        types.push(type);
        const isPage = kind === 'browser';
        const expectedType = isPage ? 'text/html' : /^application\/(?:problem\+)?json$/.exec(type)?.[0];
        const hasJson = !isPage && request !== headOfText;
        const found = differences(
          ['the status', response.status, status],
          ['Problem-Code', response.headers[PROBLEM_CODE], code],
          ['Content-Type', type, expectedType ?? 'JSON'],
          ['code', hasJson ? codeOf(response) : code, code],
        );
        problems.push(...found.map((problem) => `${problem} (Accept: ${kind})`));
      }
      return resultOf(problems, `${status}, ${tally(types)}`);
    },
  };
}

function codeOf({ body }: HttpResponse): unknown {
  return parseJsonObject(body.toString())?.['code'];
}

const throttled: Check = {
  id: 'throttle',
  isFlood: true,
  title: `${FLOOD_REQUESTS} requests of a link over ${MAX_CONNECTIONS} connections: 429 for some, and one redirect`,
  settles: 'whether API Gateway throttles before it calls the authorizer',
  async run(context) {
    if (!context.flood) {
      return skipped('only with --flood');
    }
    const { url } = await context.issue();
    const responses = await Promise.all(Array.from({ length: FLOOD_REQUESTS }, () => context.send(url)));
    const seen = tally(responses.map(({ status }) => status));
    const refused = responses.find(({ status }) => status === 429);
    if (refused === undefined) {
      return skipped(`the throttle is higher: ${seen}`);
    }
    const redirects = responses.filter(({ status }) => status === 302).length;
    // If every reader was throttled, the link is still active, and can be redeemed now.
    const total = redirects === 0 ? Number((await statusAfterFlood(context, url)) === 302) : redirects;
    const problems = differences(
      ['the number of redirects', total, 1],
      ['Problem-Code', refused.headers[PROBLEM_CODE], 'Throttled'],
      ['Retry-After', refused.headers['retry-after'], '1'],
    );
    return resultOf(problems, seen);
  },
};

async function statusAfterFlood(context: VerifyContext, url: string): Promise<number> {
  await context.sleep(2000);
  return await statusOf(context, url);
}

export const ERROR_CHECKS: readonly Check[] = [refusedAlike, ...DOCUMENTED_ERRORS.map(errorCheck), throttled];
