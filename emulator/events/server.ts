import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { verifyJsonRequest } from '../iam/json-request';
import { decide, describeDenial } from '../iam/policy';
import type { AwsCall, Principal } from '../iam/principal';
import { type LocalService, readBody, serveOnLoopback } from '../loopback';
import type { EventBridge } from './event-bridge';
import { type Entry, parsePutEvents } from './put-events';

/** Options of {@link startEventBridge}. */
export interface EventBridgeServerOptions {
  readonly eventBridge: EventBridge;
  /** 0: any free port. */
  readonly port: number;
  readonly region: string;
  /** Principals by access key ID. Looked up for every request, so they can be added after the start. */
  readonly principals: ReadonlyMap<string, Principal>;
  readonly now: () => Date;
  readonly onCall?: (call: AwsCall) => void;
}

/** Status and JSON of a response. */
interface Reply {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

const MAX_BODY_BYTES = 1024 * 1024;
const ACTION = 'events:PutEvents';
const SOURCE_KEY = 'events:source';

/** Starts the local emulator's EventBridge, which supports PutEvents only. */
export async function startEventBridge(options: EventBridgeServerOptions): Promise<LocalService> {
  return await serveOnLoopback(async (request, response) => {
    const body = await readBody(request, MAX_BODY_BYTES + 1);
    send(response, respond(request, body, options));
  }, options);
}

function respond(request: IncomingMessage, body: Buffer, options: EventBridgeServerOptions): Reply {
  if (body.length > MAX_BODY_BYTES) {
    return errorReply('RequestEntityTooLargeException', `The body exceeds ${MAX_BODY_BYTES} bytes`, 413);
  }
  const { region, principals } = options;
  const now = options.now();
  const verdict = verifyJsonRequest(request, body, { service: 'events', region, now, principals });
  if (!verdict.ok) {
    return errorReply(verdict.type, verdict.message);
  }
  const target = request.headers['x-amz-target'];
  if (request.method !== 'POST' || request.url !== '/' || target !== 'AWSEvents.PutEvents') {
    return errorReply('UnknownOperationException', `The local emulator does not support ${target}`);
  }
  const parsed = parsePutEvents(parseJson(body), now);
  if (!parsed.ok) {
    return errorReply('ValidationException', parsed.message);
  }
  return putEvents(parsed.entries, verdict.principal, options);
}

/** Publishes all events, or none if one of the entries is not permitted. */
function putEvents(
  entries: readonly Entry[],
  principal: Principal,
  { eventBridge, onCall }: EventBridgeServerOptions,
): Reply {
  for (const { busArn, source } of entries) {
    const decision = decide(principal.statements, ACTION, busArn, { [SOURCE_KEY]: source });
    if (decision !== 'allow') {
      return errorReply('AccessDeniedException', describeDenial(decision, principal.arn, ACTION, busArn));
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

function parseJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString());
  } catch {
    return undefined;
  }
}

function errorReply(type: string, message: string, status = 400): Reply {
  return { status, body: { __type: type, message } };
}

function send(response: ServerResponse, { status, body }: Reply): void {
  const text = JSON.stringify(body);
  response.writeHead(status, {
    'content-type': 'application/x-amz-json-1.1',
    'content-length': Buffer.byteLength(text),
    'x-amzn-requestid': randomUUID(),
  });
  response.end(text);
}
