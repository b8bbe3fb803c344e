import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import Ajv from 'ajv/dist/2020';
import addFormats from 'ajv-formats';
import { EVENT_SOURCE, EVENT_TYPES } from '../../../lambda/contract';
import { linkEvent } from '../../../lambda/link/link-event';
import type { LogRecord } from '../../../lambda/link/log-record';
import type { LinkId } from '../../../lambda/link/nonce';
import type { Receipt } from '../../../lambda/link/receipt';

const DOCS = join(__dirname, '../../../docs');
const SCHEMA = JSON.parse(readFileSync(join(DOCS, 'events.schema.json'), 'utf8'));

const LINK_ID = 'BASthI5VhNjLs189NZ2sGQ' as LinkId;
const RECEIPT: Receipt = {
  linkId: LINK_ID,
  createdBy: 'arn:aws:sts::123456789012:assumed-role/Sharer/ada@example.com',
  createdAt: '2026-11-28T14:00:00.123Z',
  expiresAtSeconds: 1_795_960_800,
  operation: 'download',
  fileName: 'q3.pdf',
  refused: [{ at: '2026-11-28T16:41:05.789Z', sourceIp: '198.51.100.9' }],
};
const LINE = { linkId: LINK_ID, at: '2026-11-28T14:03:22.456Z', requestId: 'TyoXDGvCIAMF1vg=' };
const ATTEMPT = { at: LINE.at, sourceIp: '203.0.113.7', userAgent: 'curl/8.14.1' };

const ajv = new Ajv();
addFormats(ajv);

/** Why the schema refuses an event; `undefined` if it does not. */
function mismatch(event: unknown): string | undefined {
  return ajv.validate(SCHEMA, event) ? undefined : ajv.errorsText();
}

/** An event as listeners receive it. */
function received(record: LogRecord, receipt = RECEIPT) {
  const { type, detail } = linkEvent(record, receipt, 'Shop');
  return { source: EVENT_SOURCE, 'detail-type': type, detail: JSON.parse(JSON.stringify(detail)) };
}

test.each<LogRecord>([
  { ...LINE, kind: 'issued' },
  { ...LINE, kind: 'redeemed', attempt: ATTEMPT },
  { ...LINE, kind: 'revoked', by: 'arn:aws:iam::123456789012:user/grace' },
  { ...LINE, kind: 'refused', attempt: ATTEMPT },
])('an event about a link that was $kind matches docs/events.schema.json', (record) => {
  expect(mismatch(received(record))).toBeUndefined();
});

test('an event without optional fields matches the schema', () => {
  const { fileName: _, ...receipt } = RECEIPT;
  const record: LogRecord = { ...LINE, kind: 'redeemed', attempt: { at: LINE.at, sourceIp: '2001:db8::1' } };

  expect(mismatch(received(record, { ...receipt, refused: [] }))).toBeUndefined();
});

const UPLOAD: Receipt = { ...RECEIPT, operation: 'upload' };
const OBJECT = { at: LINE.at, bucketName: 'shared-bucket', objectName: 'inbox/id/photo.jpg', sizeBytes: 0 };
const CHECKSUM = { algorithm: 'SHA256', value: 'ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=' };

test.each<LogRecord>([
  { ...LINE, kind: 'received', object: { ...OBJECT, checksum: CHECKSUM }, sourceIp: '203.0.113.7' },
  { ...LINE, kind: 'received', object: OBJECT },
])('an event about a received object matches the schema: %j', (record) => {
  expect(mismatch(received(record, UPLOAD))).toBeUndefined();
});

test.each(['bucket_name', 'object_name', 'size_bytes', 'operation'])(
  'the schema refuses a received object without %s',
  (field) => {
    const { detail, ...event } = received({ ...LINE, kind: 'received', object: OBJECT }, UPLOAD);
    delete detail[field];

    expect(mismatch({ ...event, detail })).toContain(`must have required property '${field}'`);
  },
);

test('the schema refuses another operation', () => {
  const { detail, ...event } = received({ ...LINE, kind: 'issued' });

  expect(mismatch({ ...event, detail: { ...detail, operation: 'delete' } })).toContain('operation must be equal to');
});

test('the schema has exactly the fields of events', () => {
  const fields = Object.keys(linkEvent({ ...LINE, kind: 'issued' }, RECEIPT, 'Shop').detail);

  expect(Object.keys(SCHEMA.properties.detail.properties).sort()).toEqual(fields.sort());
});

test('the schema has exactly the event types', () => {
  expect(SCHEMA.properties['detail-type'].enum).toEqual(Object.values(EVENT_TYPES));
});

test.each([
  'version',
  'event_id',
  'deployment',
  'link_id',
  'operation',
  'created_by',
  'created_at',
  'expires_at',
  'at',
  'source_ip',
])('the schema refuses a redemption without %s', (field) => {
  const { detail, ...event } = received({ ...LINE, kind: 'redeemed', attempt: ATTEMPT });
  delete detail[field];

  expect(mismatch({ ...event, detail })).toContain(`must have required property '${field}'`);
});

test('the schema refuses another version', () => {
  const { detail, ...event } = received({ ...LINE, kind: 'issued' });

  expect(mismatch({ ...event, detail: { ...detail, version: 2 } })).toContain('version must be equal to constant');
});

test('the event in docs/receipts.md matches the schema', () => {
  const page = readFileSync(join(DOCS, 'receipts.md'), 'utf8');
  const [, example = ''] = /```json\n(\{\n {2}"source".*?)```/s.exec(page) ?? [];

  expect(mismatch(JSON.parse(example))).toBeUndefined();
});
