import { LINK_ID_METADATA } from '../contract';
import type { PresignedUrl, Validity } from '../link/destination';
import type { LinkId } from '../link/nonce';
import type { UploadDeclaration } from '../link/upload-declaration';
import { presign, type SignedObject, type Signer } from './presign';

/** A presigned PUT and the headers that it must have. Its body must have the declared size. */
export interface SignedUpload {
  readonly url: PresignedUrl;
  readonly headers: Readonly<Record<string, string>>;
}

/**
 * Presigns a PUT of exactly the declared file, which S3 accepts only while the key has no object. Makes no request.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html
 */
export async function signUpload(
  object: SignedObject,
  { sizeBytes, contentType, checksum }: UploadDeclaration,
  linkId: LinkId,
  signer: Signer,
  validity: Validity,
): Promise<SignedUpload> {
  const headers = {
    'Content-Type': contentType,
    'If-None-Match': '*',
    [LINK_ID_METADATA]: linkId,
    ...(checksum !== undefined && { 'x-amz-checksum-sha256': checksum }),
  };
  // Clients set the length themselves; scripts in browsers cannot set it.
  const signed = { ...headers, 'Content-Length': String(sizeBytes) };
  const request = { method: 'PUT', query: { 'x-id': 'PutObject' }, headers: signed } as const;
  return { url: await presign(object, request, linkId, signer, validity), headers };
}
