import type { APIGatewayProxyResult } from 'aws-lambda';
import { PROBLEM_CODE_HEADER, RETRY_AFTER_SECONDS, SECRET_RESPONSE_HEADERS } from '../contract';

/** Every `code` that a function returns, with its HTTP status. Codes are part of the API and never renamed. */
export const PROBLEMS = {
  InvalidRequest: { status: 400, title: 'Bad Request' },
  AccessDenied: { status: 403, title: 'Forbidden' },
  BucketNotAllowed: { status: 403, title: 'Forbidden' },
  UploadQuotaExceeded: { status: 403, title: 'Forbidden' },
  LinkNotFound: { status: 404, title: 'Not Found' },
  ObjectNotFound: { status: 404, title: 'Not Found' },
  RevocationUnknown: { status: 404, title: 'Not Found' },
  ObjectExists: { status: 409, title: 'Conflict' },
  StorageUnavailable: { status: 503, title: 'Service Unavailable' },
} as const;

/** Stable error code that programs can match. */
export type ProblemCode = keyof typeof PROBLEMS;

/**
 * Returns a problem (RFC 9457). `detail` is for people and must not contain a nonce, a presigned URL or a stack trace.
 */
export function problemResponse(code: ProblemCode, detail: string): APIGatewayProxyResult {
  const { status, title } = PROBLEMS[code];
  return {
    statusCode: status,
    headers: {
      ...SECRET_RESPONSE_HEADERS,
      'Content-Type': 'application/problem+json',
      [PROBLEM_CODE_HEADER]: code,
      ...(status === 503 ? { 'Retry-After': String(RETRY_AFTER_SECONDS) } : {}),
    },
    body: JSON.stringify({ type: 'about:blank', title, status, detail, code }),
  };
}
