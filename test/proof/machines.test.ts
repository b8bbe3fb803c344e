import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { linkTo, type Send, send } from '../support/http';
import { type RunningStand, runStand } from '../support/running-stand';

const DOCUMENT = join(__dirname, '..', '..', 'docs', 'bot-matrix.md');
const CHROME =
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36';
const IPHONE = 'Mozilla/5.0 (iPhone; CPU iPhone OS 17_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko)';

/** Who looks at a link, how it asks, and what should come of it. */
interface Visitor {
  readonly who: string;
  readonly how: string;
  readonly request: Send;
  readonly status: number;
}

function get(who: string, headers: Readonly<Record<string, string>>, status: number): Visitor {
  const how = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  return { who, how: `GET, ${how.join(', ')}`, request: { headers: { 'User-Agent': CHROME, ...headers } }, status };
}

function agent(who: string, userAgent: string, status: number): Visitor {
  return { who, how: `GET, ${userAgent}`, request: { headers: { 'User-Agent': userAgent } }, status };
}

function method(who: string, name: string, status: number): Visitor {
  return { who, how: name, request: { method: name }, status };
}

/** Machines that must leave a link as it was. */
const MACHINES: readonly Visitor[] = [
  method('Link checkers', 'HEAD', 200),
  method('Browsers that ask before they ask (CORS)', 'OPTIONS', 403),
  method('Others', 'PUT', 403),
  method('Others', 'DELETE', 403),
  method('Others', 'PATCH', 403),
  get('Chrome, prefetching', { 'Sec-Purpose': 'prefetch' }, 403),
  get('Chrome, prefetching for a site through a proxy', { 'Sec-Purpose': 'prefetch;anonymous-client-ip' }, 403),
  get('Chrome, prerendering', { 'Sec-Purpose': 'prefetch;prerender' }, 403),
  get('Older Chrome and Safari', { Purpose: 'prefetch' }, 403),
  get('Safari, drawing a preview', { 'X-Purpose': 'preview' }, 403),
  get('Firefox, prefetching', { 'X-Moz': 'prefetch' }, 403),
  agent('Slack', 'Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)', 403),
  agent('X', 'Twitterbot/1.0', 403),
  agent(
    'Facebook, Messenger, Instagram',
    'facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)',
    403,
  ),
  agent('WhatsApp, Signal', 'WhatsApp/2.23.20.0 A', 403),
  agent('iMessage', 'Mozilla/5.0 (Macintosh) AppleWebKit/601.2.4 facebookexternalhit/1.1 Facebot Twitterbot/1.0', 403),
  agent('Teams, Skype', 'Mozilla/5.0 (Windows NT 6.1; WOW64) SkypeUriPreview Preview/0.5', 403),
  agent('Discord', 'Mozilla/5.0 (compatible; Discordbot/2.0; +https://discordapp.com)', 403),
  agent('Telegram', 'TelegramBot (like TwitterBot)', 403),
  agent('LinkedIn', 'LinkedInBot/1.0 (compatible; Mozilla/5.0; Apache-HttpClient +http://www.linkedin.com)', 403),
  agent('Mastodon', 'Mastodon/4.3.0 (http.rb/5.2.0; +https://mastodon.social/) Bot', 403),
  agent('Bluesky', 'Mozilla/5.0 (compatible; Bluesky Cardyb/1.1; +mailto:support@bsky.app)', 403),
  agent('Matrix', 'Synapse (bot; +https://github.com/matrix-org/synapse)', 403),
  agent('Mattermost', 'Mattermost-Bot/1.1', 403),
  agent('Zulip', 'Mozilla/5.0 (compatible; ZulipURLPreview/9.2; +https://chat.example.com)', 403),
  agent('Snapchat', 'Snap URL Preview Service; bot; snapchat; https://developers.snap.com/robots', 403),
  agent('Pinterest', 'Mozilla/5.0 (compatible; Pinterestbot/1.0; +http://www.pinterest.com/bot.html)', 403),
  agent('Search engines', 'Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)', 403),
];

/** People, whom nobody must mistake for machines; and machines that nobody can tell from people. */
const OPENERS: readonly Visitor[] = [
  agent('A person with a browser', CHROME, 302),
  agent('A person in the Facebook app', `${IPHONE} Mobile/21G80 [FBAN/FBIOS;FBAV/484.0.0.27.110]`, 302),
  agent('A person in the LinkedIn app', `${IPHONE} Mobile/15E148 [LinkedInApp]/9.30.1234`, 302),
  agent('A person in the Slack app', `${IPHONE} Mobile/15E148 Slack/24.10.10`, 302),
  agent('A person in the Pinterest app', `${IPHONE} Mobile/15E148 [Pinterest/iOS]`, 302),
  agent('A person with curl', 'curl/8.5.0', 302),
  agent('A mail scanner that poses as a browser', CHROME, 302),
];

let stand: RunningStand;

beforeAll(async () => {
  stand = await runStand();
});

afterAll(async () => {
  await stand.close();
});

/** Lets a visitor look at a fresh link, and says what it got and whether the link opens for the next one. */
async function visit({ request }: Visitor): Promise<{ readonly got: number; readonly livesOn: boolean }> {
  const link = await linkTo(stand);
  const { status: got } = await send(link, request);
  const { status: next } = await send(link);
  return { got, livesOn: next === 302 };
}

test.each(MACHINES)('$who ($how) gets $status and leaves the link as it was', async (machine) => {
  expect(await visit(machine)).toEqual({ got: machine.status, livesOn: true });
});

test.each(OPENERS)('$who ($how) gets $status and has opened the link', async (opener) => {
  expect(await visit(opener)).toEqual({ got: opener.status, livesOn: false });
});

/** The document, as the rows above have it. */
function botMatrix(): string {
  const row = ({ who, how, status }: Visitor, link: string): string =>
    `| ${who} | ${how.replaceAll('|', '\\|')} | ${status} | ${link} |`;
  return [
    '# Machines that look at links',
    '',
    'Links are pasted into chats and mails whose machines open them first. Those that say what they are get nothing and',
    'spend nothing. Written from the rows that `test/proof/machines.test.ts` tests, by',
    '`UPDATE_DOCS=1 npx jest test/proof/machines`.',
    '',
    '| who | how it asks | gets | the link |',
    '| --- | --- | --- | --- |',
    ...MACHINES.map((machine) => row(machine, 'lives on')),
    ...OPENERS.map((opener) => row(opener, 'is opened')),
    '',
    'The last row is why a link can be gone before its reader presses it: a scanner that follows links, and does not say',
    'that it is one, cannot be told from a reader.',
    '',
  ].join('\n');
}

test('docs/bot-matrix.md has these rows', () => {
  if (process.env['UPDATE_DOCS'] !== undefined) {
    writeFileSync(DOCUMENT, botMatrix());
  }
  process.stdout.write(`${botMatrix()}\n`);

  expect(existsSync(DOCUMENT) ? readFileSync(DOCUMENT, 'utf8') : '').toBe(botMatrix());
});
