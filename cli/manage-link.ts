import { NONCE_PARAMETER, ROUTE } from '../lambda/contract';
import { linkIdOf, parseLinkId, parseNonce } from '../lambda/link/nonce';
import { type ApiRequest, type ApiResponse, callApi, explainApi } from './api';
import { type DeploymentOptions, findLinkApi, type LinkApi } from './deployment';
import { CliError } from './errors';
import { printableJson } from './format';
import { describeState, parseLinkState } from './link-state';
import { isReceiptsOff } from './my-links';
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
  if (action === 'revoke') {
    await revokeLink(api, linkId, signal);
    return display.tell('Revoked: the link was not redeemed, and can no longer be redeemed.');
  }
  const { state, fields } = await lookUpLink(api, linkId, signal);
  for (const line of describeState(state)) {
    display.tell(line);
  }
  await display.print(`${json ? printableJson(fields) : state.status}\n`);
}

/** Looks up the state of a link. @throws CliError, or the signal's reason */
async function lookUpLink(api: LinkApi, linkId: string, signal: AbortSignal) {
  const { request, response, scope } = await callForLink(api, 'GET', linkId, signal);
  if (response.fields['code'] === 'LinkNotFound') {
    throw new CliError('NotFound', UNKNOWN_LINK[scope]);
  }
  const state = parseLinkState(response.fields);
  if (response.status !== 200 || state === undefined) {
    throw explainApi(request, response, api);
  }
  return { state, fields: response.fields };
}

/** Revokes a link. @throws CliError, or the signal's reason */
async function revokeLink(api: LinkApi, linkId: string, signal: AbortSignal): Promise<void> {
  const { request, response, scope } = await callForLink(api, 'DELETE', linkId, signal);
  const { code } = response.fields;
  if (code === 'RevocationUnknown' || (code === 'LinkNotFound' && response.outcomeUnknown)) {
    const reason = 'a response was lost, so this command revoked it or it was redeemed just before';
    throw new CliError('NotFound', `The link is no longer active: ${reason}.`);
  }
  if (code === 'LinkNotFound') {
    throw new CliError('NotFound', INACTIVE_LINK[scope]);
  }
  if (response.status !== 204) {
    throw explainApi(request, response, api);
  }
}

/** Which links the API searched: the caller's, all, or, without receipts, all active ones. */
type Scope = 'own' | 'all' | 'active';

interface LinkExchange {
  readonly request: ApiRequest;
  readonly response: ApiResponse;
  readonly scope: Scope;
}

const INACTIVE = 'The link is not active: it was redeemed or revoked, has expired, or never existed.';

const UNKNOWN_LINK: Readonly<Record<Scope, string>> = {
  own:
    'You have issued no such link, or its receipt has been deleted. ' +
    'For links of other callers, ask for execute-api:Invoke on GET /links/*.',
  all: 'There is no such link: it never existed, or its receipt has been deleted.',
  active: INACTIVE,
};

const INACTIVE_LINK: Readonly<Record<Scope, string>> = {
  own:
    'You have issued no such link, or it is not active: status shows its state. ' +
    'For links of other callers, ask for execute-api:Invoke on DELETE /links/*.',
  all: `${INACTIVE} status shows its state.`,
  active: INACTIVE,
};

/** Calls the API as the issuer of the link, and otherwise as a manager of all links. */
async function callForLink(
  api: LinkApi,
  method: 'GET' | 'DELETE',
  linkId: string,
  signal: AbortSignal,
): Promise<LinkExchange> {
  const own = { method, path: `${ROUTE.myLinks}/${linkId}` } as const;
  const ownResponse = await callApi(api, own, signal);
  // If an earlier attempt may have deleted the link, another DELETE would hide that the outcome is unknown.
  const mayBeDeleted = method === 'DELETE' && ownResponse.outcomeUnknown;
  const isOther = ownResponse.fields['code'] === 'LinkNotFound' && !mayBeDeleted;
  if (!isOther && ownResponse.status !== 403) {
    return { request: own, response: ownResponse, scope: 'own' };
  }
  const managed = { method, path: `${ROUTE.links}/${linkId}` } as const;
  const response = await callApi(api, managed, signal);
  if (isReceiptsOff(ownResponse)) {
    return { request: managed, response, scope: 'active' };
  }
  return response.fields['code'] === 'AccessDenied'
    ? { request: own, response: ownResponse, scope: 'own' }
    : { request: managed, response, scope: 'all' };
}
