import { linkIdOf } from '../../../lambda/link/nonce';
import {
  isFinished,
  type LinkState,
  linkState,
  type Receipt,
  refusedAttempts,
  refusedElement,
} from '../../../lambda/link/receipt';
import { nonceNumber } from '../support/samples';

const LINK_ID = linkIdOf(nonceNumber(0));
const CREATED_BY = 'arn:aws:sts::123456789012:assumed-role/Sharer/ada@example.com';
const UNUSED: Receipt = {
  linkId: LINK_ID,
  createdBy: CREATED_BY,
  createdAt: '2026-11-22T08:00:00.000Z',
  expiresAtSeconds: 2_000,
  operation: 'download',
  refused: [],
};
const REDEEMED: Receipt = { ...UNUSED, redeemed: { at: '2026-11-22T08:15:00.900Z', sourceIp: '203.0.113.7' } };
const REVOKED: Receipt = { ...UNUSED, revoked: { at: '2026-11-22T08:15:00.900Z', by: CREATED_BY } };
const BOTH: Receipt = { ...REDEEMED, ...REVOKED };
const LIVE = { createdBy: CREATED_BY, expiresAtSeconds: 2_000 };

test.each([
  ['active', 'a link in the table', 1_999, 'no receipt', LIVE, undefined],
  ['active', 'a link in the table', 1_999, 'an unused receipt', LIVE, UNUSED],
  // An unknown outcome, or a table that was restored from a backup.
  ['active', 'a link in the table', 1_999, 'a redemption', LIVE, REDEEMED],
  ['active', 'a link in the table', 1_999, 'a revocation', LIVE, REVOKED],
  ['expired', 'a link in the table', 2_000, 'no receipt', LIVE, undefined],
  ['expired', 'a link in the table', 2_000, 'an unused receipt', LIVE, UNUSED],
  ['expired', 'a link in the table', 2_001, 'a redemption', LIVE, REDEEMED],
  ['expired', 'a link in the table', 2_001, 'a revocation', LIVE, REVOKED],
  ['ended', 'no link', 1_999, 'an unused receipt', undefined, UNUSED],
  ['ended', 'no link', 2_000, 'an unused receipt', undefined, UNUSED],
  ['redeemed', 'no link', 1_999, 'a redemption', undefined, REDEEMED],
  ['redeemed', 'no link', 2_000, 'a redemption', undefined, REDEEMED],
  ['revoked', 'no link', 1_999, 'a revocation', undefined, REVOKED],
  ['revoked', 'no link', 2_000, 'a revocation', undefined, REVOKED],
  ['revoked', 'no link', 1_999, 'a redemption and a revocation', undefined, BOTH],
] as const)('the state is %s with %s at second %i, and %s', (status, _, nowSeconds, __, item, receipt) => {
  expect(linkState(LINK_ID, item, receipt, nowSeconds)).toEqual({
    linkId: LINK_ID,
    status,
    createdBy: CREATED_BY,
    expiresAtSeconds: 2_000,
    receipt,
  });
});

test('without a link and a receipt there is no state', () => {
  expect(linkState(LINK_ID, undefined, undefined, 1_999)).toBeUndefined();
});

function stateWith(status: LinkState['status'], receipt: Receipt | undefined): LinkState {
  return { ...LIVE, linkId: LINK_ID, status, receipt };
}

// A URL that was stored for an hour works for 61 minutes.
test.each([
  ['active', UNUSED, '2026-11-29T00:00:00.000Z', false],
  ['expired', UNUSED, '2026-11-22T08:15:00.900Z', true],
  ['expired', undefined, '2026-11-22T08:15:00.900Z', true],
  ['revoked', REVOKED, '2026-11-22T08:15:00.900Z', true],
  ['redeemed', REDEEMED, '2026-11-22T08:15:00.900Z', false],
  ['redeemed', REDEEMED, '2026-11-22T09:16:00.900Z', false],
  ['redeemed', REDEEMED, '2026-11-22T09:16:00.901Z', true],
  ['ended', UNUSED, '2026-11-29T00:00:00.000Z', false],
] as const)('a link that is %s, with receipt %j, at %s, gives no more access: %p', (status, receipt, now, finished) => {
  expect(isFinished(stateWith(status, receipt), new Date(now))).toBe(finished);
});

const FIRST = '2026-11-22T08:15:00.900Z 203.0.113.7 Xy0pWq1tIAMEVtA=';
const SECOND = '2026-11-22T08:15:00.901Z 2001:db8::1 Aa0pWq1tIAMEVtA=';

test('an element starts with the time, so that elements sort by time', () => {
  const attempt = { at: '2026-11-22T08:15:00.900Z', sourceIp: '203.0.113.7', userAgent: 'Mozilla/5.0' };

  expect(refusedElement(attempt, 'Xy0pWq1tIAMEVtA=')).toBe(FIRST);
});

test.each([
  ['in order', [FIRST, SECOND]],
  ['in reverse', [SECOND, FIRST]],
  ['repeated', new Set([SECOND, FIRST, SECOND])],
])('elements that arrive %s are read oldest first', (_, elements) => {
  expect(refusedAttempts(elements)).toEqual([
    { at: '2026-11-22T08:15:00.900Z', sourceIp: '203.0.113.7' },
    { at: '2026-11-22T08:15:00.901Z', sourceIp: '2001:db8::1' },
  ]);
});

test('attempts in the same millisecond are counted separately', () => {
  const attempt = { at: '2026-11-22T08:15:00.900Z', sourceIp: '203.0.113.7' };

  expect(refusedAttempts(new Set([refusedElement(attempt, 'a'), refusedElement(attempt, 'b')]))).toHaveLength(2);
});

test('only the first 20 elements are parsed', () => {
  const elements = Array.from({ length: 39 }, (_, second) => `2026-11-22T08:15:${second + 10}.000Z 203.0.113.7 id`);

  const attempts = refusedAttempts(elements);

  expect(attempts).toHaveLength(20);
  expect(attempts.at(-1)?.at).toBe('2026-11-22T08:15:29.000Z');
});
