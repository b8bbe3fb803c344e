import { createHmac, timingSafeEqual } from 'node:crypto';
import {
  ALGORITHM,
  type CanonicalParts,
  canonicalRequest,
  groupHeaders,
  type HeaderValues,
  isMalformed,
  joinedHeader,
  parseQuery,
  type QueryPairs,
  signingKey,
  stringToSign,
  TERMINATOR,
} from './canonical-request';
import type { Principal } from './principal';

/** Payload hash of a request with an unsigned body. Only S3 accepts it. */
const UNSIGNED_PAYLOAD = 'UNSIGNED-PAYLOAD';
/** Maximum lifetime of a presigned URL: seven days. */
const MAX_EXPIRES_SECONDS = 604_800;
/** Clock skew allowed by S3 (`RequestTimeTooSkewed`). */
const S3_SKEW_SECONDS = 900;
/** Clock skew allowed by other services. */
const SKEW_SECONDS = 300;
const MALFORMED_QUERY = refuse('malformed', 'The query string contains a malformed percent-encoding');
const SIGNATURE = /^[0-9a-f]{64}$/;
const AUTHORIZATION =
  /^AWS4-HMAC-SHA256 Credential=(?<credential>[^ ,]+), ?SignedHeaders=(?<signedHeaders>[^ ,]+), ?Signature=(?<signature>[^ ,]+)$/;
const REQUIRED_PARAMETERS = [
  'X-Amz-Algorithm',
  'X-Amz-Credential',
  'X-Amz-Date',
  'X-Amz-Expires',
  'X-Amz-SignedHeaders',
  'X-Amz-Signature',
] as const;

/** A request as received, before any decoding. */
export interface SignedRequest {
  readonly method: string;
  /** Path before the `?`. */
  readonly rawPath: string;
  /** Query string after the `?`; empty if there is none. */
  readonly rawQuery: string;
  /** As in `IncomingMessage.rawHeaders`: alternating names and values, duplicates included. */
  readonly rawHeaders: readonly string[];
  /** SHA-256 of the received body, in lower-case hex. */
  readonly payloadHash: string;
}

/** How to verify a signature. */
export interface VerifyOptions {
  /** Service in the credential scope, for example `execute-api`. */
  readonly service: string;
  readonly region: string;
  readonly now: Date;
  /** Principals by access key ID. */
  readonly principals: ReadonlyMap<string, Principal>;
}

/** The signer, or why the signature is refused. Messages contain no secret, token or signature. */
export type SignatureVerdict =
  | { readonly ok: true; readonly principal: Principal }
  | {
      readonly ok: false;
      readonly reason:
        | 'missing'
        | 'malformed'
        | 'unknown-key'
        | 'no-token'
        | 'bad-token'
        | 'expired'
        | 'unsigned-header'
        | 'mismatch';
      readonly message: string;
    };

/** A refused signature. */
export type SignatureError = Extract<SignatureVerdict, { ok: false }>;

/** The signature parameters of a request, from its `Authorization` header or its query. */
interface Claim {
  readonly credential: string;
  readonly signedHeaders: readonly string[];
  readonly signature: string;
  readonly timestamp: string;
  readonly sessionToken: string | undefined;
  /** Presigned URLs only. */
  readonly expiresInSeconds?: number;
}

/**
 * Verifies the `Authorization` header of a request by computing its signature.
 *
 * Stricter than the specification in one respect: all services require every `x-amz-*` header to be signed, as S3 does.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 */
export function verifySignature(request: SignedRequest, options: VerifyOptions): SignatureVerdict {
  const headers = groupHeaders(request.rawHeaders);
  const claim = readAuthorization(headers);
  if ('reason' in claim) {
    return claim;
  }
  const query = parseQuery(request.rawQuery);
  if (query === undefined) {
    return MALFORMED_QUERY;
  }
  const declaredHash = joinedHeader(headers, 'x-amz-content-sha256');
  const unsigned = options.service === 's3' && declaredHash === UNSIGNED_PAYLOAD;
  if (options.service === 's3' && declaredHash === undefined) {
    return refuse('malformed', 'Missing required header for this request: x-amz-content-sha256');
  }
  if (declaredHash !== undefined && declaredHash !== request.payloadHash && !unsigned) {
    return refuse('mismatch', 'The x-amz-content-sha256 header does not match the hash of the body');
  }
  const payloadHash = unsigned ? UNSIGNED_PAYLOAD : request.payloadHash;
  return verifyClaim(claim, { ...request, service: options.service, query, headers, payloadHash }, options);
}

