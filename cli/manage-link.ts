import { type ApiAnswer, callApi, explainRefusal, parseJsonObject } from './call-api';
import { type DeploymentOptions, findLinkApi, type LinkApi } from './deployment';
import { ShareFailure } from './failure';
import { printable } from './printable';
import type { Display } from './share';
import { formatTime, parseTime } from './time';

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
  if (answer.status !== 200) {
    throw explain(answer, api);
  }
  const { status, expires_at: expiresAt, created_by: createdBy } = parseJsonObject(answer.text);
  const expires = parseTime(expiresAt);
  const isOpen = status === 'open' && expires !== undefined && typeof createdBy === 'string';
  if (!isOpen || printable(answer.text) !== answer.text) {
    throw explainRefusal(answer, api);
  }
  display.tell(`Open until ${formatTime(expires)}; asked for by ${createdBy}.`);
  await display.print(`${output === 'json' ? answer.text : status}\n`);
}

async function revoke(api: LinkApi, linkId: string, display: Display, signal: AbortSignal): Promise<void> {
  const answer = await callApi(api, { method: 'DELETE', path: `links/${linkId}` }, signal);
  if (answer.status !== 204) {
    throw isInDoubt(answer) ? revocationInDoubt() : explain(answer, api);
  }
  display.tell('Revoked: nobody has opened it, and nobody can any more.');
}

/** Whether a try that was not answered may have revoked it: one of the API's own at its storage, or one of ours at the API. */
function isInDoubt({ text, inDoubt }: ApiAnswer): boolean {
  const { code } = parseJsonObject(text);
  return code === 'RevocationInDoubt' || (code === 'LinkNotFound' && inDoubt);
}

function revocationInDoubt(): ShareFailure {
  const doubt = 'an answer was lost on the way: this revoked it, or it was opened just before';
  return new ShareFailure('LinkNotOpen', `That link is not open: ${doubt}.`);
}

function explain(answer: ApiAnswer, api: LinkApi): ShareFailure {
  switch (parseJsonObject(answer.text)['code']) {
    case 'LinkNotFound': {
      const fates = 'it was opened or revoked, has expired, or was never made here';
      return new ShareFailure('LinkNotOpen', `That link is not open: ${fates}.`);
    }
    case 'AccessDenied': {
      const remedy = 'ask for execute-api:Invoke on GET and DELETE /links/*, or give another --profile';
      return new ShareFailure('ManageDenied', `You may not manage links at ${api.apiEndpoint}: ${remedy}.`);
    }
    default:
      return explainRefusal(answer, api);
  }
}
