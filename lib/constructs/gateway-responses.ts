import { STATUS_CODES } from 'node:http';
import { Token } from 'aws-cdk-lib';
import { ResponseType, type RestApi } from 'aws-cdk-lib/aws-apigateway';
import {
  ACCESS_DENIED_DETAIL,
  PROBLEM_CODE_HEADER,
  RETRY_AFTER_SECONDS,
  SECRET_RESPONSE_HEADERS,
} from '../../lambda/contract';
import type { Branding } from '../../lambda/page/render';
import { type PageText, TEXTS } from '../../lambda/page/texts';
import { errorPage } from '../pages/error-page';

/** A response that API Gateway returns when it refuses a request or an integration fails. */
interface GatewayError {
  /** @default - the status that API Gateway chooses */
  readonly status?: number;
  readonly code: string;
  readonly detail: string;
  /** What browsers show. @default NO_PAGE_HERE */
  readonly page?: PageText;
  /** Set if a retry may succeed. */
  readonly retryAfterSeconds?: number;
}

const NO_PAGE_HERE: PageText = {
  title: 'Page not found',
  explanation: 'This address is not a link to a file.',
  advice: 'Check that you have the whole link, exactly as it was sent to you.',
};

const BUSY_PAGE: PageText = {
  title: 'Please try again in a moment',
  explanation: 'Too many requests came at once. This attempt did not use your link.',
  advice: 'Wait a moment, then open the link again.',
};

// A function can fail after the authorizer has redeemed the link, so this must not promise that the link still works.
const TRY_AGAIN_PAGE: PageText = {
  title: 'Please try again in a moment',
  explanation: 'The service didn’t respond.',
  advice: 'Open the link again. If it no longer works, ask the person who sent it to you for a new one.',
};

/**
 * The customized gateway responses, by type. 413 cannot be customized. They apply to the whole API.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/supported-gateway-response-types.html
 */
const RESPONSES: Readonly<Record<string, GatewayError>> = {
  ACCESS_DENIED: {
    status: 403,
    code: 'AccessDenied',
    detail: ACCESS_DENIED_DETAIL,
    page: TEXTS.en.unavailable,
  },
  UNAUTHORIZED: {
    status: 401,
    code: 'NonceMissing',
    detail: 'The URL has no nonce. Use the link exactly as it was issued.',
    page: TEXTS.en.incomplete,
  },
  MISSING_AUTHENTICATION_TOKEN: {
    status: 403,
    code: 'MissingAuthenticationToken',
    detail: 'There is no such route, or it requires a signed request (AWS Signature Version 4, service execute-api).',
  },
  INVALID_SIGNATURE: {
    status: 403,
    code: 'InvalidSignature',
    detail: 'The signature does not match. Check the credentials, clock, Region and service (execute-api).',
  },
  EXPIRED_TOKEN: {
    status: 403,
    code: 'ExpiredToken',
    detail: 'The credentials that signed the request have expired. Get new ones and sign again.',
  },
  BAD_REQUEST_BODY: {
    status: 400,
    code: 'InvalidRequest',
    detail: 'The body must be a JSON object with bucket_name; bucket_name, object_name and prefix must be strings.',
  },
  BAD_REQUEST_PARAMETERS: { status: 400, code: 'InvalidRequest', detail: 'The path, query or a header is malformed.' },
  UNSUPPORTED_MEDIA_TYPE: { status: 415, code: 'UnsupportedMediaType', detail: 'Send application/json, or no type.' },
  THROTTLED: {
    status: 429,
    code: 'Throttled',
    detail: 'Too many requests. Nothing was changed; try again in a second.',
    page: BUSY_PAGE,
    retryAfterSeconds: 1,
  },
  DEFAULT_4XX: { code: 'RequestRefused', detail: 'The request cannot be served as it is.' },
  DEFAULT_5XX: {
    // Includes failures of the authorizer and the functions. 503, because clients should retry.
    status: 503,
    code: 'ServiceUnavailable',
    detail: 'The service could not respond. Try again; if the link is refused then, it has been redeemed.',
    page: TRY_AGAIN_PAGE,
    retryAfterSeconds: RETRY_AFTER_SECONDS,
  },
};

/** Customizes every gateway response: a problem (RFC 9457) for programs, a page for browsers. */
export function addGatewayResponses(api: RestApi, branding: Branding): void {
  const knownBranding = withoutTokens(branding);
  for (const [type, { status, code, detail, page = NO_PAGE_HERE, retryAfterSeconds }] of Object.entries(RESPONSES)) {
    const title = status === undefined ? 'Request refused' : STATUS_CODES[status];
    const fields = JSON.stringify({ type: 'about:blank', title, status, detail, code });
    // SDK clients show `message`. API Gateway adds the quotes around it.
    const problem = `${fields.slice(0, -1)},"message":$context.error.messageString}`;
    const headers = {
      ...SECRET_RESPONSE_HEADERS,
      'X-Frame-Options': 'DENY',
      [PROBLEM_CODE_HEADER]: code,
      ...(retryAfterSeconds !== undefined && { 'Retry-After': String(retryAfterSeconds) }),
    };
    api.addGatewayResponse(type, {
      type: ResponseType.of(type),
      ...(status !== undefined && { statusCode: String(status) }),
      responseHeaders: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, `'${value}'`])),
      // AWS documents for integration responses only how `Accept` selects a template. JSON comes first, in the order of
      // declaration and in the alphabet, so that it is also the default.
      templates: {
        'application/json': problem,
        'application/problem+json': problem,
        'text/html': errorPage(page, retryAfterSeconds !== undefined, knownBranding),
      },
    });
  }
}

/** Values that are known only during deployment cannot be escaped, so the error pages leave them out. */
function withoutTokens({ organizationName, supportContact }: Branding): Branding {
  const known = (text: string | undefined): string | undefined => (Token.isUnresolved(text) ? undefined : text);
  return { organizationName: known(organizationName), supportContact: known(supportContact) };
}
