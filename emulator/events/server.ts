import type { IncomingMessage } from 'node:http';
import { verifyJsonRequest } from '../iam/json-request';
import { decide, describeDenial } from '../iam/policy';
import type { Principal } from '../iam/principal';
import { errorReply, type JsonReply, parseJsonObject, sendJson } from '../json-protocol';
import { type LocalService, readBody, serveOnLoopback } from '../loopback';
import type { ServiceOptions } from '../service-options';
import type { EventBridge } from './event-bridge';
import { type Entry, parsePutEvents } from './put-events';

/** Options of {@link startEventBridge}. */
export interface EventBridgeServerOptions extends ServiceOptions {
  readonly eventBridge: EventBridge;
}

const MAX_BODY_BYTES = 1024 * 1024;
const ACTION = 'events:PutEvents';
const SOURCE_KEY = 'events:source';

/** Starts the local emulator's EventBridge, which supports only PutEvents. */
export async function startEventBridge(options: EventBridgeServerOptions): Promise<LocalService> {
  return await serveOnLoopback(async (request, response) => {
    const body = await readBody(request, MAX_BODY_BYTES + 1);
    sendJson(response, respond(request, body, options), '1.1');
  }, options);
}

function respond(request: IncomingMessage, body: Buffer, options: EventBridgeServerOptions): JsonReply {
  if (body.length > MAX_BODY_BYTES) {
    return errorReply(413, 'RequestEntityTooLargeException', `The body exceeds ${MAX_BODY_BYTES} bytes`);
  }
  const { region, principals } = options;
  const now = options.now();
  const verdict = verifyJsonRequest(request, body, { service: 'events', region, now, principals });
  if (!verdict.ok) {
    return errorReply(400, verdict.type, verdict.message);
  }
  const target = request.headers['x-amz-target'];
  if (request.method !== 'POST' || request.url !== '/' || target !== 'AWSEvents.PutEvents') {
    return errorReply(400, 'UnknownOperationException', `The local emulator does not support ${target}`);
  }
  const parsed = parsePutEvents(parseJsonObject(body.toString()), now);
  if (!parsed.ok) {
    return errorReply(400, 'ValidationException', parsed.message);
  }
  return putEvents(parsed.entries, verdict.principal, options);
}

/** Publishes all events, or none if one of the entries is not permitted. */
function putEvents(
  entries: readonly Entry[],
  principal: Principal,
  { eventBridge, onCall }: EventBridgeServerOptions,
): JsonReply {
  for (const { busArn, source } of entries) {
    const decision = decide(principal.statements, ACTION, busArn, { [SOURCE_KEY]: source });
    if (decision !== 'allow') {
      return errorReply(400, 'AccessDeniedException', describeDenial(decision, principal.arn, ACTION, busArn));
    }
  }
  for (const busArn of new Set(entries.map((entry) => entry.busArn))) {
    onCall?.({ principalArn: principal.arn, action: ACTION, resource: busArn });
  }
  const results = entries.map(({ busName, result }) => {
    if (!result.ok) {
      return { ErrorCode: result.code, ErrorMessage: result.message };
    }
    eventBridge.publish(busName, result.event);
    return { EventId: result.event.id };
  });
  const failed = entries.filter(({ result }) => !result.ok).length;
  return { status: 200, body: { FailedEntryCount: failed, Entries: results } };
}
