import type { DynaliteReply } from './dynalite';

/** Prefixes of error types. */
export const CORAL = 'com.amazon.coral.service#';
export const DYNAMODB = 'com.amazonaws.dynamodb.v20120810#';
export const VALIDATION = 'com.amazon.coral.validate#ValidationException';

/** @see https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html */
export function errorReply(status: number, type: string, message: string): DynaliteReply {
  return { status, body: { __type: type, message } };
}
