import type { Table } from 'aws-cdk-lib/aws-dynamodb';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import type { LinkApi, LinkFunctions } from '../constructs/link-api';
import type { Throttles } from '../limits';
import { addAlarms, addAlarmTopic } from './alarms';
import { addDashboard } from './dashboard';
import { LinkMetrics } from './link-metrics';
import { addQueries, type LinkLogs } from './log-queries';

/** Properties of {@link Monitoring}. */
export interface MonitoringProps {
  /** Prefix of the alarm and dashboard names, unique in the account and Region. */
  readonly name: string;
  /** Namespace of the metrics, and folder of the saved queries. */
  readonly namespace: string;
  readonly api: LinkApi;
  readonly functions: LinkFunctions;
  readonly table: Table;
  readonly throttles: Throttles;
  /** Email address to subscribe to the alarms. */
  readonly alarmEmail: string | undefined;
  /** Where the runbook is, for readers of an alarm. */
  readonly runbookBaseUrl: string;
}

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
    };
    this.metrics = new LinkMetrics(this, 'Metrics', namespace, logs);
    this.alarmTopic = addAlarmTopic(this, props);
    const watched = { ...props, metrics: this.metrics, logs };
    const alarms = addAlarms(this, watched, this.alarmTopic);
    addQueries(this, namespace, logs);
    addDashboard(this, watched, alarms);
  }
}
