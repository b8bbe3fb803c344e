import type { IncomingHttpHeaders } from 'node:http';
import type { IssuedLink } from '../../client/links';
import type { PresignTime } from '../../lambda/link/destination';
import { errorFacts } from '../errors';
import type { DeployedStack } from './deployed-stack';
import type { LoggedAttempt, LogReader } from './logged-attempts';
import type { TestObject } from './test-object';

/** The result of a check. `seen` is one line without secrets. */
export interface CheckResult {
  readonly status: 'passed' | 'failed' | 'skipped';
  readonly seen: string;
}

/** One check of a deployment. */
export interface Check {
  /** Stable name, used in `docs/verification.md`. */
  readonly id: string;
  /** What must be true. */
  readonly title: string;
  /** Runs after all others, because it uses up the throttle or the concurrency of the account. @default false */
  readonly isFlood?: boolean;
  /** The assumption that the result settles. */
  readonly settles: string;
  run(context: VerifyContext): Promise<CheckResult>;
}

/** A request, without its URL. */
export interface HttpRequest {
  /** @default GET */
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** A response with its complete body. */
export interface HttpResponse {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** What the checks use. */
export interface VerifyContext {
  /** Base URL of the API, with a trailing slash. */
  readonly apiEndpoint: string;
  /** The object that the links in the checks point to. */
  readonly object: TestObject;
  /** The kinds of link that the deployment issues. */
  readonly kinds: readonly PresignTime[];
  /** Sends one request unchanged, without a retry, a redirect or additional headers. */
  send(url: string, request?: HttpRequest): Promise<HttpResponse>;
  /** Sends a request to a path of the API, signed with the caller's secret or with a wrong one. */
  sendSigned(path: string, request: HttpRequest, secret?: 'wrong'): Promise<HttpResponse>;
  /** Issues a link to the object, or to another one. @throws CliError */
  issue(fields?: LinkFields, object?: TestObject): Promise<IssuedLink>;
  /** Prepares another object, which is removed at the latest after the checks. */
  prepareObject(): TestObject;
  sleep(milliseconds: number): Promise<void>;
  /** Attempts to redeem links, with the lines that they left in the logs. Made once, for all checks. */
  loggedAttempts(): Promise<readonly LoggedAttempt[]>;
  /** `undefined` if the logs cannot be read. */
  readonly logs: LogReader | undefined;
  /** `undefined` for a local emulator. */
  readonly stack: DeployedStack | undefined;
  /** Whether to send enough requests to be throttled. */
  readonly flood: boolean;
  /** The longest wait of a check for a URL to expire. */
  readonly maxWaitSeconds: number;
}

/** Fields of `POST /generate-url` that a check can set. */
export interface LinkFields {
  readonly presign?: PresignTime;
  readonly expires_in?: number;
  readonly download_as?: string;
  readonly from?: string;
}

/** Passes if there are no problems, and then reports `seen`. */
export function resultOf(problems: readonly string[], seen: string): CheckResult {
  return problems.length === 0 ? { status: 'passed', seen } : { status: 'failed', seen: problems.join('; ') };
}

export function skipped(seen: string): CheckResult {
  return { status: 'skipped', seen };
}

export const AWS_ONLY = skipped('AWS only');

/** Runs a check. A missing permission for a call to AWS skips it; any other error fails it. */
export async function runCheck(check: Check, context: VerifyContext): Promise<CheckResult> {
  try {
    return await check.run(context);
  } catch (error) {
    const { name, message } = errorFacts(error);
    const [, action] = /not authorized to perform: ([\w-]+:\w+)/.exec(message) ?? [];
    if (/^AccessDenied/.test(name)) {
      return skipped(`no permission for ${action ?? 'a call to AWS'}`);
    }
    return { status: 'failed', seen: message.replaceAll('\n', ' ') };
  }
}

/** Describes each value that differs from the expected one. */
export function differences(
  ...rows: readonly (readonly [what: string, actual: unknown, expected: unknown])[]
): readonly string[] {
  const different = rows.filter(([, actual, expected]) => actual !== expected);
  return different.map(([what, actual, expected]) => `${what} is ${actual}, not ${expected}`);
}

/** Lists values with their counts, for example `302 × 1, 403 × 49`. */
export function tally(values: readonly (number | string)[]): string {
  const counts = new Map<number | string, number>();
  for (const value of values) {
    counts.set(value, (counts.get(value) ?? 0) + 1);
  }
  return [...counts]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([value, count]) => `${value} × ${count}`)
    .join(', ');
}

/** Redeems a link, by GET unless `request` says otherwise. @returns the status */
export async function statusOf(context: VerifyContext, url: string, request?: HttpRequest): Promise<number> {
  return (await context.send(url, request)).status;
}

/** Waits until a link has expired. Expiry times are whole seconds, and the clocks may differ by one second. */
export async function untilExpired({ sleep }: VerifyContext, { expiresAt }: IssuedLink): Promise<void> {
  await sleep(Math.max(0, expiresAt.getTime() + 1100 - Date.now()));
}
