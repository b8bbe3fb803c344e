import { Sha256 } from '@aws-crypto/sha256-js';
import { SignatureV4 } from '@smithy/signature-v4';
import type { Credentials } from './credentials';

/** A request to an API behind IAM. */
export interface ApiRequest {
  readonly method: string;
  /** Without a query. */
  readonly url: string;
  /** By lower-case name. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Whose signature it gets, and where and when it holds. */
export interface Signer {
  readonly credentials: Credentials;
  readonly region: string;
  readonly now: Date;
}

/**
 * Signs a request for API Gateway (AWS Signature Version 4, service `execute-api`). Sends nothing.
 *
 * @returns all headers to send
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 */
export async function signRequest(request: ApiRequest, signer: Signer): Promise<Readonly<Record<string, string>>> {
  const { method, body } = request;
  const { protocol, hostname, host, pathname } = new URL(request.url);
  const signature = new SignatureV4({
    service: 'execute-api',
    region: signer.region,
    credentials: signer.credentials,
    sha256: Sha256,
  });
  const signed = await signature.sign(
    {
      method,
      protocol,
      hostname,
      path: pathname,
      headers: { ...request.headers, host },
      body,
    },
    { signingDate: signer.now },
  );
  return signed.headers;
}
