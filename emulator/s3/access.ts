import { createHash } from 'node:crypto';
import { type CallContext, decide, describeDenial, isAllowed } from '../iam/policy';
import type { Principal } from '../iam/principal';
import { type SignatureError, verifyPresignedUrl, verifySignature } from '../iam/sigv4';
import { LOCAL_ACCOUNT } from '../template/template';
import type { AccessOptions, S3Context } from './context';
import { headerText } from './receive-body';
import { fail, type S3Failure } from './reply';
import type { S3Target } from './target';

const EMPTY_HASH = createHash('sha256').digest('hex');

/** S3's message for a denial that must not reveal the reason. */
export const ACCESS_DENIED = fail(403, 'AccessDenied', 'Access Denied');

/**
 * Verifies the `Authorization` header or the presigned URL. Refuses anonymous access.
 *
 * Runs before the body of a PUT or POST arrives, so it verifies the signature with the declared body hash. Check the
 * body against that hash with `checkDeclaredHash`.
 */
export function authenticate(target: S3Target, options: AccessOptions): Principal | S3Failure {
  const presigned = isPresigned(target);
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

/** Whether a request is neither presigned nor signed in its `Authorization` header. */
export function isAnonymous(target: S3Target): boolean {
  return !isPresigned(target) && target.headers.authorization === undefined;
}

/** Checks the policies of the bucket and of the caller, and reports the call if it is allowed. */
export function authorize(context: S3Context, action: string, resource: string): S3Failure | undefined {
  const { principal, options } = context;
  const keys = conditionKeys(context);
  if (decide(context.bucket.denials ?? [], action, resource, keys) === 'explicit-deny') {
    const message = describeDenial('explicit-deny', principal.arn, action, resource, 'resource');
    return { ...ACCESS_DENIED, message };
  }
  const decision = decide(principal.statements, action, resource, keys);
  if (decision !== 'allow') {
    return { ...ACCESS_DENIED, message: describeDenial(decision, principal.arn, action, resource) };
  }
  options.onCall?.({ principalArn: principal.arn, action, resource });
  return undefined;
}

/**
 * Refuses a request that expects the bucket to have a different owner.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-owner-condition.html
 */
export function refuseOtherOwner({ target, bucket }: S3Context): S3Failure | undefined {
  const { account = LOCAL_ACCOUNT } = bucket;
  const expected = target.headers['x-amz-expected-bucket-owner'];
  return expected === undefined || expected === account ? undefined : ACCESS_DENIED;
}

/**
 * Turns "not found" into "access denied" for callers without permission to list the bucket.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html (Permissions)
 */
export function hideUnlessLister(failure: S3Failure, context: S3Context): S3Failure {
  const { principal, bucket } = context;
  const mayList = isAllowed(principal.statements, 's3:ListBucket', bucket.arn, conditionKeys(context));
  return mayList ? failure : ACCESS_DENIED;
}

/**
 * Condition keys of a call. `s3:prefix` is set only if ListObjectsV2 has a prefix. S3 calls KMS with the object's ARN as
 * the encryption context, because the buckets do not use S3 Bucket Keys.
 */
function conditionKeys({ bucket, target, createsObject, options }: S3Context): CallContext {
  const { account = LOCAL_ACCOUNT, region = options.region } = bucket;
  const prefix = target.query.has('list-type') ? target.query.get('prefix') : undefined;
  const ifNoneMatch = createsObject === true ? headerText(target.headers, 'if-none-match') : undefined;
  return {
    's3:ResourceAccount': account,
    ...(createsObject !== undefined && { 's3:ObjectCreationOperation': String(createsObject) }),
    ...(ifNoneMatch !== undefined && { 's3:if-none-match': ifNoneMatch }),
    ...(prefix !== undefined && { 's3:prefix': prefix }),
    'kms:ViaService': `s3.${region}.amazonaws.com`,
    'kms:EncryptionContext:aws:s3:arn': `${bucket.arn}/${target.key}`,
  };
}

function isPresigned({ query }: S3Target): boolean {
  return query.has('X-Amz-Signature');
}

function declaredHash({ method, headers }: S3Target): string {
  const declared = headers['x-amz-content-sha256'];
  return (method === 'PUT' || method === 'POST') && typeof declared === 'string' ? declared : EMPTY_HASH;
}

function signatureFailure({ reason, message }: SignatureError, presigned: boolean): S3Failure {
  switch (reason) {
    case 'missing':
      return ACCESS_DENIED;
    case 'malformed':
      return fail(400, presigned ? 'AuthorizationQueryParametersError' : 'AuthorizationHeaderMalformed', message);
    case 'unknown-key':
    // Observed on AWS, not documented: https://github.com/uswitch/kiam/issues/261
    case 'no-token':
      return fail(403, 'InvalidAccessKeyId', message);
    case 'bad-token':
      return fail(400, 'InvalidToken', message);
    case 'expired':
      return fail(403, presigned ? 'AccessDenied' : 'RequestTimeTooSkewed', message);
    case 'unsigned-header':
      return fail(403, 'AccessDenied', message);
    case 'mismatch':
      return fail(403, 'SignatureDoesNotMatch', message);
  }
}
