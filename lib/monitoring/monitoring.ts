import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import { addAlarms, addAlarmTopic } from './alarms';
import { addDashboard } from './dashboard';
import { LinkMetrics } from './link-metrics';
import { addQueries, type LinkLogs } from './log-queries';
import type { MonitoringProps } from './watched';

/** Metrics, alarms, a dashboard and saved queries. They use only logs and the metrics that AWS provides. */
export class Monitoring extends Construct {
  readonly metrics: LinkMetrics;
  readonly alarmTopic: ITopic;

  constructor(scope: Construct, id: string, props: MonitoringProps) {
    super(scope, id);
    const { namespace, api, functions } = props;
    const logs: LinkLogs = {
      access: api.accessLog,
      generateUrl: functions.generateUrl.logGroup,
      authorizeAccess: functions.authorizeAccess.logGroup,
      accessObject: functions.accessObject.logGroup,
      manageLink: functions.manageLink.logGroup,
      openLink: functions.openLink.logGroup,
    };
    this.metrics = new LinkMetrics(this, 'Metrics', namespace, logs);
    this.alarmTopic = addAlarmTopic(this, props);
    const watched = { ...props, metrics: this.metrics, logs };
    const alarms = addAlarms(this, watched, this.alarmTopic);
    addQueries(this, namespace, logs);
    addDashboard(this, watched, alarms);
  }
}
