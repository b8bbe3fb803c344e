import { S3Client } from '@aws-sdk/client-s3';
import { clientSettings } from './client-settings';

const clients = new Map<string, S3Client>();

/** Returns the S3 client for a Region, created on first use. A bucket can be reached only in its own Region. */
export function s3ClientFor(region: string): S3Client {
  const known = clients.get(region);
  if (known !== undefined) {
    return known;
  }
  const client = new S3Client({
    ...clientSettings(),
    region,
    // Bodies are not read, so there is nothing to verify, and a presigned URL must not request a checksum.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
  });
  clients.set(region, client);
  return client;
}
