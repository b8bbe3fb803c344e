import { responseOverrides } from '../link/content-disposition';
import type { ObjectAddress, PresignedUrl, Validity } from '../link/destination';
import type { LinkId } from '../link/nonce';
import { presign, type Signer } from './presign';

/** Presigns a GET of an object. Makes no request. */
export async function signDownload(
  object: ObjectAddress,
  linkId: LinkId,
  signer: Signer,
  validity: Validity,
): Promise<PresignedUrl> {
  const { versionId } = object;
  const query = {
    'x-id': 'GetObject',
    ...(versionId !== undefined && { versionId }),
    ...responseOverrides(object),
  };
  return await presign(object, { method: 'GET', query, headers: {} }, linkId, signer, validity);
}
