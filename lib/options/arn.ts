/** An ARN in its parts. https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html */
export interface Arn {
  readonly partition: string;
  readonly service: string;
  /** Empty for services that are everywhere, such as IAM. */
  readonly region: string;
  readonly account: string;
  /** All that comes after the account. */
  readonly resource: string;
}

/** An id as KMS, ACM and WAF draw it. */
export const UUID = '[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}';

/** Reads an ARN; `undefined` if the text is none, or names a region of another partition than its own. */
export function parseArn(value: unknown): Arn | undefined {
  const match =
    typeof value === 'string'
      ? /^arn:(aws[a-z-]*):([a-z0-9-]+):([a-z0-9-]*):(\d{12}|):([^\s*?$]+)$/.exec(value)
      : undefined;
  const [, partition = '', service = '', region = '', account = '', resource = ''] = match ?? [];
  const inPartition = region === '' || (isRegion(region) && partitionOf(region) === partition);
  return match && inPartition ? { partition, service, region, account, resource } : undefined;
}

const REGION = /^[a-z]{2,4}(?:-[a-z]{2,5})?-(?:(?:north|south)(?:east|west)?|east|west|central)-\d{1,2}$/;

/** Whether a text has the form of the code of a region, such as `eu-west-1`. There are new ones every year. */
export function isRegion(value: unknown): value is string {
  return typeof value === 'string' && REGION.test(value);
}

/** What the regions of a partition start with; all others are in `aws`. */
const PARTITIONS: Readonly<Record<string, string>> = {
  'cn-': 'aws-cn',
  'us-gov-': 'aws-us-gov',
  'eusc-': 'aws-eusc',
  'us-iso-': 'aws-iso',
  'us-isob-': 'aws-iso-b',
  'us-isof-': 'aws-iso-f',
  'eu-isoe-': 'aws-iso-e',
};

/** The partition that a region is in: what no role, key or bucket reaches out of. */
export function partitionOf(region: string): string {
  return Object.entries(PARTITIONS).find(([start]) => region.startsWith(start))?.[1] ?? 'aws';
}
