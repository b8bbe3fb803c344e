import type { LinkId } from '../link/nonce';
import type { IssueRefusal, LookOutcome, OpenOutcome, RevokeOutcome } from '../link/outcomes';

/**
 * Everything a log line may hold. The list is closed on purpose: there is no field that a nonce, a presigned URL or a
 * whole event could be put into.
 */
export interface LogFields {
  readonly event: 'link_issued' | 'link_refused' | 'link_access' | 'link_managed' | 'storage_failed';
  readonly outcome?: (OpenOutcome | LookOutcome | RevokeOutcome)['outcome'];
  readonly code?: IssueRefusal['code'];
  readonly link_id?: LinkId;
  /** Name of an error class, for example `TimeoutError`; never its message, which may quote what was sent. */
  readonly error?: string;
  readonly http_status?: number;
  readonly attempts?: number;
  /** Request id of the AWS service that failed. */
  readonly aws_request_id?: string;
}

/** Writes one line of JSON, which CloudWatch Logs Insights takes apart by itself. */
export function log(fields: LogFields): void {
  // biome-ignore lint/suspicious/noConsole: in Lambda the console is the log.
  console.log(JSON.stringify(fields));
}

/** Writes what is safe to know of an outage of an AWS service, and which link it was about, if any. */
export function logStorageFailure(error: unknown, linkId?: LinkId): void {
  const metadata = isRecord(error) && isRecord(error['$metadata']) ? error['$metadata'] : {};
  const { httpStatusCode, attempts, requestId } = metadata;
  log({
    event: 'storage_failed',
    error: error instanceof Error ? error.name : 'unknown',
    ...(linkId === undefined ? {} : { link_id: linkId }),
    ...(typeof httpStatusCode === 'number' ? { http_status: httpStatusCode } : {}),
    ...(typeof attempts === 'number' ? { attempts } : {}),
    ...(typeof requestId === 'string' ? { aws_request_id: requestId } : {}),
  });
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}
