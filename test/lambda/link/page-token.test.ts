import { linkIdOf } from '../../../lambda/link/nonce';
import { pageToken, parsePageToken } from '../../../lambda/link/page-token';
import { nonceNumber } from '../support/samples';

const LINK_ID = linkIdOf(nonceNumber(0));
const START = { createdAt: '2026-11-22T08:15:00.900Z', linkId: LINK_ID };
const TOKEN = `2026-11-22T08:15:00.900Z_${LINK_ID}`;

test('a token with the time and ID of a link is parsed', () => {
  expect(pageToken(START)).toBe(TOKEN);
  expect(parsePageToken(TOKEN)).toEqual(START);
});

test('link IDs that contain underscores and dashes are parsed', () => {
  const linkId = '__-_AAAAAAAAAAAAAAAAAA';

  expect(parsePageToken(`2026-11-22T08:15:00.900Z_${linkId}`)).toEqual({ createdAt: START.createdAt, linkId });
});

test.each([
  ['nothing', ''],
  ['a link ID', LINK_ID],
  ['a time', '2026-11-22T08:15:00.900Z'],
  ['a time without milliseconds', `2026-11-22T08:15:00Z_${LINK_ID}`],
  ['a time with an offset', `2026-11-22T08:15:00.900+01:00_${LINK_ID}`],
  ['another separator', `2026-11-22T08:15:00.900Z ${LINK_ID}`],
  ['a link ID that is cut off', TOKEN.slice(0, -1)],
  ['a link ID that is not canonical', '2026-11-22T08:15:00.900Z_AAAAAAAAAAAAAAAAAAAAAB'],
  ['text before it', ` ${TOKEN}`],
  ['text after it', `${TOKEN}A`],
  ['a line break after it', `${TOKEN}\n`],
  ['a nonce', nonceNumber(0)],
  ['JSON', '{"created_at":"2026-11-22T08:15:00.900Z"}'],
  ['a megabyte', 'A'.repeat(1_048_576)],
])('%s is not a token', (_, text) => {
  expect(parsePageToken(text)).toBeUndefined();
});
