import { createHash } from 'node:crypto';
import { LOCAL_EMULATOR } from '../../lambda/contract';
import { LOCAL_ACCOUNT } from '../template/template';
import type { PolicyStatement } from './policy';
import type { Principal } from './principal';

/** The caller that everybody on this machine may be: its key is printed at start, and is worth nothing anywhere else. */
export const LOCAL_CALLER: Principal = {
  arn: `arn:aws:iam::${LOCAL_ACCOUNT}:user/local-caller`,
  accessKeyId: LOCAL_EMULATOR.accessKeyId,
  secretAccessKey: LOCAL_EMULATOR.secretAccessKey,
  statements: [{ effect: 'Allow', actions: ['*'], resources: ['*'] }],
};

/** Session tokens of Lambda roles are about this long; presigned URLs carry them, so sizes are honest. */
const SESSION_TOKEN_LENGTH = 1100;

/**
 * Credentials that a function calls with, as Lambda would hand them out for its role. They follow from the role's ARN and
 * the name of its session, so that a URL signed before a restart still holds after it, with no secret on disk.
 */
export function roleCredentials(
  roleArn: string,
  functionName: string,
  statements: readonly PolicyStatement[],
  session = '',
): Principal {
  const source = `${roleArn}${session}`;
  const roleName = roleArn.split('/').at(-1) ?? roleArn;
  return {
    arn: `arn:aws:sts::${LOCAL_ACCOUNT}:assumed-role/${roleName}/${functionName}`,
    accessKeyId: `ASIA${derive(`${source} key`, 'hex', 16).toUpperCase()}`,
    secretAccessKey: derive(`${source} secret`, 'base64', 40),
    sessionToken: `IQoJb3JpZ2luX2VjE${derive(`${source} token`, 'base64', SESSION_TOKEN_LENGTH - 17)}`,
    statements,
  };
}

function derive(label: string, encoding: 'hex' | 'base64', length: number): string {
  let text = '';
  for (let block = 0; text.length < length; block++) {
    text += createHash('sha512').update(`local emulator ${label} ${block}`).digest().subarray(0, 48).toString(encoding);
  }
  return text.slice(0, length);
}
