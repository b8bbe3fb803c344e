import { S3Client } from '@aws-sdk/client-s3';
import { CLIENT_SETTINGS } from './client-settings';

const clients = new Map<string, S3Client>();

/** The S3 client of a region, made when it is first needed: a bucket answers in its own region only. */
export function s3ClientFor(region: string): S3Client {
  const known = clients.get(region);
  if (known !== undefined) {
    return known;
  }
  const client = new S3Client({
    ...CLIENT_SETTINGS,
    region,
    // The one byte that is asked for is thrown away: there is nothing to check a checksum of.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
  });
  clients.set(region, client);
  return client;
}
