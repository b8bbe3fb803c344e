import { type CheckResult, runCheck, type VerifyContext } from '../../../cli/verify/check';
import { RECEIPT_CHECKS } from '../../../cli/verify/receipt-checks';
import { linkIdOf } from '../../../lambda/link/nonce';
import { nonceNumber } from '../../lambda/support/samples';
import { openExampleStack } from '../support/example-stack';

const LINK_ID = linkIdOf(nonceNumber(1));
const OTHER = { link_id: linkIdOf(nonceNumber(2)) };
const LINK = { link_id: LINK_ID, created_by: 'arn:jane', expires_at: '2026-11-29T14:00:00Z' };
const ENDED: Reply = [200, { ...LINK, status: 'ended' }];
const REDEEMED: Reply = [
  200,
  { ...LINK, status: 'redeemed', redeemed: { at: '2026-11-28T14:03:22Z', source_ip: '203.0.113.7' } },
];
const NO_RECEIPTS: Reply = [403, { code: 'MissingAuthenticationToken' }];
const DENIED: Reply = [403, { code: 'AccessDenied' }];

const STACK = openExampleStack();
afterAll(() => STACK.destroy());

type Reply = readonly [status: number, body: object];

/** Runs a check on AWS, with responses to its signed requests. The last response is repeated. */
async function run(id: string, replies: readonly Reply[], stack: VerifyContext['stack']) {
  const requests: string[] = [];
  const respond = ([status, body]: Reply) => ({ status, headers: {}, body: Buffer.from(JSON.stringify(body)) });
  const context: Partial<VerifyContext> = {
    stack,
    issue: async () => ({
      url: 'https://links.example/access-object?nonce=x',
      clickThroughUrl: 'https://links.example/open-link#x',
      linkId: LINK_ID,
      expiresAt: new Date(LINK.expires_at),
      text: '',
    }),
    async send(url) {
      requests.push(url);
      return respond([302, {}]);
    },
    async sendSigned(path) {
      requests.push(path);
      return respond(replies[Math.min(requests.filter((each) => each === path).length, replies.length) - 1] ?? DENIED);
    },
    sleep: async () => {},
  };
  const check = RECEIPT_CHECKS.find((each) => each.id === id);
  if (check === undefined) {
    throw new Error(`there is no check ${id}`);
  }
  return { result: await runCheck(check, context as VerifyContext), requests };
}

test.each<[string, readonly Reply[], CheckResult]>([
  [
    'after some seconds',
    [ENDED, ENDED, REDEEMED],
    { status: 'passed', seen: 'redeemed from 203.0.113.7, after 4 seconds' },
  ],
  ['never', [ENDED], { status: 'failed', seen: 'still 200 ended after 600 seconds' }],
  [
    'never, because the API fails',
    [[503, { code: 'StorageUnavailable' }]],
    { status: 'failed', seen: 'still 503 StorageUnavailable after 600 seconds' },
  ],
  ['never, because there are none', [NO_RECEIPTS], { status: 'skipped', seen: 'the deployment keeps no receipts' }],
  ['for others only', [DENIED], { status: 'skipped', seen: 'no permission for GET /my-links' }],
])('receipt: details arrive %s', async (_, replies, expected) => {
  const { result, requests } = await run('receipt', replies, STACK);

  expect(result).toEqual(expected);
  expect(requests.slice(0, 2)).toEqual(['https://links.example/access-object?nonce=x', `my-links/${LINK_ID}`]);
});

test('receipt: a local emulator gets 30 seconds', async () => {
  const { result } = await run('receipt', [ENDED], undefined);

  expect(result).toEqual({ status: 'failed', seen: 'still 200 ended after 30 seconds' });
});

test.each<[string, readonly Reply[], CheckResult]>([
  ['at once', [[200, { links: [OTHER, LINK] }]], { status: 'passed', seen: 'listed as number 2' }],
  [
    'later',
    [
      [200, { links: [] }],
      [200, { links: [LINK] }],
    ],
    { status: 'passed', seen: 'listed as number 1' },
  ],
  ['never', [[200, { links: [OTHER] }]], { status: 'failed', seen: 'still 200 after 30 seconds' }],
  [
    'never, because there are no receipts',
    [NO_RECEIPTS],
    { status: 'skipped', seen: 'the deployment keeps no receipts' },
  ],
])('my-links: the link is listed %s', async (_, replies, expected) => {
  expect((await run('my-links', replies, STACK)).result).toEqual(expected);
});
