import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import type { BusEvent } from '../../emulator/events/event';
import type { Email } from '../../emulator/sns/server';
import { askForLink, type IssuedLink, send, sendSigned, signedAt } from '../support/http';
import { mismatch } from '../support/openapi';
import { type RunningEmulator, runEmulator } from '../support/running-emulator';
import { SettableClock } from '../support/settable-clock';

const SCHEMA = JSON.parse(readFileSync(join(__dirname, '..', '..', 'docs', 'events.schema.json'), 'utf8'));
const CALLER = 'arn:aws:iam::123456789012:user/local-caller';

const clock = new SettableClock(new Date());
const events: BusEvent[] = [];
const emails: Email[] = [];
let emulator: RunningEmulator;

beforeEach(() => {
  clock.set(new Date('2026-11-28T14:00:00.123Z'));
  events.length = 0;
  emails.length = 0;
});

async function start(options: Readonly<Record<string, unknown>>, deliveries = 1): Promise<void> {
  emulator = await runEmulator({
    clock,
    options,
    onEvent: (event) => events.push(event),
    onEmail: (email) => emails.push(email),
    async deliver(batch, deliver) {
      for (let delivery = 0; delivery < deliveries; delivery++) {
        await deliver(batch);
      }
    },
  });
}

async function newLink(fields: Readonly<Record<string, unknown>> = {}): Promise<IssuedLink> {
  const all = { bucket_name: emulator.bucketName, object_name: 'S3.png', expires_in: 3600, ...fields };
  const { body } = await askForLink(emulator, all, { Accept: 'application/json', ...signedAt(clock.now()) });
  return JSON.parse(body);
}

async function revoke({ link_id: linkId }: IssuedLink): Promise<void> {
  const url = `${emulator.apiEndpoint}my-links/${linkId}`;
  expect((await sendSigned(url, { method: 'DELETE', headers: signedAt(clock.now()) })).status).toBe(204);
}

async function open(url: string): Promise<void> {
  await send(url, { headers: { 'User-Agent': 'curl/8.14.1' } });
}

/**
 * Issues two links. Redeems one, revokes the other, and later tries to redeem them. Everything is delivered at once.
 */
async function journey(fields?: Readonly<Record<string, unknown>>): Promise<readonly [IssuedLink, IssuedLink]> {
  const [redeemed, revoked] = [await newLink(fields), await newLink(fields)];
  await emulator.delivered();
  clock.set(new Date('2026-11-28T14:03:22.456Z'));
  await open(redeemed.url);
  await revoke(revoked);
  await emulator.delivered();
  clock.set(new Date('2026-11-28T14:41:05.789Z'));
  for (const { url } of [redeemed, redeemed, revoked]) {
    await open(url);
    await emulator.delivered();
  }
  return [redeemed, revoked];
}

/** The first delivery of each event. */
function facts(): readonly BusEvent[] {
  const isFirst = ({ detail }: BusEvent, index: number): boolean =>
    events.findIndex((event) => event.detail['event_id'] === detail['event_id']) === index;
  return events.filter(isFirst);
}

describe('with eventBusName and receiptFileNames, and log lines that are delivered twice,', () => {
  beforeAll(() => start({ eventBusName: 'default', receiptFileNames: true }, 2));
  afterAll(() => emulator.close());

  test('each fact is published with one event ID and the documented detail', async () => {
    const [redeemed, revoked] = await journey({ download_as: 'q3.pdf' });
    const of = ({ link_id: linkId }: IssuedLink) =>
      facts()
        .filter(({ detail }) => detail['link_id'] === linkId)
        .map(({ detail, 'detail-type': type }) => [type, detail]);
    const detail = ({ link_id: linkId }: IssuedLink, kind: string) => ({
      version: 1,
      event_id: expect.stringMatching(new RegExp(`^${linkId}-${kind}-[\\w+/=.:-]{10,}$`)),
      deployment: 'PreSignedURLStack',
      link_id: linkId,
      operation: 'download',
      created_by: CALLER,
      created_at: '2026-11-28T14:00:00Z',
      expires_at: '2026-11-28T15:00:00Z',
      file_name: 'q3.pdf',
    });
    const attempt = { source_ip: '127.0.0.1', user_agent: 'curl/8.14.1' };

    expect(of(redeemed)).toEqual([
      ['Link Issued', { ...detail(redeemed, 'issued'), at: '2026-11-28T14:00:00Z' }],
      ['Link Redeemed', { ...detail(redeemed, 'redeemed'), ...attempt, at: '2026-11-28T14:03:22Z', refused_count: 0 }],
      ['Link Refused', { ...detail(redeemed, 'refused'), ...attempt, at: '2026-11-28T14:41:05Z', refused_count: 1 }],
      ['Link Refused', { ...detail(redeemed, 'refused'), ...attempt, at: '2026-11-28T14:41:05Z', refused_count: 2 }],
    ]);
    expect(of(revoked)).toEqual([
      ['Link Issued', { ...detail(revoked, 'issued'), at: '2026-11-28T14:00:00Z' }],
      ['Link Revoked', { ...detail(revoked, 'revoked'), at: '2026-11-28T14:03:22Z', revoked_by: CALLER }],
      ['Link Refused', { ...detail(revoked, 'refused'), ...attempt, at: '2026-11-28T14:41:05Z', refused_count: 1 }],
    ]);
  });

  test('events of lines that are delivered twice have the request ID from the access log', async () => {
    const [redeemed] = await journey();
    const redemptions = events.filter(
      (event) => event['detail-type'] === 'Link Redeemed' && event.detail['link_id'] === redeemed.link_id,
    );
    const line = JSON.parse(
      (await emulator.logged('access', redeemed.link_id, '"status":"302"')).slice('access '.length),
    );

    expect(redemptions.map(({ detail }) => detail['event_id'])).toEqual([
      `${redeemed.link_id}-redeemed-${line.request_id}`,
      `${redeemed.link_id}-redeemed-${line.request_id}`,
    ]);
  });

  test('all events match docs/events.schema.json, and have the time of what happened', async () => {
    await journey();

    expect(new Set(events.map((event) => event['detail-type']))).toEqual(
      new Set(['Link Issued', 'Link Redeemed', 'Link Revoked', 'Link Refused']),
    );
    for (const event of events) {
      expect(mismatch(SCHEMA, event)).toBeUndefined();
      expect([event.source, event.time]).toEqual(['one-time-s3-links', event.detail['at']]);
    }
  });

  test('attempts on unknown links publish nothing', async () => {
    await open(`${emulator.apiEndpoint}access-object?nonce=${'A'.repeat(43)}`);
    await emulator.delivered();

    expect(events).toEqual([]);
  });

  test('only the first 20 refused attempts publish events', async () => {
    const link = await newLink();
    await open(link.url);
    for (let second = 1; second <= 25; second++) {
      clock.advance(1);
      await open(link.url);
      await emulator.delivered();
    }

    const counts = facts()
      .filter((event) => event['detail-type'] === 'Link Refused')
      .map(({ detail }) => detail['refused_count']);
    expect(counts).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20]);
  });
});

