import { Arn, ArnFormat } from 'aws-cdk-lib';
import { RegionInfo } from 'aws-cdk-lib/region-info';
import { type Parser, text } from './parsers';

const REGION = String.raw`[a-z]{2,4}(?:-[a-z]{2,5})?-(?:(?:north|south)(?:east|west)?|east|west|central)-\d{1,2}`;

/** Region code. The regular expression also matches future Regions, which CDK's list does not contain. */
export const region = text(new RegExp(`^${REGION}$`), 'the code of a Region', 'eu-west-1');

/** An alias is rejected, because a policy for an alias ARN allows nothing. */
export const kmsKeyArn = regionalArn('kms', 'key/', 'a KMS key');
export const certificateArn = regionalArn('acm', 'certificate/', 'an ACM certificate');
export const webAclArn = regionalArn('wafv2', 'regional/webacl/', 'a web ACL of AWS WAF with the scope REGIONAL');

/** Policies are attached by name, so the ARN of a user would attach a policy to the role of the same name. */
export const roleArn = text(
  /^arn:aws[a-z-]*:iam::\d{12}:role\/(?:[^\s*]+\/)?[\w+=,.@-]+$/,
  'the ARN of an IAM role',
  'arn:aws:iam::123456789012:role/sharing',
);

function regionalArn(service: string, resource: string, expected: string): Parser<string> {
  return text(
    new RegExp(`^arn:aws[a-z-]*:${service}:${REGION}:\\d{12}:${resource}[^\\s*?$]+$`),
    `the ARN of ${expected}`,
    `arn:aws:${service}:eu-west-1:123456789012:${resource}…`,
  );
}

/** Returns the account and Region of an ARN. IAM ARNs have no Region. */
export function placeOf(arn: string): { readonly account: string | undefined; readonly region: string | undefined } {
  const { account, region } = Arn.split(arn, ArnFormat.SLASH_RESOURCE_NAME);
  return { account, region: region || undefined };
}

/** Returns the partition of a Region; `aws` if this version of CDK does not know the Region. */
export function partitionOf(code: string): string {
  return RegionInfo.get(code).partition ?? 'aws';
}
