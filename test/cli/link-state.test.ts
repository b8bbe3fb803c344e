import { describeState, describeUserAgent } from '../../cli/link-state';
import { parseLinkState } from '../../client/links';

const ACTIVE = {
  link_id: '98GcVChBtL06dRDkV5bnkQ',
  status: 'active',
  created_at: '2026-11-28T14:00:00Z',
  created_by: 'arn:aws:sts::123456789012:assumed-role/Sharer/ada@example.com',
  expires_at: '2026-11-29T14:00:00Z',
};
const BY = 'by arn:aws:sts::123456789012:assumed-role/Sharer/ada@example.com';
const REDEMPTION = { at: '2026-11-28T14:03:22Z', source_ip: '203.0.113.7' };
const refused = (count: number) => ({ count, last_at: '2026-11-28T14:07:00Z', last_source_ip: '198.51.100.9' });

function describeResponse(response: object): readonly string[] {
  const state = parseLinkState(response);
  return state === undefined ? [] : describeState(state);
}

test.each<[string, object, readonly string[]]>([
  ['active', {}, ['Active until 2026-11-29 14:00 UTC.', `Issued at 2026-11-28 14:00:00 UTC ${BY}.`]],
  [
    'active, issued without a receipt',
    { created_at: undefined },
    ['Active until 2026-11-29 14:00 UTC.', `Issued ${BY}.`],
  ],
  [
    'expired',
    { status: 'expired', file_name: 'report.pdf' },
    [
      'Expired at 2026-11-29 14:00 UTC without being redeemed.',
      `Issued at 2026-11-28 14:00:00 UTC ${BY} for report.pdf.`,
    ],
  ],
  [
    'redeemed by a browser',
    {
      status: 'redeemed',
      redeemed: {
        ...REDEMPTION,
        user_agent: 'Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:133.0) Gecko/20100101 Firefox/133.0',
      },
      refused_after: refused(2),
    },
    [
      'Redeemed at 2026-11-28 14:03:22 UTC from 203.0.113.7 (Firefox on Windows).',
      'Refused twice since then, last at 2026-11-28 14:07:00 UTC from 198.51.100.9.',
      `Issued at 2026-11-28 14:00:00 UTC ${BY}.`,
    ],
  ],
  [
    'redeemed without a user agent',
    { status: 'redeemed', redeemed: REDEMPTION, refused_after: refused(20) },
    [
      'Redeemed at 2026-11-28 14:03:22 UTC from 203.0.113.7.',
      'Refused at least 20 times since then, last at 2026-11-28 14:07:00 UTC from 198.51.100.9.',
      `Issued at 2026-11-28 14:00:00 UTC ${BY}.`,
    ],
  ],
  [
    'active, and for an upload',
    { operation: 'upload' },
    ['Active until 2026-11-29 14:00 UTC.', `Issued as an upload link at 2026-11-28 14:00:00 UTC ${BY}.`],
  ],
  [
    'redeemed by an uploader',
    { operation: 'upload', status: 'redeemed', redeemed: REDEMPTION },
    [
      'Redeemed at 2026-11-28 14:03:22 UTC from 203.0.113.7.',
      'No file has been received yet.',
      `Issued as an upload link at 2026-11-28 14:00:00 UTC ${BY}.`,
    ],
  ],
  [
    'redeemed by an uploader, and received a file',
    {
      operation: 'upload',
      status: 'redeemed',
      redeemed: REDEMPTION,
      received: { at: '2026-11-28T14:04:10Z', bucket_name: 'b', object_name: 'inbox/x/a.zip', size_bytes: 1 },
    },
    [
      'Redeemed at 2026-11-28 14:03:22 UTC from 203.0.113.7.',
      'Received 1 byte at 2026-11-28 14:04:10 UTC: s3://b/inbox/x/a.zip',
      `Issued as an upload link at 2026-11-28 14:00:00 UTC ${BY}.`,
    ],
  ],
  [
    'revoked',
    { status: 'revoked', revoked: { at: '2026-11-28T15:00:00Z', by: 'arn:bob' }, refused_after: refused(1) },
    [
      'Revoked at 2026-11-28 15:00:00 UTC by arn:bob.',
      'Refused once since then, last at 2026-11-28 14:07:00 UTC from 198.51.100.9.',
      `Issued at 2026-11-28 14:00:00 UTC ${BY}.`,
    ],
  ],
  [
    'ended',
    { status: 'ended', refused_after: refused(3) },
    [
      'No longer active, most likely redeemed. Details usually arrive within three minutes.',
      'Refused 3 times since then, last at 2026-11-28 14:07:00 UTC from 198.51.100.9.',
      `Issued at 2026-11-28 14:00:00 UTC ${BY}.`,
    ],
  ],
])('a link that is %s is described', (_, fields, lines) => {
  expect(describeResponse({ ...ACTIVE, ...fields })).toEqual(lines);
});

test.each([
  [
    'Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Mobile/15E148 Safari/604.1',
    'Safari on iOS',
  ],
  ['curl/8.5.0', '"curl/8.5.0"'],
  ['B%C3%BCcher 100%25', '"B%C3%BCcher 100%25"'],
  ['%1b[31mred%E2%80%AE', '"%1b[31mred%E2%80%AE"'],
  ['me). Never refused since. (me/1.0 (Windows NT 10.0)', '"me). Never refused since. (me/1.0 (Windows NT 10.0)"'],
  ['x'.repeat(200), `"${'x'.repeat(60)}"`],
])('the user agent %j is described as %j', (userAgent, description) => {
  expect(describeUserAgent(userAgent)).toBe(description);
});
