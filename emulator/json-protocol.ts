import { randomUUID } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { isRecord } from './template/fields';

/** Status and JSON of a response. */
export interface JsonReply {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

/** Returns an error of a service with a JSON protocol. */
export function errorReply(status: number, type: string, message: string): JsonReply {
  return { status, body: { __type: type, message } };
}

/** Parses a JSON object. @returns `undefined` if the text is anything else */
export function parseJsonObject(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const parsed: unknown = JSON.parse(text);
    return isRecord(parsed) ? parsed : undefined;
  } catch {
    return undefined;
  }
}

/** Sends a reply with a new request ID. @param version of the JSON protocol */
export function sendJson(response: ServerResponse, { status, body }: JsonReply, version: '1.0' | '1.1'): void {
  const text = JSON.stringify(body);
  response.writeHead(status, {
    'content-type': `application/x-amz-json-${version}`,
    'content-length': Buffer.byteLength(text),
    'x-amzn-requestid': randomUUID(),
  });
  response.end(text);
}
