import { S3Client } from '@aws-sdk/client-s3';
import { ShareFailure } from './failure';

/** The region in the address of an API; `undefined` if it is none of API Gateway's own. */
export function regionOfEndpoint(apiEndpoint: string): string | undefined {
  const { hostname } = new URL(apiEndpoint);
  return /\.execute-api\.([a-z0-9-]+)\./.exec(hostname)?.[1];
}

/**
 * The region that whoever calls has set: for this call, in the environment, or in the profile.
 *
 * @throws ShareFailure `RegionUnknown`
 */
export async function chosenRegion(options: { readonly region?: string; readonly profile?: string }): Promise<string> {
  const region = options.region ?? (process.env['AWS_REGION'] || process.env['AWS_DEFAULT_REGION']);
  if (region) {
    return region;
  }
  // The SDK reads the files; it has no function for it that is not internal.
  const client = new S3Client(options.profile === undefined ? {} : { profile: options.profile });
  try {
    return await client.config.region();
  } catch (error) {
    const sentence = 'No AWS region is set: give --region, set AWS_REGION, or try it without AWS: npm start.';
    throw new ShareFailure('RegionUnknown', sentence, { cause: error });
  } finally {
    client.destroy();
  }
}
