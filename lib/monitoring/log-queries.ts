import { CfnQueryDefinition, type ILogGroup } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import { namespaceOf } from './namespace';

/** The logs that tell of links: one line a request from the gateway, one an event from the functions. */
export interface LinkLogs {
  readonly access: ILogGroup;
  readonly generateUrl: ILogGroup;
  readonly authorizeAccess: ILogGroup;
  readonly accessObject: ILogGroup;
  readonly manageLink: ILogGroup;
}

/** A query of CloudWatch Logs Insights. */
interface LogQuery {
  readonly logs: readonly (keyof LinkLogs)[];
  /**
   * https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax.html
   *
   * In capitals what is to be replaced before it is run.
   */
  readonly lines: readonly string[];
}

const FUNCTION_LOGS = ['generateUrl', 'authorizeAccess', 'accessObject', 'manageLink'] as const;

/** Links that somebody came for after they were opened. */
const SECOND_OPENERS = [
  // An opening of 5xx led nowhere: who tries again is no second one.
  'filter (outcome = "opened" and status < 400) or outcome = "unknown_or_spent"',
  'fields strcontains(outcome, "opened") as opening, strcontains(outcome, "unknown_or_spent") as refusal',
  'stats sum(opening) as openings, sum(refusal) as refusals, count_distinct(source_ip) as addresses, earliest(source_ip) as first_address, latest(source_ip) as last_address by link_id',
  'filter openings > 0 and refusals > 0',
  'sort addresses desc, refusals desc',
  'limit 100',
];

/**
 * Ready-made queries, by name. What each is for, and how to read what it answers, is in `docs/runbook.md`. A query about
 * issued links reads them from the function, which alone knows their ids.
 */
const QUERIES: Readonly<Record<string, LogQuery>> = {
  'link-history': {
    logs: ['access', 'generateUrl', 'authorizeAccess', 'manageLink'],
    lines: [
      'filter link_id = "LINK_ID" and (ispresent(route) or event != "link_access")',
      'fields @timestamp, coalesce(outcome, event) as what, source_ip, user_agent, caller, method, status, request_id',
      'sort @timestamp asc',
      'limit 1000',
    ],
  },
  'request-history': {
    logs: ['access', ...FUNCTION_LOGS],
    lines: [
      'filter request_id = "REQUEST_ID"',
      'fields @timestamp, @log, event, outcome, code, error, link_id, caller, principal, source_ip, route, status, refusal',
      'sort @timestamp asc',
    ],
  },
  'second-openers': { logs: ['access'], lines: SECOND_OPENERS },
  'never-opened': {
    logs: ['access', 'generateUrl'],
    lines: [
      'filter event = "link_issued" or (outcome = "opened" and status < 400)',
      'stats count(event) as issued, count(outcome) as opened, min(@timestamp) as first_seen, earliest(caller) as issued_by by link_id',
      'filter issued > 0 and opened = 0',
      'sort first_seen asc',
      'limit 1000',
    ],
  },
  'server-errors': {
    logs: ['access'],
    lines: [
      'filter status >= 500',
      'stats count(*) as requests by bin(5m), route, method, status, refusal',
      'sort requests desc',
    ],
  },
  'storage-failures': {
    logs: ['generateUrl', 'authorizeAccess', 'manageLink'],
    lines: [
      'filter event = "storage_failed"',
      'stats count(*) as failures, latest(aws_request_id) as last_aws_request_id by bin(5m), @log, error, http_status, attempts',
      'sort failures desc',
    ],
  },
  'function-errors': {
    logs: FUNCTION_LOGS,
    lines: ['filter not ispresent(event)', 'fields @timestamp, @log, @message', 'sort @timestamp desc', 'limit 100'],
  },
  'slow-openings': {
    logs: ['access'],
    lines: [
      'filter outcome = "opened" and status < 400',
      'stats count(*) as openings, pct(latency_ms, 50) as p50, pct(latency_ms, 95) as p95, max(latency_ms) as slowest by bin(5m)',
    ],
  },
  'throttled-requests': {
    logs: ['access'],
    lines: [
      'filter status = 429',
      'stats count(*) as requests by bin(1m), route, method, source_ip',
      'sort requests desc',
      'limit 100',
    ],
  },
  'unknown-nonces': {
    logs: ['access'],
    lines: [
      'filter outcome in ["unknown_or_spent", "malformed"]',
      'stats count(*) as requests, count_distinct(link_id) as links by source_ip, user_agent, outcome',
      'sort requests desc',
      'limit 50',
    ],
  },
  'led-nowhere': {
    logs: ['access'],
    lines: [
      'filter outcome = "opened" and status >= 500',
      'fields @timestamp, link_id, source_ip, user_agent, status, request_id',
      'sort @timestamp desc',
      'limit 1000',
    ],
  },
  'lost-replies': {
    logs: ['access'],
    lines: [
      'filter outcome = "lost_reply"',
      'fields @timestamp, link_id, source_ip, user_agent, latency_ms, request_id',
      'sort @timestamp desc',
      'limit 1000',
    ],
  },
  requests: {
    logs: ['access'],
    lines: [
      'stats count(*) as requests by route, method, status, source_ip, user_agent',
      'sort requests desc',
      'limit 100',
    ],
  },
  callers: {
    logs: ['access'],
    lines: [
      'filter route = "/generate-url"',
      'stats count(*) as requests by principal, account, source_ip, status',
      'sort requests desc',
      'limit 100',
    ],
  },
  'refused-requests': {
    logs: ['generateUrl'],
    lines: ['filter event = "link_refused"', 'stats count(*) as refusals by code, caller', 'sort refusals desc'],
  },
};

/** Saves the queries where CloudWatch Logs Insights lists them, in a folder of their own. */
export function addQueries(scope: Construct, logs: LinkLogs): void {
  for (const [name, query] of Object.entries(QUERIES)) {
    new CfnQueryDefinition(scope, `Query-${name}`, {
      name: `${namespaceOf(scope)}/${name}`,
      logGroupNames: query.logs.map((log) => logs[log].logGroupName),
      queryString: queryText(query.lines),
    });
  }
}

/** What the dashboard shows of them. */
export const SECOND_OPENERS_QUERY = queryText(SECOND_OPENERS);

function queryText(lines: readonly string[]): string {
  return lines.join('\n| ');
}
