import { NONCE_PARAMETER, ROUTE } from '../lambda/contract';
import { linkIdOf, parseLinkId, parseNonce } from '../lambda/link/nonce';
import { type ApiResponse, callApi, explainApi } from './api';
import { type DeploymentOptions, findLinkApi, type LinkApi } from './deployment';
import type { CliError } from './errors';
import { formatTime, parseTime, printable } from './format';
import type { Display } from './terminal';

/** Options of `status` and `revoke`. */
export interface ManageRequest extends DeploymentOptions {
  readonly action: 'status' | 'revoke';
  readonly linkId: string;
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
export async function manageLink(request: ManageRequest, display: Display, signal: AbortSignal): Promise<void> {
  const { action, linkId, json = false } = request;
  const api = await findLinkApi(request, signal);
  const method = action === 'revoke' ? 'DELETE' : 'GET';
  const response = await callApi(api, { method, path: `${ROUTE.links}/${linkId}` }, signal);
  if (action === 'revoke' && response.status === 204) {
    display.tell('Revoked: the link was never redeemed, and can no longer be.');
    return;
  }
  if (action === 'revoke' || response.status !== 200) {
    throw explain(action, response, api);
  }
  const { status, expires_at, created_by: createdBy } = response.fields;
  const expiresAt = parseTime(expires_at);
  const isValid = status === 'open' && expiresAt !== undefined && typeof createdBy === 'string';
  if (!isValid || printable(response.text) !== response.text) {
    throw explainApi(response, api, {});
  }
  display.tell(`Active until ${formatTime(expiresAt)}. Issued by ${createdBy}.`);
  await display.print(`${json ? response.text : status}\n`);
}

function explain(action: ManageRequest['action'], response: ApiResponse, api: LinkApi): CliError {
  const outcomeUnknown =
    'The link is no longer active: a response was lost, so this command revoked it or it was redeemed just before.';
  const inactive = 'The link is not active: it was redeemed or revoked, has expired, or never existed.';
  return explainApi(response, api, {
    RevocationInDoubt: ['LinkNotOpen', outcomeUnknown],
    LinkNotFound: ['LinkNotOpen', action === 'revoke' && response.outcomeUnknown ? outcomeUnknown : inactive],
    AccessDenied: [
      'ManageDenied',
      `You may not manage links: ask for execute-api:Invoke on GET and DELETE /${ROUTE.links}/*.`,
    ],
  });
}