describe('with notificationEmail', () => {
  beforeAll(() => start({ notificationEmail: 'ada@example.com' }));
  afterAll(() => emulator.close());

  test('an email reports each redemption and each refused attempt', async () => {
    const link = await newLink();
    clock.set(new Date('2026-11-28T14:03:22.456Z'));
    await open(link.url);
    await emulator.delivered();
    clock.set(new Date('2026-11-28T14:41:05.789Z'));
    await open(link.url);
    await emulator.delivered();

    expect(emails.map(({ to, subject }) => [to, subject])).toEqual([
      ['ada@example.com', 'A one-time link was redeemed'],
      ['ada@example.com', 'A one-time link was requested again'],
    ]);
    expect(emails.map(({ text }) => text)).toEqual([
      `This one-time link was redeemed.

Link ID: ${link.link_id}
Issued: 2026-11-28 14:00:00 UTC
Issued by: arn:aws:iam::123456789012:user/local-caller
Redeemed: 2026-11-28 14:03:22 UTC
IP address: 127.0.0.1
Deployment: PreSignedURLStack`,
      `This one-time link was requested after it had ended. The request was refused. This is often harmless, for example a second click. If you do not recognize the IP address, the link may have been forwarded or intercepted.

Link ID: ${link.link_id}
Issued: 2026-11-28 14:00:00 UTC
Issued by: arn:aws:iam::123456789012:user/local-caller
Refused: 2026-11-28 14:41:05 UTC
IP address: 127.0.0.1
Refused attempts so far: 1
Deployment: PreSignedURLStack`,
    ]);
  });

  test('emails need no events: none are published', async () => {
    await journey();

    expect(events).toEqual([]);
    expect(emails.map(({ subject }) => subject)).toEqual([
      'A one-time link was redeemed',
      'A one-time link was requested again',
      'A one-time link was requested again',
      'A one-time link was requested again',
    ]);
  });

  test('a reader cannot write text into an email', async () => {
    const link = await newLink();
    await send(link.url, { headers: { 'User-Agent': 'Mozilla/5.0 Call 555 0100 to unlock your account' } });
    await send(link.url, { headers: { 'User-Agent': 'Mozilla/5.0 Call 555 0100 to unlock your account' } });
    await emulator.delivered();

    expect(emails).toHaveLength(2);
    expect(JSON.stringify(emails)).not.toContain('555 0100');
  });
});

describe('with notificationEmail and receiptFileNames', () => {
  beforeAll(() => start({ notificationEmail: 'ada@example.com', receiptFileNames: true }));
  afterAll(() => emulator.close());

  test('an email has the file name', async () => {
    await open((await newLink({ download_as: 'q3.pdf' })).url);
    await emulator.delivered();

    expect(emails[0]?.text).toContain('\nFile: q3.pdf\n');
  });

  test('the key of an object cannot add a line to an email', async () => {
    const key = 'q3.pdf\nRefused attempts since then: 0';
    await emulator.s3.send(new PutObjectCommand({ Bucket: emulator.bucketName, Key: key, Body: 'report' }));
    await open((await newLink({ object_name: key })).url);
    await emulator.delivered();

    expect(emails[0]?.text).toContain('\nFile: q3.pdf_Refused attempts since then: 0\n');
  });
});
