import { Aws } from 'aws-cdk-lib';
import { templateOfLinks, templateWith } from '../../support/synthesized';
import { defaultTemplate, propertiesOf, type RawTemplate, resourcesOf } from '../support/template';

interface GatewayResponse {
  readonly RestApiId: string;
  readonly ResponseType: string;
  readonly StatusCode?: string;
  readonly ResponseParameters: Readonly<Record<string, string>>;
  readonly ResponseTemplates: Readonly<Record<string, string>>;
}

const responses = responsesOf(defaultTemplate());

function responsesOf(template: RawTemplate): readonly GatewayResponse[] {
  return Object.values(
    propertiesOf(resourcesOf(template), 'AWS::ApiGateway::GatewayResponse'),
  ) as unknown as readonly GatewayResponse[];
}

/** Type, status, title, code, Retry-After. Without a status, API Gateway chooses it. */
const CONTRACT: readonly [string, number | undefined, string, string, string?][] = [
  ['ACCESS_DENIED', 403, 'Forbidden', 'AccessDenied'],
  ['BAD_REQUEST_BODY', 400, 'Bad Request', 'InvalidRequest'],
  ['BAD_REQUEST_PARAMETERS', 400, 'Bad Request', 'InvalidRequest'],
  ['DEFAULT_4XX', undefined, 'Request refused', 'RequestRefused'],
  ['DEFAULT_5XX', 503, 'Service Unavailable', 'ServiceUnavailable', '2'],
  ['EXPIRED_TOKEN', 403, 'Forbidden', 'ExpiredToken'],
  ['INVALID_SIGNATURE', 403, 'Forbidden', 'InvalidSignature'],
  ['MISSING_AUTHENTICATION_TOKEN', 403, 'Forbidden', 'MissingAuthenticationToken'],
  ['THROTTLED', 429, 'Too Many Requests', 'Throttled', '1'],
  ['UNAUTHORIZED', 401, 'Unauthorized', 'NonceMissing'],
  ['UNSUPPORTED_MEDIA_TYPE', 415, 'Unsupported Media Type', 'UnsupportedMediaType'],
];

test('these gateway responses are customized, and no others', () => {
  expect(responses.map(({ ResponseType }) => ResponseType).sort()).toEqual(CONTRACT.map(([type]) => type));
});

describe.each(CONTRACT)('%s', (type, status, title, code, retryAfter) => {
  const response = responses.find(({ ResponseType }) => ResponseType === type);
  const problem = response?.ResponseTemplates['application/problem+json'] ?? '';
  const page = response?.ResponseTemplates['text/html'] ?? '';

  test('has its status, a problem for programs as the first template, and a page for browsers', () => {
    expect(response?.StatusCode).toBe(status?.toString());
    expect(Object.entries(response?.ResponseTemplates ?? {})).toEqual([
      ['application/json', problem],
      ['application/problem+json', problem],
      ['text/html', page],
    ]);
  });

  test('is a valid problem once API Gateway has inserted its message', () => {
    const message = 'The "message"';
    const filledIn = problem.replace('$context.error.messageString', JSON.stringify(message));
    expect(JSON.parse(filledIn)).toEqual({
      type: 'about:blank',
      title,
      ...(status && { status }),
      detail: expect.stringMatching(/\w.*\.$/),
      code,
      message,
    });
  });

  test('uses no variables except the message and the host name, and no Velocity', () => {
    expect(problem.replace('$context.error.messageString', '')).not.toMatch(/[$#]/);
    expect(page).toMatch(/^<!doctype html>/);
    expect(page.replace('$context.domainName', '')).not.toMatch(/[$#]/);
  });

  test('is not cached, indexed or framed, sends no referrer, and has its code in a header', () => {
    expect(response?.ResponseParameters).toEqual({
      'gatewayresponse.header.Cache-Control': "'no-store'",
      'gatewayresponse.header.Referrer-Policy': "'no-referrer'",
      'gatewayresponse.header.X-Robots-Tag': "'noindex'",
      'gatewayresponse.header.X-Content-Type-Options': "'nosniff'",
      'gatewayresponse.header.X-Frame-Options': "'DENY'",
      'gatewayresponse.header.Problem-Code': `'${code}'`,
      ...(retryAfter && { 'gatewayresponse.header.Retry-After': `'${retryAfter}'` }),
    });
    // The page asks readers to try again if there is a Retry-After header.
    expect(page.includes('Try again</a>')).toBe(retryAfter !== undefined);
  });
});

test('every page has the organization and a contact if the deployment has them', () => {
  const template = templateWith({ organizationName: 'R&D $context.stage', supportContact: 'help@example.com' });
  for (const { ResponseTemplates } of responsesOf(template)) {
    expect(ResponseTemplates['text/html']).toContain('<span>R&#38;D &#36;context.stage</span>');
    expect(ResponseTemplates['text/html']).toContain('<a href="mailto:help@example.com">help@example.com</a>');
    expect(ResponseTemplates['application/problem+json']).not.toContain('R&');
  }
});

test('pages leave out values that are known only during deployment', () => {
  const template = templateOfLinks(() => ({ organizationName: Aws.STACK_NAME, supportContact: Aws.STACK_NAME }));
  for (const { ResponseTemplates } of responsesOf(template)) {
    expect(ResponseTemplates['text/html']).toContain('<span></span> <bdi>$context.domainName</bdi>');
    expect(ResponseTemplates['text/html']).not.toContain('<footer>');
  }
});
