import type { IncomingMessage } from 'node:http';
import type { Principal } from './principal';
import type { SignatureError, VerifyOptions } from './sigv4';
import { verifyRequest } from './verify-request';

/** The signer of a request, or a JSON error. */
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
  'unsigned-header': 'InvalidSignatureException',
  mismatch: 'InvalidSignatureException',
};

/** Verifies the signature of a request to a service with a JSON protocol. */
export function verifyJsonRequest(request: IncomingMessage, body: Buffer, options: VerifyOptions): JsonRequestVerdict {
  const verdict = verifyRequest(request, body, options);
  return verdict.ok ? verdict : { ok: false, type: ERROR_TYPES[verdict.reason], message: verdict.message };
}
