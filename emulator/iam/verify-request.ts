import { createHash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { type SignatureVerdict, type VerifyOptions, verifySignature } from './sigv4';

/** Verifies the `Authorization` header, which signs the whole body. */
export function verifyRequest(
  { method = '', url = '', rawHeaders }: IncomingMessage,
  body: Buffer,
  options: VerifyOptions,
): SignatureVerdict {
  const [rawPath = '', ...rawQuery] = url.split('?');
  const payloadHash = createHash('sha256').update(body).digest('hex');
  return verifySignature({ method, rawPath, rawQuery: rawQuery.join('?'), rawHeaders, payloadHash }, options);
}
