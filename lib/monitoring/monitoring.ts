import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import type { LinkApi } from '../constructs/link-api';
import type { Throttles } from '../options/throttles';
import { addAlarms, type LinkFunctions } from './alarms';
import { addDashboard } from './dashboard';
import { LinkMetrics } from './link-metrics';
import { addQueries, type LinkLogs } from './log-queries';

/** Properties of {@link Monitoring}. */
export interface MonitoringProps {
  readonly api: LinkApi;
  readonly functions: LinkFunctions;
  readonly tableName: string;
  readonly throttles: Throttles;
  /**
   * Who gets a mail when an alarm goes off.
   *
   * @default - nobody
   */
  readonly alarmEmail?: string;
}

/**
 * What operators see: metrics, alarms, a dashboard and ready-made queries. All of it is taken from logs and from what AWS
 * counts by itself; no function does anything for it while a link is opened.
 */
export class Monitoring extends Construct {
  /** Where the alarms are published to. */
  readonly alarmTopic: ITopic;

  constructor(scope: Construct, id: string, { api, functions, tableName, throttles, alarmEmail }: MonitoringProps) {
    super(scope, id);
    const logs: LinkLogs = {
      access: api.accessLog,
      generateUrl: functions.generateUrl.logGroup,
      authorizeAccess: functions.authorizeAccess.logGroup,
      accessObject: functions.accessObject.logGroup,
      manageLink: functions.manageLink.logGroup,
    };
    const metrics = new LinkMetrics(this, 'Metrics', logs);
    const watched = { metrics, functions, tableName, stage: api.stage, accessLog: api.accessLog, throttles };
    const { topic, alarms } = addAlarms(this, watched, alarmEmail);
    this.alarmTopic = topic;
    addQueries(this, logs);
    addDashboard(this, watched, alarms, logs);
  }
}
