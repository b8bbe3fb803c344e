import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type AttributeValue, ScanCommand } from '@aws-sdk/client-dynamodb';
import type { AwsCall } from '../../emulator/iam/principal';
import { defaultTemplate, monitoringIn, propertiesOf, resourcesOf } from '../lib/support/template';
import { describeLink, linkTo, nonceOf, send } from '../support/http';
import type { AnyLinkKind } from '../support/link-kinds';
import { PRICE } from '../support/prices';
import { type RunningEmulator, runEmulator, until } from '../support/running-emulator';
import { templateWith } from '../support/synthesized';
import { grantedUpload, putFile, uploadLink } from '../support/uploads';

const DOCUMENT = join(__dirname, '..', '..', 'docs', 'operations.md');
const REGENERATE = 'UPDATE_DOCS=1 npx jest test/properties/cost.test.ts';

/**
 * CloudWatch adds this to the bytes of each line:
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/cloudwatch_limits_cwl.html
 */
const LOG_LINE_OVERHEAD_BYTES = 26;

const WRITE_UNIT_BYTES = 1024;

const BROWSER = 'Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0';

/**
 * Billed milliseconds of a warm call, with 4 ms of network per AWS call (docs/performance.md). The emulator cannot measure
 * them; the metric `Duration` of each function has the actual figures. The calls that store a receipt and count an upload link
 * toward the daily limit, and the functions behind the log and behind events, are estimates from the calls of the others.
 */
const BILLED_MILLISECONDS: Readonly<Record<string, number>> = {
  GenerateUrl: 15,
  AuthorizeAccess: 7,
  AccessObject: 1,
  RecordReceipts: 15,
  DescribeLink: 7,
  UploadObject: 1,
  LogReceived: 15,
};
const RECEIPT_PUT_MILLISECONDS = 5;
const QUOTA_UPDATE_MILLISECONDS = 5;

/**
 * Storing a receipt also writes to the index. An update does not, because it changes no attribute of the index.
 */
const RECEIPT_UNITS = { put: 2, update: 1 };

/** Operations for one link or one request. */
interface Counts {
  readonly apiRequests: number;
  readonly functionCalls: number;
  /** Billed by Lambda. */
  readonly milliseconds: number;
  readonly gigabyteSeconds: number;
  readonly writeUnits: number;
  readonly readUnits: number;
  /** GET and HEAD. */
  readonly s3Gets: number;
  readonly s3Puts: number;
  /** Events of S3. */
  readonly events: number;
  readonly logBytes: number;
}

/** An emulator whose calls are counted. */
interface Meter {
  readonly emulator: RunningEmulator;
  readonly calls: readonly { readonly action: string; readonly resource: string }[];
}

/** With receipts, and with `receiptRetentionDays: 0`. */
let metered: Meter;
let plain: Meter;

async function startMeter(options: Readonly<Record<string, unknown>>): Promise<Meter> {
  const calls: AwsCall[] = [];
  return { emulator: await runEmulator({ options, onCall: (call) => calls.push(call) }), calls };
}

beforeAll(async () => {
  metered = await startMeter({});
  plain = await startMeter({ receiptRetentionDays: 0 });
});

afterAll(async () => {
  await metered.emulator.close();
  await plain.emulator.close();
});

