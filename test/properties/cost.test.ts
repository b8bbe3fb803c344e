import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ScanCommand } from '@aws-sdk/client-dynamodb';
import { defaultTemplate, propertiesOf, type ReadableResources, resourcesOf } from '../lib/support/template';
import { linkTo, send } from '../support/http';
import { LINK_KINDS, type LinkKind } from '../support/link-kinds';
import { PRICE } from '../support/prices';
import { type RunningEmulator, runEmulator } from '../support/running-emulator';

/**
 * What links cost: operations are counted on the emulator, prices are AWS's. `docs/operations.md` has the tables.
 */

const DOCUMENT = join(__dirname, '..', '..', 'docs', 'operations.md');
const REGENERATE = 'UPDATE_DOCS=1 npx jest test/properties/cost.test.ts';
const MILLION = 1_000_000;

/** What CloudWatch adds to the bytes of each line. */
const LOG_LINE_OVERHEAD_BYTES = 26;

/** Links a second to look at. */
const RATES = [10, 1_000, 10_000];

/** Write units are per KB. */
const WRITE_UNIT_BYTES = 1024;

/**
 * Milliseconds that a warm call is billed for, by function: what it takes of the processor (docs/performance.md), and round
 * trips within a region: 30 to S3, 5 to DynamoDB. The emulator cannot measure them. `Duration` of each function says what they
 * really are.
 */
const ASSUMED_MILLISECONDS: Readonly<Record<string, number>> = {
  GenerateUrl: 40,
  AuthorizeAccess: 8,
  AccessObject: 1,
};

/** What was counted of one thing that happens to links. */
interface Counted {
  readonly apiRequests: number;
  readonly functionCalls: number;
  readonly milliseconds: number;
  readonly writeUnits: number;
  readonly s3Gets: number;
  readonly logBytes: number;
}

let emulator: RunningEmulator;
let memoryGigabytes: number;
const calls: { readonly action: string; readonly resource: string }[] = [];
const issuedAndOpened: Partial<Record<LinkKind, Counted>> = {};
const withoutSuccess: Record<string, Counted> = {};

beforeAll(async () => {
  const functions = propertiesOf(resourcesOf(defaultTemplate()), 'AWS::Lambda::Function');
  memoryGigabytes = Number(functions['GenerateUrl']?.['MemorySize']) / 1024;
  expect(functions['AuthorizeAccess']?.['MemorySize']).toBe(memoryGigabytes * 1024);
  expect(functions['AccessObject']?.['MemorySize']).toBe(memoryGigabytes * 1024);

  emulator = await runEmulator({ onCall: (call) => calls.push(call) });
  for (const presign of LINK_KINDS) {
    issuedAndOpened[presign] = await counted(async () => {
      const link = await linkTo(emulator, { presign });
      const itemBytes = await sizeOfTheItem();
      const { headers } = await send(link);
      await send(String(headers['location']));
      return 2 * Math.ceil(itemBytes / WRITE_UNIT_BYTES);
    });
  }
  const spent = await linkTo(emulator);
  await send(spent);
  const open = await linkTo(emulator);
  const oneUnit = async (act: () => Promise<unknown>): Promise<number> => act().then(() => 1);
  const noUnit = async (act: () => Promise<unknown>): Promise<number> => act().then(() => 0);
  withoutSuccess['a link that is spent, or was never made'] = await counted(() => oneUnit(() => send(spent)));
  withoutSuccess['a malformed nonce'] = await counted(() => noUnit(() => send(`${open}x`)));
  withoutSuccess['a prefetch or a preview'] = await counted(() =>
    noUnit(() => send(open, { headers: { 'User-Agent': 'Twitterbot/1.0' } })),
  );
  withoutSuccess['`HEAD`'] = await counted(() => noUnit(() => send(open, { method: 'HEAD' })));
});

afterAll(async () => {
  await emulator.close();
});

/** Counts what an act comes to; it answers how many write units it took. */
async function counted(act: () => Promise<number>): Promise<Counted> {
  const [callsBefore, linesBefore] = [calls.length, emulator.logs.length];
  const writeUnits = await act();
  const made = calls.slice(callsBefore);
  const invoked = made
    .filter(({ action }) => action === 'lambda:InvokeFunction')
    .map(({ resource }) => labelOf(resource));
  // One line of the gateway a request, and one of each function but the redirecting one; those may come after the answer.
  const written = invoked.filter((label) => label !== 'AccessObject').length;
  const lines = await linesSince(linesBefore, written);
  const writes = made.filter(({ action }) => /^dynamodb:(Put|Delete)Item$/.test(action));
  expect(writes.length > 0).toBe(writeUnits > 0);
  return {
    apiRequests: lines.filter((line) => line.startsWith('{"time":')).length,
    functionCalls: invoked.length,
    milliseconds: invoked.reduce((sum, label) => sum + (ASSUMED_MILLISECONDS[label] ?? Number.NaN), 0),
    writeUnits,
    s3Gets: made.filter(({ action }) => action === 's3:GetObject').length,
    logBytes: lines.reduce((sum, line) => sum + Buffer.byteLength(line) + LOG_LINE_OVERHEAD_BYTES, 0),
  };
}

