import { createHmac, randomBytes } from 'node:crypto';
import { LOCAL_EMULATOR } from '../lambda/contract';

/** Creates the token by which clients recognize one run of the emulator. */
export function createIdentityToken(): string {
  return randomBytes(32).toString('base64url');
}

/**
 * Responds to a request for a proof of identity.
 *
 * @param url path and query of the request
 * @returns the proof; `undefined` for any other request
 */
export function proveIdentity(token: string, url = ''): string | undefined {
  const [path, query] = url.split('?');
  const challenge = new URLSearchParams(query).get('challenge');
  return path === LOCAL_EMULATOR.identityPath && challenge !== null
    ? createHmac('sha256', token).update(challenge).digest('base64url')
    : undefined;
}