/** Counts the operations during `act`, which returns its write units in the link table. */
async function count({ emulator, calls }: Meter, act: () => Promise<number>): Promise<Counts> {
  await emulator.delivered();
  const [callsBefore, linesBefore] = [calls.length, emulator.logs.length];
  const linkUnits = await act();
  await emulator.delivered();
  const made = calls.slice(callsBefore);
  const number = (pattern: RegExp): number =>
    made.filter(({ action, resource }) => pattern.test(`${action} ${resource}`)).length;
  const receiptPuts = number(/PutItem .*-ReceiptTable/);
  const receiptUpdates = number(/UpdateItem .*-ReceiptTable/);
  const quotaUpdates = number(/UpdateItem .*-LinkTable/);
  const puts = number(/^s3:PutObject /);
  const invoked = made
    .filter(({ action }) => action === 'lambda:InvokeFunction')
    .map(
      ({ resource }) =>
        /-(GenerateUrl|AuthorizeAccess|AccessObject|RecordReceipts|DescribeLink|UploadObject|LogReceived)/.exec(
          resource,
        )?.[1] ?? resource,
    );
  const durations = [
    ...invoked.map((name) => [name, BILLED_MILLISECONDS[name] ?? Number.NaN] as const),
    ['GenerateUrl', receiptPuts * RECEIPT_PUT_MILLISECONDS + quotaUpdates * QUOTA_UPDATE_MILLISECONDS] as const,
  ];
  // All functions log one line per call except these.
  const silent = ['AccessObject', 'RecordReceipts', 'UploadObject'];
  const lines = await linesSince(emulator, linesBefore, invoked.filter((name) => !silent.includes(name)).length);
  const logBytes = lines.reduce((sum, line) => sum + Buffer.byteLength(line) + LOG_LINE_OVERHEAD_BYTES, 0);
  expect(number(/(?:Put|Delete)Item .*-LinkTable/) > 0).toBe(linkUnits > 0);
  return {
    apiRequests: lines.filter((line) => line.startsWith('{"time":')).length,
    functionCalls: invoked.length,
    milliseconds: durations.reduce((sum, [, milliseconds]) => sum + milliseconds, 0),
    gigabyteSeconds: durations.reduce((sum, [name, milliseconds]) => sum + gigabyteSeconds(name, milliseconds), 0),
    writeUnits: linkUnits + quotaUpdates + receiptPuts * RECEIPT_UNITS.put + receiptUpdates * RECEIPT_UNITS.update,
    // Consistent reads of at most 4 KB.
    readUnits: number(/GetItem .*-LinkTable/),
    s3Gets: number(/^s3:GetObject /),
    s3Puts: puts,
    // The default bucket sends an event for each object.
    events: puts,
    // Names, addresses and user agents have different lengths on AWS.
    logBytes: Math.round(logBytes / 50) * 50,
  };
}

