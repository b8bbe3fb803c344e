import { createHash } from 'node:crypto';
import { type CallContext, decide, describeDenial, isAllowed } from '../iam/policy';
import type { AwsCall, Principal } from '../iam/principal';
import { type SignatureRefusal, verifyPresignedUrl, verifySignature } from '../iam/sigv4';
import { LOCAL_ACCOUNT } from '../template/template';
import { fail, type S3Failure } from './reply';
import type { S3Target } from './request';

/** A bucket: of the template, or one that is there beside it. */
export interface LocalBucket {
  readonly name: string;
  readonly arn: string;
  readonly versioned: boolean;
  /** Requests for the bucket are signed for it. @default - the region of the server */
  readonly region?: string;
  /** Whose it is. @default - the account of the emulator */
  readonly account?: string;
  /** Key that all objects are encrypted with: who reads one must be allowed to use it. @default - none */
  readonly kmsKeyArn?: string;
}

/** What {@link authenticate} checks against. */
export interface AccessOptions {
  readonly region: string;
  /** Looked up at each request: it may be filled after the start. */
  readonly principals: ReadonlyMap<string, Principal>;
  readonly now: () => Date;
  readonly onCall?: (call: AwsCall) => void;
}

const EMPTY_HASH = createHash('sha256').digest('hex');

/** The words of a bare refusal, which tells a stranger nothing. */
export const ACCESS_DENIED = fail(403, 'AccessDenied', 'Access Denied');

/**
 * Finds out who asks, from the `Authorization` header or from a presigned URL. Nobody reads a bucket anonymously.
 *
 * The body of a PUT or POST has not arrived yet: its signature is checked over the hash that it declares, and whoever reads
 * it must hold the body to that hash.
 */
export function authenticate(target: S3Target, options: AccessOptions): Principal | S3Failure {
  const presigned = target.query.has('X-Amz-Signature');
  if (presigned && target.headers.authorization !== undefined) {
    return fail(400, 'InvalidArgument', 'Only one auth mechanism allowed: a presigned URL or the Authorization header');
  }
  const { region, principals } = options;
  const expected = { service: 's3', region, principals, now: options.now() };
  const verdict = presigned
    ? verifyPresignedUrl(target, expected)
    : verifySignature({ ...target, payloadHash: declaredHash(target) }, expected);
  return verdict.ok ? verdict.principal : signatureFailure(verdict, presigned);
}

/** Asks the caller's policy, and reports the call if it passes. */
export function authorize(
  principal: Principal,
  action: string,
  resource: string,
  bucket: LocalBucket,
  options: AccessOptions,
): S3Failure | undefined {
  const decision = decide(principal.statements, action, resource, contextOf(bucket, options));
  if (decision !== 'allow') {
    return { ...ACCESS_DENIED, message: describeDenial(decision, principal.arn, action, resource) };
  }
  options.onCall?.({ principalArn: principal.arn, action, resource });
  return undefined;
}

/**
 * What a caller hears of an object that is not there: only who may list the bucket may learn that.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html (Permissions)
 */
export function hideUnlessLister(
  failure: S3Failure,
  principal: Principal,
  bucket: LocalBucket,
  options: AccessOptions,
): S3Failure {
  const mayList = isAllowed(principal.statements, 's3:ListBucket', bucket.arn, contextOf(bucket, options));
  return mayList ? failure : ACCESS_DENIED;
}

/** What policies may ask of a call about a bucket; of KMS, S3 asks in its own name. */
function contextOf({ account = LOCAL_ACCOUNT, region }: LocalBucket, options: AccessOptions): CallContext {
  return {
    's3:ResourceAccount': account,
    'kms:ViaService': `s3.${region ?? options.region}.amazonaws.com`,
  };
}

function declaredHash({ method, headers }: S3Target): string {
  const declared = headers['x-amz-content-sha256'];
  return (method === 'PUT' || method === 'POST') && typeof declared === 'string' ? declared : EMPTY_HASH;
}

function signatureFailure({ reason, message }: SignatureRefusal, presigned: boolean): S3Failure {
  switch (reason) {
    case 'missing':
      return ACCESS_DENIED;
    case 'malformed':
      return fail(400, presigned ? 'AuthorizationQueryParametersError' : 'AuthorizationHeaderMalformed', message);
    case 'unknown-key':
      return fail(403, 'InvalidAccessKeyId', message);
    case 'bad-token':
      return fail(400, 'InvalidToken', message);
    case 'expired':
      return fail(403, presigned ? 'AccessDenied' : 'RequestTimeTooSkewed', message);
    case 'mismatch':
      return fail(403, 'SignatureDoesNotMatch', message);
  }
}
