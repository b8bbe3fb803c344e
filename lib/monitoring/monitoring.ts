import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import { addAlarms, addAlarmTopic } from './alarms';
import { addDashboard } from './dashboard';
import { LinkMetrics } from './link-metrics';
import { addQueries, type LinkLogs } from './log-queries';
import type { MonitoringProps } from './watched';

/**
 * Metrics, alarms, a dashboard and saved queries. They use only logs and the metrics that AWS provides. The level decides
 * which of them exist.
 */
export class Monitoring extends Construct {
  readonly metrics: LinkMetrics;
  /** `undefined` without alarms. */
  readonly alarmTopic: ITopic | undefined;

  constructor(scope: Construct, id: string, props: MonitoringProps) {
    super(scope, id);
    const { level, namespace, api, functions, recordReceipts, removeUploads, logReceived } = props;
    const logs: LinkLogs = {
      access: api.accessLog,
      generateUrl: functions.generateUrl.logGroup,
      authorizeAccess: functions.authorizeAccess.logGroup,
      accessObject: functions.accessObject.logGroup,
      manageLink: functions.manageLink.logGroup,
      openLink: functions.openLink.logGroup,
      describeLink: functions.describeLink.logGroup,
      recordReceipts: recordReceipts?.logGroup,
      removeUploads: removeUploads?.logGroup,
      uploadObject: functions.uploadObject?.logGroup,
      logReceived: logReceived?.logGroup,
    };
    this.metrics = new LinkMetrics(this, 'Metrics', namespace, logs, level);
    addQueries(this, namespace, logs);
    if (level !== 'none') {
      this.alarmTopic = addAlarmTopic(this, props);
      const watched = { ...props, metrics: this.metrics, logs };
      const alarms = addAlarms(this, watched, this.alarmTopic);
      addDashboard(this, watched, alarms);
    }
  }
}
