import { createHash } from 'node:crypto';
import type { PolicyStatement } from './policy';

/** Who may call the emulator, and what the template lets them do. Keyed by access key id wherever it is looked up. */
export interface Principal {
  /** ARN that refusals and `created_by` show. */
  readonly arn: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** Present for the keys of function roles: every request must then carry it, as with temporary credentials. */
  readonly sessionToken?: string;
  readonly statements: readonly PolicyStatement[];
}

/**
 * The id that IAM has of somebody: a user's own, or a role's with the name of the session behind it.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-unique-ids
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

/** The account that somebody is of. */
export function accountOf({ arn }: Pick<Principal, 'arn'>): string {
  const [, , , , account = ''] = arn.split(':');
  return account;
}

/** One call to a local AWS service that was let through, as CloudTrail would show it. */
export interface AwsCall {
  /** Also the name of a service. */
  readonly principalArn: string;
  /** IAM action, for example `dynamodb:DeleteItem`. */
  readonly action: string;
  /** ARN that the action was checked against. */
  readonly resource: string;
}

/** A local AWS service that listens on 127.0.0.1. */
export interface LocalService {
  /** For example `http://127.0.0.1:4581`. */
  readonly endpoint: string;
  /** Ends open connections, stops listening, releases files. */
  close(): Promise<void>;
}
