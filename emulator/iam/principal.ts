import { createHash } from 'node:crypto';
import type { PolicyStatement } from './policy';

/** A caller of the emulator: its credentials and its permissions. */
export interface Principal {
  /** Shown in access-denied messages and in `created_by`. */
  readonly arn: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** Set for function roles. Their requests must contain this token, as with all temporary credentials. */
  readonly sessionToken?: string;
  readonly statements: readonly PolicyStatement[];
}

/**
 * Returns the unique ID that IAM assigns to a user, or to a role, followed by the session name.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-unique-ids
 */
export function principalIdOf({ arn }: Pick<Principal, 'arn'>): string {
  const [, role, session] = /:assumed-role\/([^/]+)\/(.+)$/.exec(arn) ?? [];
  const unique = createHash('sha256')
    .update(role ?? arn)
    .digest('hex')
    .slice(0, 17)
    .toUpperCase();
  return session === undefined ? `AIDA${unique}` : `AROA${unique}:${session}`;
}

/** Returns the account of a principal. */
export function accountOf({ arn }: Pick<Principal, 'arn'>): string {
  const [, , , , account = ''] = arn.split(':');
  return account;
}

/** An authorized call to a local AWS service, as CloudTrail would record it. */
export interface AwsCall {
  /** ARN of a principal, or the name of a service. */
  readonly principalArn: string;
  /** IAM action, for example `dynamodb:DeleteItem`. */
  readonly action: string;
  /** ARN that the action was checked against. */
  readonly resource: string;
}
