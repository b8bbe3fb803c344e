import { Arn, ArnFormat } from 'aws-cdk-lib';
import { RegionInfo } from 'aws-cdk-lib/region-info';
import { type Parser, text } from './parsers';

const REGION = String.raw`[a-z]{2,4}(?:-[a-z]{2,5})?-(?:(?:north|south)(?:east|west)?|east|west|central)-\d{1,2}`;

/** Code of a Region. The pattern, unlike the list in the CDK, includes future Regions. */
export const region = text(new RegExp(`^${REGION}$`), 'the code of a Region', 'eu-west-1');

/** An alias is refused: a policy that names one allows nothing. */
export const kmsKeyArn = regionalArn('kms', 'key/', 'a KMS key');
export const certificateArn = regionalArn('acm', 'certificate/', 'an ACM certificate');
export const webAclArn = regionalArn('wafv2', 'regional/webacl/', 'a web ACL of AWS WAF with the scope REGIONAL');

/** Policies are attached by name: the ARN of a user would attach one to the role of the same name. */
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

/** Account and Region in an ARN; those of IAM have no Region. */
export function placeOf(arn: string): { readonly account: string | undefined; readonly region: string | undefined } {
  const { account, region } = Arn.split(arn, ArnFormat.SLASH_RESOURCE_NAME);
  return { account, region: region || undefined };
}

/** Partition of a Region; `aws` if this version of the CDK does not know the Region. */
export function partitionOf(code: string): string {
  return RegionInfo.get(code).partition ?? 'aws';
}