/**
 * Verifies an S3 presigned URL (signature parameters in the query).
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html
 */
export function verifyPresignedUrl(
  request: Omit<SignedRequest, 'payloadHash'>,
  options: VerifyOptions,
): SignatureVerdict {
  const pairs = parseQuery(request.rawQuery);
  if (pairs === undefined) {
    return MALFORMED_QUERY;
  }
  const claim = readQueryClaim(pairs);
  if ('reason' in claim) {
    return claim;
  }
  const query = pairs.filter(([name]) => name !== 'X-Amz-Signature');
  const headers = groupHeaders(request.rawHeaders);
  const { service } = options;
  return verifyClaim(claim, { ...request, service, query, headers, payloadHash: UNSIGNED_PAYLOAD }, options);
}

function verifyClaim(
  claim: Claim,
  parts: Omit<CanonicalParts, 'signedHeaders'>,
  options: VerifyOptions,
): SignatureVerdict {
  if (isMalformed(parts.rawPath)) {
    return refuse('malformed', 'The path contains a malformed percent-encoding');
  }
  const fault = checkSignedHeaders(claim.signedHeaders, parts.headers) ?? checkTime(claim, options);
  if (fault !== undefined) {
    return fault;
  }

  const [accessKeyId = '', ...scope] = claim.credential.split('/');
  const date = claim.timestamp.slice(0, 8);
  const expectedScope = [date, options.region, options.service, TERMINATOR];
  if (scope.join('/') !== expectedScope.join('/')) {
    return refuse('malformed', `The credential scope must be ${expectedScope.join('/')}`);
  }
  const principal = options.principals.get(accessKeyId);
  if (principal === undefined) {
    return refuse('unknown-key', 'The access key ID does not exist');
  }
  if (claim.sessionToken === undefined && principal.sessionToken !== undefined) {
    return refuse('no-token', 'The access key ID does not exist, or is temporary and needs its session token');
  }
  if (!equals(claim.sessionToken ?? '', principal.sessionToken ?? '')) {
    return refuse('bad-token', 'The security token included in the request is invalid');
  }
  const key = signingKey(principal.secretAccessKey, date, options.region, options.service);
  const canonical = canonicalRequest({ ...parts, signedHeaders: claim.signedHeaders });
  const toSign = stringToSign(claim.timestamp, expectedScope.join('/'), canonical);
  const expected = createHmac('sha256', key).update(toSign).digest('hex');
  // AWS accepts lower-case hex only.
  if (!SIGNATURE.test(claim.signature) || !equals(claim.signature, expected)) {
    return refuse('mismatch', 'The request signature we calculated does not match the signature you provided');
  }
  return { ok: true, principal };
}

function readAuthorization(headers: HeaderValues): Claim | SignatureError {
  const [authorization, ...others] = headers.get('authorization') ?? [];
  if (authorization === undefined) {
    return refuse('missing', 'Request is missing Authentication Token');
  }
  const fields = AUTHORIZATION.exec(authorization)?.groups;
  if (fields === undefined || others.length > 0) {
    return refuse(
      'malformed',
      `Expected one Authorization header: ${ALGORITHM} Credential=…, SignedHeaders=…, Signature=…`,
    );
  }
  return {
    credential: fields['credential'] ?? '',
    signedHeaders: (fields['signedHeaders'] ?? '').split(';'),
    signature: fields['signature'] ?? '',
    timestamp: joinedHeader(headers, 'x-amz-date') ?? '',
    sessionToken: joinedHeader(headers, 'x-amz-security-token'),
  };
}

