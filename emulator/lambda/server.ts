import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { verifyJsonRequest } from '../iam/json-request';
import { decide, describeDenial } from '../iam/policy';
import type { Principal } from '../iam/principal';
import { type LocalService, readBody, serveOnLoopback } from '../loopback';
import type { ServiceOptions } from '../service-options';
import { INVOKE_FUNCTION } from './function-model';
import { THROTTLED } from './local-function';
import type { InvocableFunction } from './local-functions';

/** Options of {@link startLambda}. */
export interface LambdaOptions extends ServiceOptions {
  /** Functions by ARN. Looked up for every request, so they can be added after the start. */
  readonly functions: ReadonlyMap<string, InvocableFunction>;
  /** Invokes a function asynchronously, with retries. */
  readonly invokeAsync: (functionArn: string, event: unknown, invokedBy: string) => Promise<void>;
  /** Receives a message about every request to a service that the emulator does not serve. */
  readonly onNotServed: (message: string) => void;
}

/** Status, headers and body of a response. */
interface Reply {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Quota for synchronous invocations: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */
const MAX_BODY_BYTES = 6 * 1024 * 1024;
const INVOKE = /^\/2015-03-31\/functions\/([^/?]+)\/invocations$/;

/**
 * Starts the local emulator's Lambda, which supports only Invoke. It also responds to calls to services that the emulator
 * does not serve.
 *
 * @see https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html
 */
export async function startLambda(options: LambdaOptions): Promise<LocalService> {
  return await serveOnLoopback(async (request, response) => {
    const body = await readBody(request, MAX_BODY_BYTES + 1);
    send(response, await respond(request, body, options));
  }, options);
}

async function respond(request: IncomingMessage, body: Buffer, options: LambdaOptions): Promise<Reply> {
  const { region, principals, functions } = options;
  const [, encodedName] = INVOKE.exec(request.url ?? '') ?? [];
  if (request.method !== 'POST' || encodedName === undefined) {
    const message = `The local emulator does not serve ${request.method} ${request.url} of ${serviceOf(request)}`;
    // SDK clients of services with an XML protocol do not show it.
    options.onNotServed(message);
    return failure(400, 'UnsupportedOperation', message);
  }
  if (body.length > MAX_BODY_BYTES) {
    return failure(413, 'RequestTooLargeException', `The payload exceeds ${MAX_BODY_BYTES} bytes`);
  }
  const verdict = verifyJsonRequest(request, body, { service: 'lambda', region, now: options.now(), principals });
  if (!verdict.ok) {
    return failure(403, verdict.type, verdict.message);
  }
  const name = decodeURIComponent(encodedName);
  const fn = [...functions.values()].find(({ model }) => model.name === name || model.arn === name);
  if (fn === undefined) {
    return failure(404, 'ResourceNotFoundException', `Function not found: ${name}`);
  }
  const { principal } = verdict;
  const decision = decide(principal.statements, INVOKE_FUNCTION, fn.model.arn);
  if (decision !== 'allow') {
    const message = describeDenial(decision, principal.arn, INVOKE_FUNCTION, fn.model.arn);
    return failure(403, 'AccessDeniedException', message);
  }
  const event = parsePayload(body.toString());
  return event === undefined
    ? failure(400, 'InvalidRequestContentException', 'Could not parse request body into json')
    : await invoke(fn, event.value, principal, request, options);
}

async function invoke(
  fn: InvocableFunction,
  event: unknown,
  { arn: invokedBy }: Principal,
  request: IncomingMessage,
  { invokeAsync }: LambdaOptions,
): Promise<Reply> {
  const type = request.headers['x-amz-invocation-type'] ?? 'RequestResponse';
  if (type === 'Event') {
    void invokeAsync(fn.model.arn, event, invokedBy);
    return { status: 202, body: '' };
  }
  if (type !== 'RequestResponse') {
    return failure(400, 'InvalidParameterValueException', `The local emulator does not support ${type}`);
  }
  const result = await fn.runtime.invoke(event, invokedBy);
  if (result.ok) {
    return { status: 200, headers: { 'x-amz-executed-version': '$LATEST' }, body: JSON.stringify(result.payload) };
  }
  const { errorType, errorMessage } = result;
  return errorType === THROTTLED
    ? failure(429, errorType, errorMessage)
    : {
        status: 200,
        headers: { 'x-amz-executed-version': '$LATEST', 'x-amz-function-error': 'Unhandled' },
        body: JSON.stringify({ errorType, errorMessage }),
      };
}

/** Parses the event. An empty body is an empty event. @returns `undefined` if it is not JSON */
function parsePayload(text: string): { readonly value: unknown } | undefined {
  try {
    return { value: text === '' ? {} : JSON.parse(text) };
  } catch {
    return undefined;
  }
}

/** The service that a request is signed for. */
function serviceOf({ headers }: IncomingMessage): string {
  const [, service] = /Credential=[^/]+\/\d+\/[^/]+\/([^/]+)\//.exec(headers.authorization ?? '') ?? [];
  return service ?? 'an unknown service';
}

/** An error of a service with the REST-JSON protocol. The type is also in the body for other JSON protocols. */
function failure(status: number, type: string, message: string): Reply {
  return {
    status,
    headers: { 'x-amzn-errortype': type },
    body: JSON.stringify({ __type: type, Type: 'User', Message: message, message }),
  };
}

function send(response: ServerResponse, { status, headers, body }: Reply): void {
  response.writeHead(status, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
    'x-amzn-requestid': randomUUID(),
    ...headers,
  });
  response.end(body);
}
