import type { Table } from 'aws-cdk-lib/aws-dynamodb';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { LinkApi } from '../constructs/link-api';
import type { LinkFunctions } from '../constructs/link-functions';
import type { LogReceived } from '../constructs/log-received';
import type { RecordReceipts } from '../constructs/record-receipts';
import type { RemoveUploads } from '../constructs/remove-uploads';
import type { Throttles } from '../limits';
import type { MonitoringLevel } from './levels';
import type { LinkMetrics } from './link-metrics';
import type { LinkLogs } from './log-queries';

/** Properties of the `Monitoring` construct. */
export interface MonitoringProps {
  readonly level: MonitoringLevel;
  /** Prefix of the alarm and dashboard names, unique in the account and Region. */
  readonly name: string;
  /** Namespace of the metrics, and folder of the saved queries. */
  readonly namespace: string;
  readonly api: LinkApi;
  readonly functions: LinkFunctions;
  /** `undefined` without receipts. */
  readonly recordReceipts: RecordReceipts | undefined;
  /** `undefined` without receipts or default bucket. */
  readonly removeUploads: RemoveUploads | undefined;
  /** `undefined` without receipts or buckets that accept uploads. */
  readonly logReceived: LogReceived | undefined;
  readonly table: Table;
  readonly throttles: Throttles;
  /** Key of the alarm topic. */
  readonly encryptionKey: IKey | undefined;
  /** Email address to subscribe to the alarms. */
  readonly alarmEmail: string | undefined;
  /** Where the runbook is, for readers of an alarm. */
  readonly runbookBaseUrl: string;
}

/** Everything that the alarms and the dashboard use. */
export interface Watched extends MonitoringProps {
  readonly metrics: LinkMetrics;
  readonly logs: LinkLogs;
}
