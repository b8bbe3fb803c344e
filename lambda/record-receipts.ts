import { gunzipSync } from 'node:zlib';
import type { CloudWatchLogsDecodedData, CloudWatchLogsEvent } from 'aws-lambda';
import { eventPublisher } from './aws/event-bus';
import { notifier } from './aws/notification-topic';
import { findReceipt, recordReceived, recordRedemption, recordRefused } from './aws/receipt-table';
import { tableClient } from './aws/table-client';
import { ENVIRONMENT } from './contract';
import { parseLogEvent } from './link/log-record';
import { type EventSettings, type RecordAdapters, recordLines } from './record-lines';
import { requiredEnvironment } from './runtime/environment';

const table = { client: tableClient(), name: requiredEnvironment(ENVIRONMENT.receiptTable) };
const busName = process.env[ENVIRONMENT.eventBus];
const topicArn = process.env[ENVIRONMENT.notificationTopic];
const settings: EventSettings = {
  deployment: requiredEnvironment(ENVIRONMENT.deploymentName),
  publishedTypes: JSON.parse(process.env[ENVIRONMENT.publishedEvents] ?? '[]'),
};
const aws: RecordAdapters = {
  findReceipt: (linkId) => findReceipt(table, linkId, Math.floor(Date.now() / 1000)),
  recordRedemption: (linkId, attempt) => recordRedemption(table, linkId, attempt),
  recordReceived: (linkId, object) => recordReceived(table, linkId, object),
  recordRefused: (linkId, elements) => recordRefused(table, linkId, elements),
  publish: busName === undefined ? undefined : eventPublisher(busName),
  notify: topicArn === undefined ? undefined : notifier(topicArn),
};

/** Far larger than a CloudWatch Logs batch. */
const MAX_BATCH_BYTES = 50_000_000;

/**
 * Subscribed to the logs of other functions. Records redemptions, received files and refused attempts in receipts, publishes
 * events and sends email. CloudWatch Logs may deliver lines repeatedly and in any order.
 *
 * @throws StorageUnavailableError if a part failed. Lambda then retries the whole batch.
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/SubscriptionFilters.html
 */
export async function handler({ awslogs }: CloudWatchLogsEvent): Promise<void> {
  const text = gunzipSync(Buffer.from(awslogs.data, 'base64'), { maxOutputLength: MAX_BATCH_BYTES }).toString();
  const { logEvents }: CloudWatchLogsDecodedData = JSON.parse(text);
  const records = logEvents.flatMap((event) => parseLogEvent(event) ?? []);
  await recordLines(records, settings, aws);
}
