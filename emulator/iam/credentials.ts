import { createHash } from 'node:crypto';
import { LOCAL_EMULATOR } from '../../lambda/contract';
import { LOCAL_ACCOUNT } from '../template/template';
import type { PolicyStatement } from './policy';
import type { Principal } from './principal';

/** The default caller. Its key is printed at start and is valid for the emulator only. */
export const LOCAL_CALLER: Principal = {
  arn: `arn:aws:iam::${LOCAL_ACCOUNT}:user/local-caller`,
  accessKeyId: LOCAL_EMULATOR.accessKeyId,
  secretAccessKey: LOCAL_EMULATOR.secretAccessKey,
  statements: [{ effect: 'Allow', actions: ['*'], resources: ['*'] }],
};

/** Observed length of session tokens of Lambda roles. Presigned URLs carry them, so it decides their size. */
const SESSION_TOKEN_LENGTH = 1100;

/**
 * Temporary credentials of a function's role. They are derived from the role ARN and the session name, so that a URL
 * presigned before a restart stays valid, with no secret on disk.
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