function readQueryClaim(query: QueryPairs): Claim | SignatureError {
  const all = (name: string): readonly string[] => query.filter((pair) => pair[0] === name).map((pair) => pair[1]);
  if (all('X-Amz-Signature').length === 0) {
    return refuse('missing', 'Request is missing Authentication Token');
  }
  const faulty = REQUIRED_PARAMETERS.find((name) => all(name).length !== 1);
  if (faulty !== undefined) {
    return refuse('malformed', `A presigned URL must contain ${faulty} exactly once`);
  }
  const [algorithm, credential, timestamp, expires, signedHeaders, signature] = REQUIRED_PARAMETERS.map(
    (name) => all(name)[0] ?? '',
  );
  const tokens = all('X-Amz-Security-Token');
  const expiresInSeconds = /^\d{1,6}$/.test(expires ?? '') ? Number(expires) : 0;
  if (algorithm !== ALGORITHM) {
    return refuse('malformed', `X-Amz-Algorithm must be ${ALGORITHM}`);
  }
  if (tokens.length > 1) {
    return refuse('malformed', 'A presigned URL must contain X-Amz-Security-Token at most once');
  }
  if (expiresInSeconds < 1 || expiresInSeconds > MAX_EXPIRES_SECONDS) {
    return refuse('malformed', `X-Amz-Expires must be between 1 and ${MAX_EXPIRES_SECONDS} seconds`);
  }
  if (all('X-Amz-Content-Sha256').some((hash) => hash !== UNSIGNED_PAYLOAD)) {
    return refuse('malformed', `X-Amz-Content-Sha256 of a presigned URL must be ${UNSIGNED_PAYLOAD}`);
  }
  return {
    credential: credential ?? '',
    signedHeaders: (signedHeaders ?? '').split(';'),
    signature: signature ?? '',
    timestamp: timestamp ?? '',
    sessionToken: tokens[0],
    expiresInSeconds,
  };
}

function checkSignedHeaders(signedHeaders: readonly string[], headers: HeaderValues): SignatureError | undefined {
  const inOrder = signedHeaders.every(
    (name, index) => name === name.toLowerCase() && name > (signedHeaders[index - 1] ?? ''),
  );
  if (!inOrder) {
    return refuse('malformed', 'SignedHeaders must be lower-case, sorted and unique');
  }
  if (!signedHeaders.includes('host')) {
    return refuse('malformed', "'Host' must be a 'SignedHeader'");
  }
  if (headers.get('host')?.length !== 1) {
    return refuse('malformed', 'There must be exactly one Host header');
  }
  const absent = signedHeaders.find((name) => !headers.has(name));
  if (absent !== undefined) {
    return refuse('mismatch', `The signed header ${absent} is not in the request`);
  }
  const unsigned = [...headers.keys()].find((name) => name.startsWith('x-amz-') && !signedHeaders.includes(name));
  return unsigned === undefined
    ? undefined
    : refuse('unsigned-header', `There were headers present in the request which were not signed: ${unsigned}`);
}

function checkTime(claim: Claim, { now, service }: VerifyOptions): SignatureError | undefined {
  const signedAt = parseTimestamp(claim.timestamp);
  if (signedAt === undefined) {
    return refuse('malformed', 'X-Amz-Date must be in the ISO 8601 basic format');
  }
  const skewSeconds = service === 's3' ? S3_SKEW_SECONDS : SKEW_SECONDS;
  const ageSeconds = (now.getTime() - signedAt.getTime()) / 1000;
  if (ageSeconds < -skewSeconds) {
    return refuse('expired', 'The signature is not valid yet');
  }
  if (ageSeconds > (claim.expiresInSeconds ?? skewSeconds)) {
    return refuse('expired', 'Request has expired');
  }
  return undefined;
}

function parseTimestamp(timestamp: string): Date | undefined {
  const iso = timestamp.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6.000Z');
  const date = new Date(iso);
  return iso !== timestamp && !Number.isNaN(date.getTime()) ? date : undefined;
}

function equals(a: string, b: string): boolean {
  const [bytesA, bytesB] = [Buffer.from(a), Buffer.from(b)];
  return bytesA.length === bytesB.length && timingSafeEqual(bytesA, bytesB);
}

function refuse(reason: SignatureError['reason'], message: string): SignatureError {
  return { ok: false, reason, message };
}
