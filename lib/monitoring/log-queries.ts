import { CfnQueryDefinition, type ILogGroup } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import { createInOrder } from './create-in-order';

/** The log groups. API Gateway writes one line per request, the functions one line per event. */
export type LinkLogs = Readonly<
  Record<'access' | (typeof FUNCTION_LOGS)[number], ILogGroup> &
    Record<(typeof OPTIONAL_LOGS)[number], ILogGroup | undefined>
>;

const FUNCTION_LOGS = [
  'generateUrl',
  'authorizeAccess',
  'accessObject',
  'manageLink',
  'openLink',
  'describeLink',
] as const;

/** Logs of functions that only some deployments have. */
const OPTIONAL_LOGS = ['recordReceipts', 'removeUploads', 'uploadObject', 'logReceived'] as const;

/** Finds links that were requested again after they were redeemed. */
export const SECOND_ATTEMPTS = `
  filter outcome in ["redeemed", "not_active"]
  | fields strcontains(outcome, "redeemed") as redemption, strcontains(outcome, "not_active") as later
  | stats sum(redemption) as redemptions, sum(later) as later_attempts, count_distinct(source_ip) as addresses, earliest(source_ip) as first_address, latest(source_ip) as last_address by link_id
  | filter redemptions > 0 and later_attempts > 0
  | sort addresses desc, later_attempts desc
  | limit 100`;

/** The logs that {@link SECOND_ATTEMPTS} reads. */
export const SECOND_ATTEMPT_LOGS = ['authorizeAccess', 'describeLink'] as const satisfies readonly (keyof LinkLogs)[];

/**
 * The saved queries, by name. `docs/runbook.md` explains when to use each one and how to read its results. Replace
 * words in capitals before running a query. Issued links are queried in the function's log, because the access log does
 * not contain their IDs. https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax.html
 */
const QUERIES: Readonly<Record<string, string>> = {
  'link-history': `
    filter link_id = "LINK_ID" and (ispresent(event) or (outcome = "redeemed" and status >= 400))
    | fields @timestamp, event, outcome, source_ip, user_agent, caller, status, request_id
    | sort @timestamp asc
    | limit 1000`,
  'request-history': `
    filter request_id = "REQUEST_ID" or requestId = "REQUEST_ID"
    | fields @timestamp, @log, event, outcome, code, error, link_id, caller, principal, source_ip, route, status, error_type, authorizer_request_id, function_request_id
    | sort @timestamp asc`,
  'second-attempts': SECOND_ATTEMPTS,
  'never-redeemed': `
    filter event = "link_issued" or (outcome = "redeemed" and status < 400)
    | stats count(event) as issued, count(outcome) as redeemed, min(@timestamp) as first_seen, earliest(caller) as issued_by by link_id
    | filter issued > 0 and redeemed = 0
    | sort first_seen asc
    | limit 1000`,
  'server-errors': `
    filter status >= 500
    | stats count(*) as requests by bin(5m), route, method, status, error_type
    | sort requests desc`,
  'storage-failures': `
    filter event = "storage_failed"
    | stats count(*) as failures, latest(aws_request_id) as last_aws_request_id by bin(5m), @log, error, http_status, attempts
    | sort failures desc`,
  'function-errors': `
    filter not ispresent(event)
    | fields @timestamp, @log, @message
    | sort @timestamp desc
    | limit 100`,
  'slow-redemptions': `
    filter outcome = "redeemed" and status < 400
    | stats count(*) as redemptions, pct(latency_ms, 50) as p50, pct(latency_ms, 95) as p95, max(latency_ms) as slowest by bin(5m)`,
  'throttled-requests': `
    filter status = 429
    | stats count(*) as requests by bin(1m), route, method, source_ip
    | sort requests desc
    | limit 100`,
  'unknown-nonces': `
    filter outcome in ["not_active", "malformed"]
    | stats count(*) as requests, count_distinct(link_id) as links by source_ip, user_agent, outcome
    | sort requests desc
    | limit 50`,
  'redeemed-in-vain': `
    filter outcome = "redeemed" and status >= 400
    | fields @timestamp, link_id, source_ip, user_agent, status, request_id
    | sort @timestamp desc
    | limit 1000`,
  'outcome-unknown': `
    filter outcome = "outcome_unknown"
    | fields @timestamp, link_id, source_ip, user_agent, request_id
    | sort @timestamp desc
    | limit 1000`,
  requests: `
    stats count(*) as requests by route, method, status, source_ip, user_agent
    | sort requests desc
    | limit 100`,
  callers: `
    filter route = "/generate-url"
    | stats count(*) as requests by principal, account, source_ip, status
    | sort requests desc
    | limit 100`,
  // Results need a line of the function for which API Gateway has none. An invoker chooses the request ID, and may repeat
  // that of a request that was allowed, or send none. `error_type` is "-" if the function responded.
  'direct-invocations': `
    filter event in ["link_issued", "link_description", "link_lookup", "link_revocation", "links_listed"] or (route in ["/generate-url", "/describe-link", "/links/{link_id}", "/my-links", "/my-links/{link_id}"] and error_type = "-")
    | fields coalesce(request_id, "-") as request
    | stats count(event) as lines, count(route) as requests, min(@timestamp) as first_seen, earliest(caller) as claimed_caller, earliest(link_id) as first_link_id by request
    | filter lines > requests
    | sort first_seen asc
    | limit 1000`,
  'refused-requests': `
    filter event = "link_refused"
    | stats count(*) as requests by code, caller
    | sort requests desc`,
};

/** The logs that each query reads. @default - the access log */
const LOGS: Readonly<Record<string, readonly (keyof LinkLogs)[]>> = {
  'link-history': ['access', 'generateUrl', 'authorizeAccess', 'manageLink', 'describeLink', 'logReceived'],
  'request-history': ['access', ...FUNCTION_LOGS, ...OPTIONAL_LOGS],
  'second-attempts': SECOND_ATTEMPT_LOGS,
  'never-redeemed': ['access', 'generateUrl'],
  'storage-failures': [
    'generateUrl',
    'authorizeAccess',
    'manageLink',
    'describeLink',
    'recordReceipts',
    'removeUploads',
    'logReceived',
  ],
  'function-errors': [...FUNCTION_LOGS, ...OPTIONAL_LOGS],
  'unknown-nonces': ['authorizeAccess', 'describeLink'],
  'outcome-unknown': ['authorizeAccess'],
  'direct-invocations': ['access', 'generateUrl', 'manageLink', 'describeLink'],
  'refused-requests': ['generateUrl'],
};

/**
 * Saves the queries in CloudWatch Logs Insights.
 *
 * @param folder folder of the queries in Logs Insights.
 */
export function addQueries(scope: Construct, folder: string, logs: LinkLogs): void {
  const queries = Object.entries(QUERIES).map(([name, query]) => {
    const logGroupNames = (LOGS[name] ?? ['access']).flatMap((log) => logs[log]?.logGroupName ?? []);
    return new CfnQueryDefinition(scope, `Query-${name}`, {
      name: `${folder}/${name}`,
      logGroupNames,
      queryString: queryString(query),
    });
  });
  createInOrder(queries);
}

/** Removes the indentation of a query. */
export function queryString(text: string): string {
  return text.trim().replace(/\n\s+/g, '\n');
}
