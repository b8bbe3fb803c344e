import { parseJsonObject } from '../json-protocol';
import { isRecord } from '../template/fields';
import { LOCAL_ACCOUNT, LOCAL_REGION } from '../template/template';
import { type BusEvent, busEvent } from './event';
import { DEFAULT_BUS } from './rule-model';

/** An entry of a request, and the bus that the policy must allow. */
export interface Entry {
  readonly busName: string;
  readonly busArn: string;
  readonly source: string;
  readonly result: EntryResult;
}

/** An event, or why the entry is refused. */
export type EntryResult =
  | { readonly ok: true; readonly event: BusEvent }
  | { readonly ok: false; readonly code: 'InvalidArgument' | 'MalformedDetail'; readonly message: string };

/** Entries of a request, or why the whole request is refused. */
export type ParsedRequest =
  | { readonly ok: true; readonly entries: readonly Entry[] }
  | { readonly ok: false; readonly message: string };

const MAX_ENTRIES = 10;
const MAX_DETAIL_TYPE_LENGTH = 128;
const FIELDS: readonly string[] = ['Source', 'DetailType', 'Detail', 'EventBusName', 'Time'];
const BUS_ARN_PREFIX = `arn:aws:events:${LOCAL_REGION}:${LOCAL_ACCOUNT}:event-bus/`;
const BUS_NAME = /^[/.\-_A-Za-z0-9]{1,256}$/;

/**
 * Parses the parameters of PutEvents. As on AWS, a bus need not exist.
 *
 * @param now time of events without one
 * @see https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html
 */
export function parsePutEvents(parameters: Readonly<Record<string, unknown>> | undefined, now: Date): ParsedRequest {
  if (!Array.isArray(parameters?.['Entries'])) {
    return refuse('Entries must be a list');
  }
  const { Entries: sent, ...others } = parameters;
  const [unknown] = Object.keys(others);
  if (unknown !== undefined) {
    return refuse(`The local emulator does not support the parameter ${unknown}`);
  }
  const list: readonly unknown[] = sent as readonly unknown[];
  if (list.length < 1 || list.length > MAX_ENTRIES) {
    return refuse(`Entries must have 1 to ${MAX_ENTRIES} items`);
  }
  const entries: Entry[] = [];
  for (const entry of list) {
    if (!isRecord(entry)) {
      return refuse('An entry must be an object');
    }
    const unsupported = Object.keys(entry).find((field) => !FIELDS.includes(field));
    if (unsupported !== undefined) {
      return refuse(`The local emulator does not support the field ${unsupported} of an entry`);
    }
    const bus = textOf(entry, 'EventBusName') || DEFAULT_BUS;
    const busName = bus.startsWith(BUS_ARN_PREFIX) ? bus.slice(BUS_ARN_PREFIX.length) : bus;
    if (!BUS_NAME.test(busName)) {
      return refuse('EventBusName must be the name or the ARN of an event bus');
    }
    const source = textOf(entry, 'Source');
    entries.push({ busName, busArn: `${BUS_ARN_PREFIX}${busName}`, source, result: parseEntry(entry, now) });
  }
  return { ok: true, entries };
}

/** @see https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEventsResultEntry.html */
function parseEntry(entry: Readonly<Record<string, unknown>>, now: Date): EntryResult {
  for (const name of ['Source', 'DetailType', 'Detail']) {
    if (textOf(entry, name) === '') {
      return invalid(name, `${name} is a required argument.`);
    }
  }
  const detailType = textOf(entry, 'DetailType');
  if (detailType.length > MAX_DETAIL_TYPE_LENGTH) {
    return invalid('DetailType', `DetailType is longer than ${MAX_DETAIL_TYPE_LENGTH} characters.`);
  }
  const detail = parseJsonObject(textOf(entry, 'Detail'));
  if (detail === undefined) {
    return { ok: false, code: 'MalformedDetail', message: 'Detail is malformed.' };
  }
  const { Time: seconds } = entry;
  const time = typeof seconds === 'number' ? new Date(seconds * 1000) : now;
  return { ok: true, event: busEvent({ source: textOf(entry, 'Source'), detailType, time, detail }) };
}

/** A field; empty if it is missing or not a string. */
function textOf(entry: Readonly<Record<string, unknown>>, name: string): string {
  const value = entry[name];
  return typeof value === 'string' ? value : '';
}

function invalid(name: string, reason: string): EntryResult {
  return { ok: false, code: 'InvalidArgument', message: `Parameter ${name} is not valid. Reason: ${reason}` };
}

function refuse(message: string): ParsedRequest {
  return { ok: false, message };
}
