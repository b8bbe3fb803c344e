import { createHash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Principal } from './principal';
import { type SignatureError, type VerifyOptions, verifySignature } from './sigv4';

/** The signer of a request, or the error of a service with a JSON protocol. */
export type JsonRequestVerdict =
  | { readonly ok: true; readonly principal: Principal }
  | { readonly ok: false; readonly type: string; readonly message: string };

/** Error types of services with a JSON protocol, such as DynamoDB and EventBridge. */
const ERROR_TYPES: Readonly<Record<SignatureError['reason'], string>> = {
  missing: 'MissingAuthenticationTokenException',
  malformed: 'IncompleteSignatureException',
  'unknown-key': 'UnrecognizedClientException',
  'no-token': 'UnrecognizedClientException',
  'bad-token': 'UnrecognizedClientException',
  expired: 'InvalidSignatureException',
  mismatch: 'InvalidSignatureException',
};

/** Verifies the signature of a request to a service with a JSON protocol. */
export function verifyJsonRequest(
  { method = '', url = '', rawHeaders }: IncomingMessage,
  body: Buffer,
  options: VerifyOptions,
): JsonRequestVerdict {
  const [rawPath = '', ...rawQuery] = url.split('?');
  const payloadHash = createHash('sha256').update(body).digest('hex');
  const verdict = verifySignature({ method, rawPath, rawQuery: rawQuery.join('?'), rawHeaders, payloadHash }, options);
  return verdict.ok ? verdict : { ok: false, type: ERROR_TYPES[verdict.reason], message: verdict.message };
}
