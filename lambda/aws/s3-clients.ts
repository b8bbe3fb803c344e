import { S3Client } from '@aws-sdk/client-s3';
import { CLIENT_SETTINGS } from './client-settings';

const clients = new Map<string, S3Client>();

/** The S3 client of a region, created on first use: a bucket answers only in its own region. */
export function s3ClientFor(region: string): S3Client {
  const known = clients.get(region);
  if (known !== undefined) {
    return known;
  }
  const client = new S3Client({
    ...CLIENT_SETTINGS,
    region,
    // No body is read, so there is nothing to verify, and a presigned URL must not ask for a checksum.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
  });
  clients.set(region, client);
  return client;
}
