import type { Fields } from '../template/fields';
import { fail, type S3Failure, type S3Reply } from './reply';
import type { S3Target } from './target';

/** A rule of a bucket's CORS configuration. */
export interface CorsRule {
  readonly allowedMethods: readonly string[];
  /** Each with at most one `*`. */
  readonly allowedOrigins: readonly string[];
  /** Each with at most one `*`. */
  readonly allowedHeaders: readonly string[];
  readonly exposedHeaders: readonly string[];
  /** How long browsers may cache the response to a preflight request. */
  readonly maxAgeSeconds?: number;
}

const METHOD = /^(?:GET|PUT|HEAD|POST|DELETE)$/;
const AT_MOST_ONE_WILDCARD = /^[^*]*\*?[^*]*$/;
const NO_WILDCARD = /^[^*]*$/;

/**
 * Reads the CORS configuration of a bucket.
 *
 * @see https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-s3-bucket-corsrule.html
 * @throws UnsupportedTemplateError
 */
export function readCors(configuration: Fields): readonly CorsRule[] {
  const rules = configuration.objects('CorsRules').map((rule): CorsRule => {
    const maxAgeSeconds = rule.optionalNumber('MaxAge');
    const read = {
      allowedMethods: atLeastOne(rule, 'AllowedMethods', METHOD),
      allowedOrigins: atLeastOne(rule, 'AllowedOrigins', AT_MOST_ONE_WILDCARD),
      allowedHeaders: texts(rule, 'AllowedHeaders', AT_MOST_ONE_WILDCARD),
      exposedHeaders: texts(rule, 'ExposedHeaders', NO_WILDCARD),
      ...(maxAgeSeconds !== undefined && { maxAgeSeconds }),
    };
    rule.ignore('Id').done();
    return read;
  });
  if (rules.length === 0) {
    throw configuration.error('CorsRules', 'must have a rule');
  }
  configuration.done();
  return rules;
}

function atLeastOne(rule: Fields, name: string, valid: RegExp): readonly string[] {
  const values = texts(rule, name, valid);
  if (values.length === 0) {
    throw rule.error(name, 'must not be empty');
  }
  return values;
}

function texts(rule: Fields, name: string, valid: RegExp): readonly string[] {
  return rule.list(name).map((value) => {
    if (typeof value !== 'string' || !valid.test(value)) {
      throw rule.error(name, `S3 does not accept ${JSON.stringify(value)}`);
    }
    return value;
  });
}

/**
 * Responds to a preflight request, which is never signed. Errors are those that S3 has been observed to return.
 *
 * @param rules of the bucket; `undefined` if it has none
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/RESTOPTIONSobject.html
 */
export function preflight(
  target: S3Target,
  bucket: { readonly cors?: readonly CorsRule[] } | undefined,
): S3Reply | S3Failure {
  const { headers, key } = target;
  const { origin, 'access-control-request-method': method } = headers;
  if (origin === undefined) {
    return fail(400, 'BadRequest', 'Insufficient information. Origin request header needed.');
  }
  if (bucket?.cors === undefined) {
    const problem = bucket === undefined ? 'Bucket not found' : 'CORS is not enabled for this bucket.';
    return forbidden(problem, method ?? 'OPTIONS', 'BUCKET');
  }
  if (method === undefined || !METHOD.test(method)) {
    return fail(400, 'BadRequest', `Invalid Access-Control-Request-Method: ${method ?? null}`);
  }
  const allowed = corsHeaders(target, bucket.cors);
  return allowed === undefined
    ? forbidden(NOT_ALLOWED, method, key === '' ? 'BUCKET' : 'OBJECT')
    : { status: 200, headers: { ...allowed, 'content-length': '0' } };
}

/** Spelled as S3 spells it. */
const NOT_ALLOWED =
  'This CORS request is not allowed. This is usually because the evalution of Origin, request method / ' +
  "Access-Control-Request-Method or Access-Control-Request-Headers are not whitelisted by the resource's CORS spec.";

function forbidden(problem: string, method: string, resourceType: 'BUCKET' | 'OBJECT'): S3Failure {
  const details = { Method: method, ResourceType: resourceType };
  return fail(403, 'AccessForbidden', `CORSResponse: ${problem}`, { details });
}

/**
 * Headers that let a page of another origin read a response, whether it is a success or an error.
 *
 * @returns `undefined` if the request has no `Origin`, or no rule allows it
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/cors.html (How does Amazon S3 evaluate the CORS configuration)
 */
export function corsHeaders(
  { method, headers }: S3Target,
  rules: readonly CorsRule[] = [],
): Readonly<Record<string, string>> | undefined {
  const { origin } = headers;
  if (origin === undefined) {
    return undefined;
  }
  // S3 evaluates these two headers in any request, not only in preflight requests.
  const asked = headers['access-control-request-method'] ?? method;
  const askedHeaders = splitNames(headers['access-control-request-headers']);
  const rule = rules.find(
    ({ allowedMethods, allowedOrigins, allowedHeaders }) =>
      allowedMethods.includes(asked) &&
      allowedOrigins.some((pattern) => matches(pattern, origin)) &&
      askedHeaders.every((name) => allowedHeaders.some((pattern) => matches(pattern.toLowerCase(), name))),
  );
  if (rule === undefined) {
    return undefined;
  }
  const { allowedMethods, allowedOrigins, exposedHeaders, maxAgeSeconds } = rule;
  const isPublic = allowedOrigins.find((pattern) => matches(pattern, origin)) === '*';
  return {
    'access-control-allow-origin': isPublic ? '*' : origin,
    ...(!isPublic && { 'access-control-allow-credentials': 'true' }),
    'access-control-allow-methods': allowedMethods.join(', '),
    ...(askedHeaders.length > 0 && { 'access-control-allow-headers': askedHeaders.join(', ') }),
    ...(exposedHeaders.length > 0 && { 'access-control-expose-headers': exposedHeaders.join(', ') }),
    ...(maxAgeSeconds !== undefined && { 'access-control-max-age': String(maxAgeSeconds) }),
    vary: 'Origin, Access-Control-Request-Headers, Access-Control-Request-Method',
  };
}

function splitNames(list = ''): readonly string[] {
  const names = list.split(',').map((name) => name.trim().toLowerCase());
  return names.filter((name) => name !== '');
}

/** Whether a text matches a pattern with at most one `*`. */
function matches(pattern: string, text: string): boolean {
  const [start = '', end] = pattern.split('*');
  return end === undefined
    ? text === start
    : text.length >= start.length + end.length && text.startsWith(start) && text.endsWith(end);
}
