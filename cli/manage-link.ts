import { OneTimeLinksError, type SearchedLinks } from '../client/errors';
import { NONCE_PARAMETER, ROUTE } from '../lambda/contract';
import { linkIdOf, parseLinkId, parseNonce } from '../lambda/link/nonce';
import { clientOf, explainApi } from './api';
import { type DeploymentOptions, findLinkApi, type LinkApi } from './deployment';
import { CliError } from './errors';
import { printableJson } from './format';
import { linkStateFields } from './link-json';
import { describeState } from './link-state';
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

const DIRECT = `(?:${ROUTE.accessObject}|${ROUTE.uploadObject})\\?${NONCE_PARAMETER}=`;
const CLICK_THROUGH = `(?:${ROUTE.openLink}|${ROUTE.sendFile})#`;
const NONCE_IN_LINK = new RegExp(`^https?://[^?#]+/(?:${DIRECT}|${CLICK_THROUGH})([\\w-]+)$`);

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
  const client = clientOf(api);
  const explain = (error: unknown): never => {
    throw explainManagement(error, action, api);
  };
  if (action === 'revoke') {
    await client.revoke(linkId, { signal }).catch(explain);
    return display.tell('Revoked: the link was not redeemed, and can no longer be redeemed.');
  }
  const state = await client.describe(linkId, { signal }).catch(explain);
  for (const line of describeState(state)) {
    display.tell(line);
  }
  await display.print(`${json ? printableJson(linkStateFields(state)) : state.status}\n`);
}

const INACTIVE = 'The link is not active: it was redeemed or revoked, has expired, or never existed.';

const NOT_FOUND: Readonly<Record<ManageRequest['action'], Readonly<Record<SearchedLinks, string>>>> = {
  status: {
    own:
      'You have issued no such link, or its receipt has been deleted. ' +
      'For links of other callers, ask for execute-api:Invoke on GET /links/*.',
    all: 'There is no such link: it never existed, or its receipt has been deleted.',
    active: INACTIVE,
  },
  revoke: {
    own:
      'You have issued no such link, or it is not active: status shows its state. ' +
      'For links of other callers, ask for execute-api:Invoke on DELETE /links/*.',
    all: `${INACTIVE} status shows its state.`,
    active: INACTIVE,
  },
};

function explainManagement(error: unknown, action: ManageRequest['action'], api: LinkApi): unknown {
  if (error instanceof OneTimeLinksError && error.code === 'LinkNotFound') {
    return new CliError('NotFound', NOT_FOUND[action][error.searched ?? 'all']);
  }
  if (error instanceof OneTimeLinksError && error.code === 'OutcomeUnknown') {
    const reason = 'a response was lost, so this command revoked it or it was redeemed just before';
    return new CliError('NotFound', `The link is no longer active: ${reason}.`);
  }
  return explainApi(error, api);
}
