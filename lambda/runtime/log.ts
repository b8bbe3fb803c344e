import { LOG_EVENT, type MANAGE_OUTCOMES, type OPEN_OUTCOMES } from '../contract';
import type { LinkId } from '../link/nonce';
import type { IssueRefusal } from '../link/outcomes';

/**
 * Everything a log line may hold. The list is closed on purpose: there is no field that a nonce, a presigned URL or a
 * whole event could be put into.
 */
export interface LogFields {
  readonly event: (typeof LOG_EVENT)[keyof typeof LOG_EVENT];
  readonly outcome?: (typeof OPEN_OUTCOMES | typeof MANAGE_OUTCOMES)[number];
  readonly code?: IssueRefusal['code'];
  readonly link_id?: LinkId | undefined;
  /** Id that API Gateway drew for the request: the access log has it, too, and so the two can be joined. */
  readonly request_id?: string | undefined;
  /** ARN of the caller who asked for the link, or manages it. */
  readonly caller?: string;
  /** Name of an error class, for example `TimeoutError`; never its message, which may quote what was sent. */
  readonly error?: string;
  readonly http_status?: number;
  readonly attempts?: number;
  /** Request id of the AWS service that failed. */
  readonly aws_request_id?: string;
}

/** Which request, link and caller a line is about. */
export type LogSubject = Pick<LogFields, 'link_id' | 'request_id' | 'caller'>;

/**
 * Writes one line of JSON, which metric filters and CloudWatch Logs Insights take apart. Past the console: Lambda's writes
 * a prefix before each line, or wraps it into JSON of its own
 * (https://docs.aws.amazon.com/lambda/latest/dg/nodejs-logging.html), and a metric filter would match neither.
 */
export function log(fields: LogFields): void {
  process.stdout.write(`${JSON.stringify(fields)}\n`);
}

/** Writes what is safe to know of an outage of an AWS service, and what it was about. */
export function logStorageFailure(error: unknown, subject: LogSubject = {}): void {
  const metadata = isRecord(error) && isRecord(error['$metadata']) ? error['$metadata'] : {};
  const { httpStatusCode, attempts, requestId } = metadata;
  log({
    event: LOG_EVENT.storageFailed,
    error: error instanceof Error ? error.name : 'unknown',
    ...subject,
    ...(typeof httpStatusCode === 'number' ? { http_status: httpStatusCode } : {}),
    ...(typeof attempts === 'number' ? { attempts } : {}),
    ...(typeof requestId === 'string' ? { aws_request_id: requestId } : {}),
  });
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}
