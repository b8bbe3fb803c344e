import {
  DescribeMetricFiltersCommand,
  type MetricFilter,
  TestMetricFilterCommand,
} from '@aws-sdk/client-cloudwatch-logs';
import { AWS_ONLY, type Check, differences, resultOf, skipped, type VerifyContext } from './check';
import { type DeployedStack, logGroupOf } from './deployed-stack';
import { fieldsOfLine, type LoggedAttempt, type LogName } from './logged-attempts';

/** AWS documents this as the maximum size of an API Gateway log event. */
const MAX_LINE_BYTES = 1024;

const NO_LOGS = skipped('the emulator prints its log');

const logLines: Check = {
  id: 'log-lines',
  title: 'Each attempt has a line in the log of the function and in the access log within two minutes',
  settles: 'whether Lambda and API Gateway write valid JSON with the same request ID',
  run: (context) =>
    withAttempts(context, (attempts) => {
      const problems = attempts.flatMap(({ outcome, status, functionLine, accessLine = '' }) => {
        if (functionLine === undefined) {
          return [`no line ${outcome} in the log of the function`];
        }
        // Numbers can be strings, because API Gateway logs a missing one as `-`.
        const logged = Number(fieldsOfLine(accessLine)['status']);
        const isShort = Buffer.byteLength(accessLine) <= MAX_LINE_BYTES;
        return differences(
          [`the logged status of ${outcome}`, logged, status],
          [`the access line of ${outcome} in ${MAX_LINE_BYTES} bytes`, isShort, true],
        );
      });
      const seconds = Math.max(...attempts.map((attempt) => attempt.seconds));
      return resultOf(problems, `${attempts.map(({ outcome }) => outcome).join(', ')} within ${seconds} seconds`);
    }),
};

/** Passes in both cases, because the metrics of refused attempts count the authorizer's log lines. */
const denyContext: Check = {
  id: 'log-deny-context',
  title: 'The access log shows whether API Gateway keeps the context of a Deny',
  settles: 'whether $context.authorizer is filled in the access log after a Deny',
  run: (context) =>
    withAttempts(context, (attempts) => {
      const line = attempts.find(({ outcome }) => outcome === 'not_active')?.accessLine;
      if (line === undefined) {
        return resultOf(['no line for not_active'], '');
      }
      const isFilled = fieldsOfLine(line)['outcome'] === 'not_active';
      return resultOf([], isFilled ? 'the outcome is in the access log' : 'the outcome is only in the function log');
    }),
};

/** Makes a line that no attempt can cause from the line of one. */
interface ChangedLine {
  /** The outcome of that attempt. @default - any */
  readonly of?: LoggedAttempt['outcome'];
  readonly fields: Readonly<Record<string, string>>;
}

/** What each metric counts, by the metric's name: the line of an outcome, or one that is made from it. */
export const COUNTED: Readonly<Record<string, LoggedAttempt['outcome'] | ChangedLine>> = {
  Redeemed: 'redeemed',
  RedeemLatency: 'redeemed',
  NotActive: 'not_active',
  Expired: 'expired',
  Prefetch: 'prefetch',
  Machine: 'machine',
  Issued: 'link_issued',
  Revoked: 'revoked',
  Malformed: { of: 'not_active', fields: { outcome: 'malformed' } },
  OutcomeUnknown: { of: 'not_active', fields: { outcome: 'outcome_unknown' } },
  InvalidUpload: { of: 'not_active', fields: { outcome: 'invalid_upload' } },
  Received: { fields: { event: 'object_received' } },
  IssueRefused: { of: 'link_issued', fields: { event: 'link_refused' } },
  StorageFailures: { fields: { event: 'storage_failed' } },
  TamperedRecords: { fields: { event: 'record_tampered' } },
  ServerErrors: { of: 'not_active', fields: { status: '503' } },
  Throttled: { of: 'not_active', fields: { status: '429' } },
  RedeemedInVain: { of: 'redeemed', fields: { status: '503' } },
};

const metricFilters: Check = {
  id: 'metric-filters',
  title: 'Each metric filter counts the lines of its outcome and no others',
  settles: 'whether CloudWatch evaluates the filter patterns as the emulator does',
  async run(context) {
    const { stack } = context;
    if (stack === undefined) {
      return AWS_ONLY;
    }
    return await withAttempts(context, async (attempts) => {
      const problems: string[] = [];
      let filterCount = 0;
      for (const log of ['access', 'GenerateUrl', 'AuthorizeAccess', 'ManageLink'] as const) {
        const lines = linesOf(attempts, log);
        const logGroupName = await logGroupOf(stack, log);
        const { metricFilters = [] } = await stack.logs.send(new DescribeMetricFiltersCommand({ logGroupName }));
        filterCount += metricFilters.length;
        for (const filter of lines.length === 0 ? [] : metricFilters) {
          problems.push(...(await miscounts(stack, filter, lines)));
        }
      }
      return resultOf(problems, `${filterCount} metric filters`);
    });
  },
};

async function miscounts(stack: DeployedStack, filter: MetricFilter, lines: readonly LoggedLine[]) {
  const name = filter.metricTransformations?.[0]?.metricName ?? '';
  const counts = COUNTED[name];
  if (counts === undefined) {
    return [`verify does not know the metric ${name}`];
  }
  const tested = typeof counts === 'string' ? lines : [...lines, ...changedLine(counts, lines)];
  const request = { filterPattern: filter.filterPattern, logEventMessages: tested.map(({ line }) => line) };
  const { matches = [] } = await stack.logs.send(new TestMetricFilterCommand(request));
  const counted = new Set(matches.map(({ eventMessage }) => eventMessage));
  return tested.flatMap(({ outcome, line }) => {
    const mustCount = outcome === (typeof counts === 'string' ? counts : 'changed');
    const what = outcome === 'changed' ? 'its own line' : outcome;
    return counted.has(line) === mustCount ? [] : [`${name} ${mustCount ? 'does not count' : 'counts'} ${what}`];
  });
}

function changedLine({ of, fields }: ChangedLine, lines: readonly LoggedLine[]): readonly LoggedLine[] {
  const original = lines.find(({ outcome }) => of === undefined || outcome === of);
  return original === undefined
    ? []
    : [{ outcome: 'changed', line: JSON.stringify({ ...fieldsOfLine(original.line), ...fields }) }];
}

interface LoggedLine {
  readonly outcome: LoggedAttempt['outcome'] | 'changed';
  readonly line: string;
}

function linesOf(attempts: readonly LoggedAttempt[], name: LogName): readonly LoggedLine[] {
  return attempts.flatMap(({ outcome, log, functionLine, accessLine }) => {
    const line = name === 'access' ? accessLine : log === name ? functionLine : undefined;
    return line === undefined ? [] : [{ outcome, line }];
  });
}

async function withAttempts<T>(
  { logs, loggedAttempts }: VerifyContext,
  use: (attempts: readonly LoggedAttempt[]) => T,
) {
  return logs === undefined ? NO_LOGS : use(await loggedAttempts());
}

export const LOG_CHECKS: readonly Check[] = [logLines, denyContext, metricFilters];
