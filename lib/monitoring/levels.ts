import type { LinkMetricName } from './link-metrics';

/**
 * How much is monitored. `none`: no metrics, alarms, topic or dashboard. `basic`: what fits into the free tier of CloudWatch,
 * 10 metrics and 10 metrics in alarms. `full`: everything. The saved queries cost nothing and exist at every level.
 * https://aws.amazon.com/cloudwatch/pricing/
 */
export const MONITORING_LEVELS = ['none', 'basic', 'full'] as const;
export type MonitoringLevel = (typeof MONITORING_LEVELS)[number];

/** Counts that show whether links work, and those that basic alarms watch. */
const BASIC_METRICS: readonly string[] = [
  'Issued',
  'Redeemed',
  'RedeemedInVain',
  'Revoked',
  'NotActive',
  'Malformed',
  'OutcomeUnknown',
  'StorageFailures',
  'ServerErrors',
  'Throttled',
] satisfies readonly LinkMetricName[];

/** Alarms for lost links, failing redemptions, a growing bill, and logs that other alarms depend on. */
const BASIC_ALARMS: readonly string[] = [
  'server-errors',
  'authorizer-errors',
  'redeemed-in-vain',
  'outcome-unknown',
  'storage-failures',
  'daily-requests',
  'logs-incomplete',
];

/** Whether a metric that a metric filter counts exists at this level. */
export function hasMetric(level: MonitoringLevel, metricName: LinkMetricName): boolean {
  return level === 'full' || (level === 'basic' && BASIC_METRICS.includes(metricName));
}

/** Whether an alarm exists at this level. */
export function hasAlarm(level: MonitoringLevel, name: string): boolean {
  return level === 'full' || (level === 'basic' && BASIC_ALARMS.includes(name));
}
