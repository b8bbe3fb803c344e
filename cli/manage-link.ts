import { NONCE_PARAMETER, ROUTE } from '../lambda/contract';
import { linkIdOf, parseLinkId, parseNonce } from '../lambda/link/nonce';
import { callApi, explainApi } from './api';
import { type DeploymentOptions, findLinkApi } from './deployment';
import { CliError } from './errors';
import { formatTime, parseTime, printable } from './format';
import { readFirstLine, STANDARD_INPUT } from './standard-input';
import type { CommandContext } from './terminal';

/** Options of `status` and `revoke`. */
export interface ManageRequest extends DeploymentOptions {
  readonly action: 'status' | 'revoke';
  /** A link ID or a link, or `-` to read it from the first line of standard input. */
  readonly link: string;
  /** Print the whole response. */
  readonly json?: boolean;
}

const NONCE_IN_LINK = new RegExp(
  `^https?://[^?#]+(?:/${ROUTE.accessObject}\\?${NONCE_PARAMETER}=|/${ROUTE.openLink}#)([\\w-]+)$`,
);

/** Reads a link ID, or derives it from a link. @returns `undefined` for any other text */
export function readLinkId(text: string): string | undefined {
  const nonce = parseNonce(NONCE_IN_LINK.exec(text)?.[1]);
  return nonce === undefined ? parseLinkId(text) : linkIdOf(nonce);
}

/** Prints the state of a link, or revokes it. @throws CliError, or the signal's reason */
export async function manageLink(request: ManageRequest, { display, stdin, signal }: CommandContext): Promise<void> {
  const { action, link, json = false } = request;
  if (link === STANDARD_INPUT && stdin.isTTY) {
    display.tell('Paste the link ID or the link, and press Enter.');
  }
  const linkId = readLinkId(link === STANDARD_INPUT ? await readFirstLine(stdin, signal) : link);
  if (linkId === undefined) {
    // The message does not repeat the argument, because it may contain a nonce.
    throw new CliError('Usage', 'That is neither a link ID nor a link: give the link ID, or paste the whole link.');
  }
  const api = await findLinkApi(request, { tell: display.tell, signal });
  display.tell(`Using ${api.description}.`);
  const apiRequest = { method: action === 'revoke' ? 'DELETE' : 'GET', path: `${ROUTE.links}/${linkId}` } as const;
  const response = await callApi(api, apiRequest, signal);
  const { code, status, expires_at, created_by: createdBy } = response.fields;
  if (code === 'RevocationUnknown' || (code === 'LinkNotFound' && action === 'revoke' && response.outcomeUnknown)) {
    const reason = 'a response was lost, so this command revoked it or it was redeemed just before';
    throw new CliError('NotFound', `The link is no longer active: ${reason}.`);
  }
  if (code === 'LinkNotFound') {
    const reason = 'it was redeemed or revoked, has expired, or never existed';
    throw new CliError('NotFound', `The link is not active: ${reason}.`);
  }
  if (action === 'revoke' && response.status === 204) {
    return display.tell('Revoked: the link was never redeemed, and can no longer be.');
  }
  const expiresAt = parseTime(expires_at);
  const isState = status === 'active' && expiresAt !== undefined && typeof createdBy === 'string';
  if (action === 'revoke' || response.status !== 200 || !isState || printable(response.text) !== response.text) {
    throw explainApi(apiRequest, response, api);
  }
  display.tell(`Active until ${formatTime(expiresAt)}. Issued by ${createdBy}.`);
  await display.print(`${json ? response.text : status}\n`);
}