/** Waits for this number of log lines from the functions, and returns the log lines that `act` wrote. */
async function linesSince(emulator: RunningEmulator, before: number, ofFunctions: number): Promise<readonly string[]> {
  const entries = await until(() => {
    const since = emulator.logs.slice(before);
    return since.filter((entry) => !entry.startsWith('access ')).length === ofFunctions ? since : undefined;
  });
  return entries.map((entry) => entry.slice(entry.indexOf(' ') + 1).replace(/(?<="latency_ms":")\d+/, '123'));
}

async function issuedAndRedeemed(meter: Meter, kind: AnyLinkKind): Promise<Counts> {
  const { emulator } = meter;
  return await count(meter, async () => {
    const link = kind === 'upload' ? (await uploadLink(emulator)).url : await linkTo(emulator, { presign: kind });
    const items = await sizesOfItems(emulator, emulator.tableName);
    if (kind === 'upload') {
      await putFile(await grantedUpload(link, NOTE), 'hello');
    } else {
      const { headers } = await send(link, { headers: { 'User-Agent': BROWSER } });
      await send(String(headers['location']));
    }
    return 2 * Math.ceil(Math.max(...items) / WRITE_UNIT_BYTES);
  });
}

const NOTE = { file_name: 'note.txt', size_bytes: 5, content_type: 'text/plain' };

/**
 * Bytes of each item in a table:
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html
 */
async function sizesOfItems({ dynamoDb }: RunningEmulator, TableName: string): Promise<readonly number[]> {
  const { Items: items = [] } = await dynamoDb.send(new ScanCommand({ TableName }));
  return items.map((item) => sizeOfMap(item));
}

function sizeOfMap(map: Readonly<Record<string, AttributeValue>>): number {
  return Object.entries(map).reduce((sum, [name, value]) => sum + Buffer.byteLength(name) + sizeOf(value), 0);
}

function sizeOf({
  S: text = '',
  N: number,
  B: binary = new Uint8Array(),
  M: map,
  SS: set = [],
}: AttributeValue): number {
  const numberBytes = number === undefined ? 0 : Math.ceil(number.length / 2) + 1;
  const mapBytes = map === undefined ? 0 : sizeOfMap(map) + 3;
  return [text, ...set].reduce((sum, one) => sum + Buffer.byteLength(one), numberBytes + binary.length + mapBytes);
}

/** Counts a request that redeems nothing. */
async function refused(writeUnits: number, request: () => Promise<unknown>): Promise<Counts> {
  return await count(metered, () => request().then(() => writeUnits));
}

test('docs/operations.md has the operations and the cost of a link', async () => {
  const { emulator } = metered;
  const now = await issuedAndRedeemed(metered, 'now');
  const onOpen = await issuedAndRedeemed(metered, 'on_open');
  const [plainNow, plainOnOpen] = [await issuedAndRedeemed(plain, 'now'), await issuedAndRedeemed(plain, 'on_open')];
  const upload = await issuedAndRedeemed(metered, 'upload');
  const plainUpload = await issuedAndRedeemed(plain, 'upload');
  const redeemed = await linkTo(emulator);
  await send(redeemed);
  const active = await linkTo(emulator);
  const missing = await refused(1, () => send(redeemed));
  const malformed = await refused(0, () => send(`${active}x`));
  const preview = await refused(0, () => send(active, { headers: { 'User-Agent': 'Twitterbot/1.0' } }));
  const description = await refused(0, () => describeLink(emulator, nonceOf(active)));
  const head = await refused(0, () => send(active, { method: 'HEAD' }));

  expect(plainNow).toMatchObject({ apiRequests: 2, functionCalls: 3, s3Gets: 2, writeUnits: 4 });
  expect(plainOnOpen).toMatchObject({ apiRequests: 2, functionCalls: 3, s3Gets: 2, writeUnits: 2 });
  expect(now).toMatchObject({ apiRequests: 2, functionCalls: 4, s3Gets: 2, writeUnits: 7 });
  expect(onOpen).toMatchObject({ apiRequests: 2, functionCalls: 4, s3Gets: 2, writeUnits: 5 });
  expect(plainUpload).toMatchObject({ apiRequests: 2, functionCalls: 3, s3Gets: 0, s3Puts: 1, writeUnits: 3 });
  expect(upload).toMatchObject({ apiRequests: 2, functionCalls: 6, s3Gets: 1, s3Puts: 1, writeUnits: 7 });
  expect(description).toMatchObject({ apiRequests: 1, functionCalls: 1, readUnits: 1, writeUnits: 0 });
  expect([missing.functionCalls, malformed.functionCalls, preview.functionCalls, head.functionCalls]).toEqual([
    2, 1, 1, 0,
  ]);
  for (const [one, other] of [
    [now, plainNow],
    [onOpen, plainOnOpen],
  ] as const) {
    expect(1_000_000 * (costOf(one) - costOf(other))).toBeLessThanOrEqual(2.5);
  }
  const receiptBytes = await sizesOfItems(emulator, String(emulator.receiptTableName));
  expect(Math.max(...receiptBytes)).toBeLessThanOrEqual(WRITE_UNIT_BYTES);

  const costSection = `| a million links, issued and redeemed | price | \`now\`: per link | $ | \`on_open\`: per link | $ |
| --- | --- | ---: | ---: | ---: | ---: |
${costRows(now, onOpen)}
| **total without receipts** | | | **${dollars(costOf(plainNow))}** | | **${dollars(costOf(plainOnOpen))}** |

| a million upload links, issued, redeemed and used | price | per link | $ |
| --- | --- | ---: | ---: |
${uploadCostRows(upload)}
| **total without receipts** | | | **${dollars(costOf(plainUpload))}** |

| a million requests that redeem nothing | $ |
| --- | ---: |
| a redeemed, revoked or unknown link | ${dollars(costOf(missing))} |
| a malformed nonce | ${dollars(costOf(malformed))} |
| a prefetch or a link preview | ${dollars(costOf(preview))} |
| a description, for the click-through page | ${dollars(costOf(description))} |
| \`HEAD\` | ${dollars(costOf(head))} |

| a month, with or without links | $ each | \`basic\` | \`full\` |
| --- | ---: | ---: | ---: |
${monthlyRows()}`;
  const loadSection = `| per second | 10 links | 1,000 links | 10,000 links | quota |
| --- | ---: | ---: | ---: | --- |
${loadRows(now, onOpen)}`;
  const document = withSection(withSection(readFileSync(DOCUMENT, 'utf8'), 'cost', costSection), 'load', loadSection);
  if (process.env['UPDATE_DOCS'] === '1') {
    writeFileSync(DOCUMENT, document);
  }
  expect(/\$(\S+) per million unknown links/.exec(document)?.[1]).toBe(dollars(costOf(missing)));
  if (readFileSync(DOCUMENT, 'utf8') !== document) {
    throw new Error(`docs/operations.md is out of date. Look at what changed, then: ${REGENERATE}\n\n${costSection}`);
  }
});

/** Dollars of each item of the bill, for one link or request. */
function billOf(counts: Counts) {
  return {
    api: counts.apiRequests * PRICE.apiRequest,
    calls: counts.functionCalls * PRICE.functionCall,
    compute: counts.gigabyteSeconds * PRICE.armGigabyteSecond,
    writes: counts.writeUnits * PRICE.writeUnit,
    reads: counts.readUnits * PRICE.readUnit,
    gets: counts.s3Gets * PRICE.s3Get,
    puts: counts.s3Puts * PRICE.s3Put,
    events: counts.events * PRICE.event,
    logs: counts.logBytes * PRICE.logByte,
  };
}

function gigabyteSeconds(functionName: string, milliseconds: number): number {
  const properties = propertiesOf(resourcesOf(defaultTemplate()), 'AWS::Lambda::Function')[functionName];
  return (milliseconds / 1000) * (Number(properties?.['MemorySize']) / 1024);
}

function costOf(counts: Counts): number {
  return Object.values(billOf(counts)).reduce((sum, one) => sum + one, 0);
}

/** The price of a million, in dollars. */
function dollars(each: number): string {
  return (each * 1_000_000).toFixed(2);
}

function costRows(now: Counts, onOpen: Counts): string {
  const [bill, other] = [billOf(now), billOf(onOpen)];
  const row = (what: string, price: string, item: keyof typeof bill, of: (counts: Counts) => number): string =>
    `| ${what} | ${price} | ${of(now)} | ${dollars(bill[item])} | ${of(onOpen)} | ${dollars(other[item])} |`;
  return [
    row('API Gateway requests', '$3.50 a million', 'api', ({ apiRequests }) => apiRequests),
    row('Lambda invocations', '$0.20 a million', 'calls', ({ functionCalls }) => functionCalls),
    row('Lambda GB-seconds', '$13.33 a million', 'compute', (counts) => Number(counts.gigabyteSeconds.toFixed(4))),
    row('DynamoDB write units', '$0.625 a million', 'writes', ({ writeUnits }) => writeUnits),
    row('S3 GET requests', '$0.40 a million', 'gets', ({ s3Gets }) => s3Gets),
    row('CloudWatch Logs bytes', '$0.50 a GB', 'logs', ({ logBytes }) => logBytes),
    `| **total** | | | **${dollars(costOf(now))}** | | **${dollars(costOf(onOpen))}** |`,
  ].join('\n');
}

function uploadCostRows(counts: Counts): string {
  const bill = billOf(counts);
  const row = (what: string, price: string, item: keyof typeof bill, amount: number): string =>
    `| ${what} | ${price} | ${amount} | ${dollars(bill[item])} |`;
  return [
    row('API Gateway requests', '$3.50 a million', 'api', counts.apiRequests),
    row('Lambda invocations', '$0.20 a million', 'calls', counts.functionCalls),
    row('Lambda GB-seconds', '$13.33 a million', 'compute', Number(counts.gigabyteSeconds.toFixed(4))),
    row('DynamoDB write units', '$0.625 a million', 'writes', counts.writeUnits),
    row('S3 PUT requests', '$5.00 a million', 'puts', counts.s3Puts),
    row('S3 HEAD requests', '$0.40 a million', 'gets', counts.s3Gets),
    row('S3 events in EventBridge', '$1.00 a million', 'events', counts.events),
    row('CloudWatch Logs bytes', '$0.50 a GB', 'logs', counts.logBytes),
    `| **total** | | | **${dollars(costOf(counts))}** |`,
  ].join('\n');
}

function monthlyRows(): string {
  const basic = monitoringIn(resourcesOf(defaultTemplate()));
  const full = monitoringIn(resourcesOf(templateWith({ monitoring: 'full' })));
  const cost = ({ metrics, alarmMetrics, dashboards }: typeof basic): number =>
    metrics.length * PRICE.metricMonth + alarmMetrics * PRICE.alarmMonth + dashboards * PRICE.dashboardMonth;
  return [
    `| metrics from logs | 0.30 | ${basic.metrics.length} | ${full.metrics.length} |`,
    `| metrics in alarms | 0.10 | ${basic.alarmMetrics} | ${full.alarmMetrics} |`,
    `| dashboards | 3.00 | ${basic.dashboards} | ${full.dashboards} |`,
    `| **total in $, without the free tier** | | **${cost(basic).toFixed(2)}** | **${cost(full).toFixed(2)}** |`,
  ].join('\n');
}

/** Load of 10, 1,000 and 10,000 links a second, each issued and redeemed, and the default quotas. */
function loadRows(now: Counts, onOpen: Counts): string {
  const row = (what: string, quota: string, of: (counts: Counts) => number): string => {
    const cells = [10, 1_000, 10_000].map((rate) => {
      const [one, other] = [now, onOpen].map((counts) => Math.ceil(rate * of(counts)).toLocaleString('en'));
      return one === other ? one : `${one} / ${other}`;
    });
    return `| ${what} | ${cells.join(' | ')} | ${quota} |`;
  };
  return [
    row('API Gateway requests', '10,000 per account and Region, burst 5,000', ({ apiRequests }) => apiRequests),
    row(
      'Lambda invocations',
      '10 × the concurrency: 10,000; 100 in a new account',
      ({ functionCalls }) => functionCalls,
    ),
    row('Lambda concurrency', '1,000 per account and Region; 10 in a new account', (one) => one.milliseconds / 1000),
    row('DynamoDB write units, all tables', '40,000 per table; 4,000 for a new table', (one) => one.writeUnits),
    row('S3 GET requests', '5,500 per prefix at first; S3 scales with the load', ({ s3Gets }) => s3Gets),
    row('KB of logs', 'reached after the others', ({ logBytes }) => logBytes / 1000),
  ].join('\n');
}

/** Replaces the text between two markers. */
function withSection(text: string, name: string, section: string): string {
  const [start, end] = [`<!-- ${name} -->\n`, `<!-- end of ${name} -->`];
  const [from, to] = [text.indexOf(start), text.indexOf(end)];
  if (from === -1 || to === -1) {
    throw new Error(`docs/operations.md has no section ${name}`);
  }
  return `${text.slice(0, from)}${start}${section}\n${text.slice(to)}`;
}
