import { type GatewayResponseOptions, ResponseType, type RestApi } from 'aws-cdk-lib/aws-apigateway';
import { RETRY_AFTER_SECONDS, SECRET_RESPONSE_HEADERS } from '../../lambda/contract';
import { PROBLEM_CODE_HEADER } from '../pages/open-link-page';
import { LINK_GONE, LINK_INCOMPLETE, type RefusalPage, refusalPage } from '../pages/refusal-page';

/** An answer that API Gateway gives by itself, before or in place of a function. */
interface GatewayRefusal {
  readonly type: ResponseType;
  /** Left out where API Gateway's own status must show. */
  readonly status?: number;
  readonly title: string;
  readonly code: string;
  readonly detail: string;
  /** What a browser shows instead. */
  readonly page: RefusalPage;
  readonly retryAfterSeconds?: number;
}

const LINK_GONE_PAGE: RefusalPage = { ...LINK_GONE, tone: 'gone' };

const LINK_INCOMPLETE_PAGE: RefusalPage = { ...LINK_INCOMPLETE, tone: 'gone' };

const NO_PAGE_HERE: RefusalPage = {
  tone: 'gone',
  title: 'There is nothing to see here',
  explanation: 'This address is not a link to a file.',
  advice: 'Check that you have the whole link, as it was sent to you.',
};

const BUSY_PAGE: RefusalPage = {
  tone: 'retry',
  title: 'Please try again in a moment',
  explanation: 'Too many requests came at once. Your link has not been used up by this attempt.',
  advice: 'Wait a moment, then open the link again.',
};

// A function can fail after the authorizer has redeemed the link: nothing may be promised here.
const TRY_AGAIN_PAGE: RefusalPage = {
  tone: 'retry',
  title: 'Please try again in a moment',
  explanation: 'The service could not answer just now.',
  advice: 'Open the link once more. If it is refused then, ask the person who sent it to you for a new one.',
};

/**
 * Every refusal of the gateway's own. Responses are set for the whole API and not by route: `ACCESS_DENIED` is a link
 * that does not open and a caller whom IAM refuses, so its words must be true of both, and tell a stranger nothing.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/supported-gateway-response-types.html
 */
const REFUSALS: readonly GatewayRefusal[] = [
  {
    type: ResponseType.ACCESS_DENIED,
    status: 403,
    title: 'Forbidden',
    code: 'AccessDenied',
    detail:
      'The link is unknown, incomplete, expired or already opened: ask its sender for a new one. Or the caller has no permission for this route.',
    page: LINK_GONE_PAGE,
  },
  {
    type: ResponseType.UNAUTHORIZED,
    status: 401,
    title: 'Unauthorized',
    code: 'NonceMissing',
    detail: 'The address has no nonce. Use the link exactly as it was handed out.',
    page: LINK_INCOMPLETE_PAGE,
  },
  {
    type: ResponseType.MISSING_AUTHENTICATION_TOKEN,
    status: 403,
    title: 'Forbidden',
    code: 'MissingAuthenticationToken',
    detail: 'There is no such route, or it wants a signed request (AWS Signature Version 4, service execute-api).',
    page: NO_PAGE_HERE,
  },
  {
    type: ResponseType.INVALID_SIGNATURE,
    status: 403,
    title: 'Forbidden',
    code: 'InvalidSignature',
    detail:
      'The signature of the request does not hold. Check the keys, the clock, the region and the service (execute-api).',
    page: NO_PAGE_HERE,
  },
  {
    type: ResponseType.EXPIRED_TOKEN,
    status: 403,
    title: 'Forbidden',
    code: 'ExpiredToken',
    detail: 'The credentials that signed the request have expired. Get new ones and sign again.',
    page: NO_PAGE_HERE,
  },
  {
    type: ResponseType.BAD_REQUEST_BODY,
    status: 400,
    title: 'Bad Request',
    code: 'InvalidRequest',
    detail: 'The body must be a JSON object with the strings bucket_name and object_name.',
    page: NO_PAGE_HERE,
  },
  {
    type: ResponseType.BAD_REQUEST_PARAMETERS,
    status: 400,
    title: 'Bad Request',
    code: 'InvalidRequest',
    detail: 'The path, the query or a header is malformed.',
    page: NO_PAGE_HERE,
  },
  {
    type: ResponseType.REQUEST_TOO_LARGE,
    status: 413,
    title: 'Content Too Large',
    code: 'RequestTooLarge',
    detail: 'The body is longer than the 10 MB that API Gateway takes.',
    page: NO_PAGE_HERE,
  },
  {
    type: ResponseType.UNSUPPORTED_MEDIA_TYPE,
    status: 415,
    title: 'Unsupported Media Type',
    code: 'UnsupportedMediaType',
    detail: 'Leave Content-Type out, or send application/json.',
    page: NO_PAGE_HERE,
  },
  {
    type: ResponseType.THROTTLED,
    status: 429,
    title: 'Too Many Requests',
    code: 'Throttled',
    detail: 'Too many requests at once. Nothing was done; try again in a second.',
    page: BUSY_PAGE,
    retryAfterSeconds: 1,
  },
  {
    type: ResponseType.DEFAULT_4XX,
    title: 'Request refused',
    code: 'RequestRefused',
    detail: 'The request cannot be served as it is.',
    page: NO_PAGE_HERE,
  },
  {
    // Also what a failing authorizer or function comes to: 503 and not 500, since trying again is the right answer.
    type: ResponseType.DEFAULT_5XX,
    status: 503,
    title: 'Service Unavailable',
    code: 'ServiceUnavailable',
    detail: 'The service could not answer. Try again; a link that is refused then has been used up.',
    page: TRY_AGAIN_PAGE,
    retryAfterSeconds: RETRY_AFTER_SECONDS,
  },
];

/** Gives every refusal of the API the form of a problem for programs, and of a page for browsers. */
export function addGatewayResponses(api: RestApi): void {
  for (const refusal of REFUSALS) {
    api.addGatewayResponse(refusal.type.responseType, gatewayResponse(refusal));
  }
}

function gatewayResponse(refusal: GatewayRefusal): GatewayResponseOptions {
  const headers = {
    ...SECRET_RESPONSE_HEADERS,
    'X-Frame-Options': 'DENY',
    [PROBLEM_CODE_HEADER]: refusal.code,
    ...(refusal.retryAfterSeconds === undefined ? {} : { 'Retry-After': String(refusal.retryAfterSeconds) }),
  };
  return {
    type: refusal.type,
    ...(refusal.status === undefined ? {} : { statusCode: String(refusal.status) }),
    responseHeaders: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, `'${value}'`])),
    // The first media type of `Accept` chooses. What API Gateway takes for a caller who names none of the two is not
    // documented; the first in order and in the alphabet is the one for programs.
    templates: { 'application/problem+json': problemTemplate(refusal), 'text/html': refusalPage(refusal.page) },
  };
}

/** `message` is what SDK clients show of a refusal; the gateway puts the quotes round it. */
function problemTemplate({ title, status, detail, code }: GatewayRefusal): string {
  const problem = JSON.stringify({ type: 'about:blank', title, status, detail, code });
  return `${problem.slice(0, -1)},"message":$context.error.messageString}`;
}
