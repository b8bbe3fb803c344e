import { type ApiAnswer, callApi, explainRefusal, parseJsonObject } from './call-api';
import { type DeploymentOptions, findLinkApi, type LinkApi } from './deployment';
import { ShareFailure } from './failure';
import { printable } from './printable';
import type { Display } from './share';
import { formatTime } from './time';

/** Which link to manage, and how. */
export interface ManageRequest extends DeploymentOptions {
  readonly action: 'status' | 'revoke';
  readonly linkId: string;
  readonly output: 'text' | 'json';
}

/**
 * Says whether a link is still open, or revokes it.
 *
 * @throws ShareFailure, or the signal's reason
 */
export async function manageLink(request: ManageRequest, display: Display, signal: AbortSignal): Promise<void> {
  const api = await findLinkApi(request, signal);
  if (request.action === 'revoke') {
    await revoke(api, request.linkId, display, signal);
  } else {
    await showStatus(api, request, display, signal);
  }
}

async function showStatus(
  api: LinkApi,
  { linkId, output }: ManageRequest,
  display: Display,
  signal: AbortSignal,
): Promise<void> {
  const answer = await callApi(api, { method: 'GET', path: `links/${linkId}` }, signal);
  const { status, expires_at: expiresAt, created_by: createdBy } = parseJsonObject(answer.text);
  if (answer.status !== 200 || status !== 'open' || printable(answer.text) !== answer.text) {
    throw explain(answer, api);
  }
  display.tell(`Open until ${formatTime(new Date(String(expiresAt)))}; asked for by ${createdBy}.`);
  await display.print(`${output === 'json' ? answer.text : status}\n`);
}

async function revoke(api: LinkApi, linkId: string, display: Display, signal: AbortSignal): Promise<void> {
  const answer = await callApi(api, { method: 'DELETE', path: `links/${linkId}` }, signal);
  if (answer.status !== 204) {
    throw explain(answer, api);
  }
  display.tell('Revoked: nobody has opened it, and nobody can any more.');
}

function explain(answer: ApiAnswer, api: LinkApi): ShareFailure {
  switch (parseJsonObject(answer.text)['code']) {
    case 'LinkNotFound': {
      const fates = 'it was opened or revoked, has expired, or was never made here';
      const doubt = 'an answer was lost on the way: this revoked it, or it was opened just before';
      return new ShareFailure('LinkNotOpen', `That link is not open: ${answer.inDoubt ? doubt : fates}.`);
    }
    case 'AccessDenied': {
      const remedy = 'ask for execute-api:Invoke on GET and DELETE /links/*, or give another --profile';
      return new ShareFailure('ManageDenied', `You may not manage links at ${api.apiEndpoint}: ${remedy}.`);
    }
    default:
      return explainRefusal(answer, api);
  }
}
