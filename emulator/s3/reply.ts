import type { Readable } from 'node:stream';
import { xmlDocument, xmlElements } from '../xml';

/** A successful response; `body` is XML text or the content of an object. */
export interface S3Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | Readable;
}

/** An error response of S3. */
export interface S3Failure {
  readonly status: number;
  /** Stable error code, for example `NoSuchKey`. */
  readonly code: string;
  readonly message: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Additional elements of the error document. */
  readonly details: Readonly<Record<string, string>>;
}

/** @see https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html */
export function fail(
  status: number,
  code: string,
  message: string,
  extra: Partial<Pick<S3Failure, 'headers' | 'details'>> = {},
): S3Failure {
  return { status, code, message, headers: extra.headers ?? {}, details: extra.details ?? {} };
}

/** Returns the error for a feature of S3 that the emulator does not support. */
export function notImplemented(what: string): S3Failure {
  return fail(501, 'NotImplemented', `The local emulator does not support ${what}`);
}

/** Returns the error for a malformed XML body. */
export const MALFORMED_XML: S3Failure = fail(
  400,
  'MalformedXML',
  'The XML you provided was not well-formed or did not validate against our published schema',
);

/** Distinguishes failures from results. No result has both a code and a message. */
export function isFailure(result: object | undefined): result is S3Failure {
  return result !== undefined && 'code' in result && 'message' in result;
}

/** Renders the XML error document. */
export function renderFailure(failure: S3Failure, resource: string, requestId: string): S3Reply {
  const elements = { Code: failure.code, Message: failure.message, ...failure.details, Resource: resource };
  const body = xmlDocument(`<Error>${xmlElements({ ...elements, RequestId: requestId })}</Error>`);
  return { status: failure.status, headers: { ...failure.headers, 'content-type': 'application/xml' }, body };
}

/** Returns an XML response. @param content elements below the root element */
export function xmlReply(root: string, content: string, headers: Readonly<Record<string, string>> = {}): S3Reply {
  const body = xmlDocument(`<${root} xmlns="http://s3.amazonaws.com/doc/2006-03-01/">${content}</${root}>`);
  return { status: 200, headers: { ...headers, 'content-type': 'application/xml' }, body };
}
