import { readLinkId } from '../../cli/link-id';
import { linkIdOf } from '../../lambda/link/nonce';
import { nonceNumber } from '../lambda/support/samples';

const NONCE = nonceNumber(1);
const LINK_ID = linkIdOf(NONCE);

test.each([
  ['a plain link', `https://links.example.com/prod/access-object?nonce=${NONCE}`],
  ['a click-through link', `https://links.example.com/open-link#${NONCE}`],
  ['a link of the emulator', `http://127.0.0.1:4580/prod/open-link#${NONCE}`],
  ['the id itself', LINK_ID],
])('the id of a link is read from %s, as the deployment derives it', (_, text) => {
  expect(readLinkId(text)).toBe(LINK_ID);
});

test.each([
  ['nothing', ''],
  ['a nonce alone', NONCE],
  ['a link with another parameter', `https://x/access-object?nonce=${NONCE}&a=b`],
  ['a link that is cut off', `https://x/open-link#${NONCE.slice(1)}`],
  ['an id that is cut off', LINK_ID.slice(1)],
  ['an id in another spelling', `${LINK_ID.slice(0, -1)}B`],
  ['a path', '../../generate-url'],
])('%s is no id', (_, text) => {
  expect(readLinkId(text)).toBeUndefined();
});
