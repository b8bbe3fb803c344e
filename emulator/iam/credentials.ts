import { createHash } from 'node:crypto';
import { LOCAL_EMULATOR } from '../../lambda/contract';
import { LOCAL_ACCOUNT } from '../template/template';
import type { PolicyStatement } from './policy';
import type { Principal } from './principal';

/** The default caller. Its access key is printed at the start and is valid only for the emulator. */
export const LOCAL_CALLER: Principal = {
  arn: `arn:aws:iam::${LOCAL_ACCOUNT}:user/local-caller`,
  accessKeyId: LOCAL_EMULATOR.accessKeyId,
  secretAccessKey: LOCAL_EMULATOR.secretAccessKey,
  statements: [{ effect: 'Allow', actions: ['*'], resources: ['*'] }],
};

/** Typical length of session tokens of Lambda roles. Presigned URLs contain the token, so it determines their size. */
const SESSION_TOKEN_LENGTH = 1100;

/**
 * Returns temporary credentials of a function's role. They are derived from the role ARN and the session name, so
 * presigned URLs stay valid after a restart, without a secret on disk.
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
