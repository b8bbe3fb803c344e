/**
 * How much is monitored. `none`: no metrics, alarms, topic or dashboard. `basic`: what fits into the free tier of CloudWatch,
 * 10 metrics and 10 metrics in alarms. `full`: everything. The saved queries cost nothing and exist at every level.
 * https://aws.amazon.com/cloudwatch/pricing/
 */
export type MonitoringLevel = 'none' | 'basic' | 'full';

/** From the lowest to the highest. */
export const MONITORING_LEVELS = ['none', 'basic', 'full'] as const satisfies readonly MonitoringLevel[];

/** Whether `level` is `lowest` or higher. */
export function includes(level: MonitoringLevel, lowest: MonitoringLevel): boolean {
  return MONITORING_LEVELS.indexOf(level) >= MONITORING_LEVELS.indexOf(lowest);
}
