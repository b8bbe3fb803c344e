const MILLION = 1_000_000;

/** List prices in dollars, us-east-1, 2026, without free tiers and volume discounts. */
export const PRICE = {
  /** REST API, first 333 million a month: https://aws.amazon.com/api-gateway/pricing/ */
  apiRequest: 3.5 / MILLION,
  /** https://aws.amazon.com/lambda/pricing/ */
  functionCall: 0.2 / MILLION,
  armGigabyteSecond: 0.0000133334,
  /** On demand, standard table: https://aws.amazon.com/dynamodb/pricing/on-demand/ */
  writeUnit: 0.625 / MILLION,
  readUnit: 0.125 / MILLION,
  /** https://aws.amazon.com/s3/pricing/ */
  s3Get: 0.4 / MILLION,
  s3Put: 5 / MILLION,
  /** S3 sends opt-in data events: https://aws.amazon.com/eventbridge/pricing/ */
  event: 1 / MILLION,
  /** Ingestion, standard class: https://aws.amazon.com/cloudwatch/pricing/ */
  logByte: 0.5 / 1e9,
  metricMonth: 0.3,
  alarmMonth: 0.1,
  dashboardMonth: 3,
};
