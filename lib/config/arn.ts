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

/** Reads an ARN; `undefined` if the text is none. */
export function parseArn(value: unknown): Arn | undefined {
  const match =
    typeof value === 'string'
      ? /^arn:(aws[a-z-]*):([a-z0-9-]+):([a-z0-9-]*):(\d{12}|):([^\s*?$]+)$/.exec(value)
      : undefined;
  const [, partition = '', service = '', region = '', account = '', resource = ''] = match ?? [];
  return match ? { partition, service, region, account, resource } : undefined;
}

/** Whether a text has the form of the code of a region, such as `eu-west-1`. */
export function isRegion(value: unknown): value is string {
  return typeof value === 'string' && /^[a-z]{2}(?:-[a-z]+){1,2}-\d{1,2}$/.test(value);
}