/** Lines of the logs, once the functions have written so many of them. */
async function linesSince(before: number, ofFunctions: number): Promise<readonly string[]> {
  for (;;) {
    const entries = emulator.logs.slice(before);
    if (entries.filter((entry) => !entry.startsWith('access ')).length === ofFunctions) {
      return entries.map((entry) => entry.slice(entry.indexOf(' ') + 1).replace(/(?<="latency_ms":)\d+/, '123'));
    }
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** `arn:…:function:PreSignedURLStack-GenerateUrlA58B6CE8` as `GenerateUrl`. */
function labelOf(functionArn: string): string {
  return /-(\w+?)[0-9A-F]{8}$/.exec(functionArn)?.[1] ?? functionArn;
}

/** Bytes of the one item of the table, by DynamoDB's rules: names and values; a number takes half a byte a digit, and one. */
async function sizeOfTheItem(): Promise<number> {
  const { Items: [item, ...others] = [] } = await emulator.dynamoDb.send(
    new ScanCommand({ TableName: emulator.tableName }),
  );
  expect(others).toEqual([]);
  return Object.entries(item ?? {}).reduce((sum, [name, { S: text = '', N: number, B: binary = [] }]) => {
    const digits = number === undefined ? 0 : Math.ceil(number.length / 2) + 1;
    return sum + Buffer.byteLength(name) + Buffer.byteLength(text) + digits + binary.length;
  }, 0);
}

/** Rows of a table: what, how many a link, at what price, what a million come to. */
function costRows(
  counts: Counted,
): readonly (readonly [what: string, each: number, unitPrice: string, dollars: number])[] {
  const gigabyteSeconds = (counts.milliseconds / 1000) * memoryGigabytes;
  return [
    ['API Gateway requests', counts.apiRequests, '$3.50 a million', counts.apiRequests * PRICE.apiRequest],
    ['Lambda calls', counts.functionCalls, '$0.20 a million', counts.functionCalls * PRICE.functionCall],
    ['Lambda GB-seconds (assumed)', gigabyteSeconds, '$13.33 a million', gigabyteSeconds * PRICE.armGigabyteSecond],
    ['DynamoDB write units', counts.writeUnits, '$0.625 a million', counts.writeUnits * PRICE.writeUnit],
    ['S3 GET requests', counts.s3Gets, '$0.40 a million', counts.s3Gets * PRICE.s3Get],
    ['CloudWatch Logs bytes', counts.logBytes, '$0.50 a GB', counts.logBytes * PRICE.logByte],
  ];
}

function costOf(counts: Counted): number {
  return costRows(counts).reduce((sum, [, , , dollars]) => sum + dollars, 0);
}

/** On AWS names, addresses and user agents are of other lengths: no table needs every byte. */
function rounded(counts: Counted): Counted {
  return { ...counts, logBytes: Math.round(counts.logBytes / 50) * 50 };
}

function dollars(ofOne: number): string {
  return (ofOne * MILLION).toFixed(2);
}

function of<Name extends string>(all: Partial<Record<Name, Counted>>, name: Name): Counted {
  const found = all[name];
  if (found === undefined) {
    throw new Error(`nothing was counted of ${name}`);
  }
  return rounded(found);
}

/** What so many links a second, each issued and opened, ask of a service, and what that allows where nobody asked for more. */
function loadRows(now: Counted, onOpen: Counted): readonly string[] {
  const perSecond = (perLink: (counts: Counted) => number): readonly string[] =>
    RATES.map((rate) => {
      const [one, other] = [now, onOpen].map((counts) => Math.ceil(rate * perLink(counts)).toLocaleString('en'));
      return one === other ? String(one) : `${one} / ${other}`;
    });
  return [
    [
      'API Gateway requests',
      ...perSecond((one) => one.apiRequests),
      '10,000 in an account and region, 5,000 at one moment',
    ],
    ['Lambda calls', ...perSecond((one) => one.functionCalls), 'ten times the next line: 10,000; 100 in a new account'],
    [
      'Lambda calls under way',
      ...perSecond((one) => one.milliseconds / 1000),
      '1,000 in an account and region; 10 in a new account',
    ],
    [
      'DynamoDB write units',
      ...perSecond((one) => one.writeUnits),
      '40,000 of a table; 4,000 of a new one until it has grown',
    ],
    ['S3 GET requests', ...perSecond((one) => one.s3Gets), '5,500 of a prefix until S3 has split it'],
    ['KB of logs', ...perSecond((one) => one.logBytes / 1000), 'none that binds before the others'],
  ].map((cells) => `| ${cells.join(' | ')} |`);
}

/** What the stack costs by the month before anybody asks for a link: `[what, how many, price each]`. */
function monthlyRows(): readonly (readonly [what: string, count: number, each: number])[] {
  const resources = resourcesOf(defaultTemplate());
  const metrics = Object.values(propertiesOf(resources, 'AWS::Logs::MetricFilter')).map(
    ({ MetricTransformations }) => (MetricTransformations as { MetricName: string }[])[0]?.MetricName,
  );
  const count = (type: string): number => Object.keys(propertiesOf(resources, type)).length;
  return [
    ['metrics made from logs', new Set(metrics).size, PRICE.metricMonth],
    ['metrics that alarms watch', watchedMetrics(resources), PRICE.alarmMonth],
    ['dashboards', count('AWS::CloudWatch::Dashboard'), PRICE.dashboardMonth],
  ];
}

/** An alarm is charged by the metrics that it watches: one on an expression has several. https://aws.amazon.com/cloudwatch/pricing/ */
function watchedMetrics(resources: ReadableResources): number {
  const alarms = Object.values(propertiesOf(resources, 'AWS::CloudWatch::Alarm'));
  return alarms.reduce((sum, { Metrics }) => {
    const metrics = (Metrics ?? [{ MetricStat: {} }]) as readonly { readonly MetricStat?: unknown }[];
    return sum + metrics.filter(({ MetricStat }) => MetricStat !== undefined).length;
  }, 0);
}

/** A text with what stands between two markers replaced. */
function withSection(text: string, name: string, section: string): string {
  const [start, end] = [`<!-- ${name} -->\n`, `<!-- end of ${name} -->`];
  const [from, to] = [text.indexOf(start), text.indexOf(end)];
  if (from === -1 || to === -1) {
    throw new Error(`docs/operations.md has no section ${name}`);
  }
  return `${text.slice(0, from)}${start}${section}\n${text.slice(to)}`;
}

test('a link takes two requests, three calls of functions, and one write and one delete', () => {
  for (const presign of LINK_KINDS) {
    expect(of(issuedAndOpened, presign)).toMatchObject({ apiRequests: 2, functionCalls: 3, s3Gets: 2 });
  }
  expect(of(issuedAndOpened, 'now').writeUnits).toBe(4);
  expect(of(issuedAndOpened, 'on_open').writeUnits).toBe(2);
});

test('what opens nothing costs a call of one function at most, and a write only where the table had to be asked', () => {
  expect(Object.values(withoutSuccess).map(({ functionCalls, writeUnits }) => [functionCalls, writeUnits])).toEqual([
    [1, 1],
    [1, 0],
    [1, 0],
    [0, 0],
  ]);
});

test('docs/operations.md says what was counted, and the arithmetic', () => {
  const [now, onOpen] = [of(issuedAndOpened, 'now'), of(issuedAndOpened, 'on_open')];
  const each = (count: number): string => (Number.isInteger(count) ? String(count) : count.toFixed(4));
  const rows = costRows(now).map(([what, count, price, cost], index) => {
    const [, otherCount = 0, , otherCost = 0] = costRows(onOpen)[index] ?? [];
    return `| ${what} | ${price} | ${each(count)} | ${dollars(cost)} | ${each(otherCount)} | ${dollars(otherCost)} |`;
  });
  const monthly = monthlyRows();
  const total = monthly.reduce((sum, [, count, price]) => sum + count * price, 0);
  const section = [
    '| a link, issued and opened | price | `presign: now`: each | $ a million | `presign: on_open`: each | $ a million |',
    '| --- | --- | ---: | ---: | ---: | ---: |',
    ...rows,
    `| **together** | | | **${dollars(costOf(now))}** | | **${dollars(costOf(onOpen))}** |`,
    '',
    '| a request that opens nothing | $ a million |',
    '| --- | ---: |',
    ...Object.keys(withoutSuccess).map((what) => `| ${what} | ${dollars(costOf(of(withoutSuccess, what)))} |`),
    '',
    '| by the month, whether there are links or not | how many | $ each | $ |',
    '| --- | ---: | ---: | ---: |',
    ...monthly.map(
      ([what, count, price]) => `| ${what} | ${count} | ${price.toFixed(2)} | ${(count * price).toFixed(2)} |`,
    ),
    `| **together** | | | **${total.toFixed(2)}** |`,
  ].join('\n');
  const load = [
    `| a second | ${RATES.map((rate) => `${rate.toLocaleString('en')} links`).join(' | ')} | quota |`,
    `| --- | ${RATES.map(() => '---:').join(' | ')} | --- |`,
    ...loadRows(now, onOpen),
  ].join('\n');
  const document = withSection(withSection(readFileSync(DOCUMENT, 'utf8'), 'cost', section), 'load', load);
  if (process.env['UPDATE_DOCS']) {
    writeFileSync(DOCUMENT, document);
  }
  if (readFileSync(DOCUMENT, 'utf8') !== document) {
    throw new Error(`docs/operations.md is out of date. Look at what changed, then: ${REGENERATE}\n\n${section}`);
  }
});
