import { automatedClient } from '../../../lambda/link/automated-client';
import { BROWSERS, LISTED_HTTP_LIBRARIES, MACHINES } from '../../support/user-agents';

type Headers = Readonly<Record<string, string | readonly string[]>>;

function kind(headers: Headers, method = 'GET'): string | undefined {
  return automatedClient(method, (name) => [headers[name] ?? []].flat());
}

function isRefused(userAgent: string): boolean {
  return kind({ 'user-agent': userAgent }) === 'machine';
}

describe('of user agents in public lists,', () => {
  test('1,791 of 2,039 machines are refused', () => {
    const refused = MACHINES.filter(({ userAgent }) => isRefused(userAgent));
    expect([refused.length, MACHINES.length]).toEqual([1791, 2039]);
  });

  test('all 134 link previews are refused, except six that have only a name or look like a browser', () => {
    const previews = MACHINES.filter((machine) => machine.kind === 'social-preview').map(({ userAgent }) => userAgent);
    expect(previews).toHaveLength(134);
    expect(previews.filter((userAgent) => !isRefused(userAgent))).toEqual([
      'NING/1.0',
      'bluesky-domain-status-classifier/1.0',
      'Bluesky/',
      'Mozilla/5.0 (Linux; Android 16; Pixel 10 Pro XL Build/CP1A.260305.018; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/146.0.7680.174 Mobile Safari/537.36 MetaIAB Facebook',
      'TwilioProxy/1.1',
      'Tumblr/14.0.835.186',
    ]);
  });

  test('none of 520 browsers is refused', () => {
    expect(BROWSERS).toHaveLength(520);
    expect(BROWSERS.filter(isRefused)).toEqual([]);
  });

  test('none of 77 HTTP libraries is refused', () => {
    expect(LISTED_HTTP_LIBRARIES).toHaveLength(77);
    expect(LISTED_HTTP_LIBRARIES.filter(isRefused)).toEqual([]);
  });
});

test.each([
  'Facebot', // Facebook, another
  'WhatsApp/2.23.20.0 A', // WhatsApp on Android
  'WhatsApp/2.23.18.78 i', // WhatsApp on iOS
  'WhatsApp/2.2336.9 W', // WhatsApp on the desktop
  'WhatsApp/2', // Signal, posing as WhatsApp
  'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_11_1) AppleWebKit/601.2.4 (KHTML, like Gecko) Version/9.0.1 Safari/601.2.4 facebookexternalhit/1.1 Facebot Twitterbot/1.0', // iMessage, posing as several
  'facebookexternalhit/1.1;line-poker/1.0', // LINE
  'Mozilla/5.0 (Windows NT 6.1; WOW64) SkypeUriPreview Preview/0.5 skype-url-preview@microsoft.com', // Skype and Teams
  'Mozilla/5.0 (compatible; MicrosoftPreview/2.0; +https://aka.ms/MicrosoftPreview)', // Microsoft
  'Mastodon/4.3.0 (http.rb/5.2.0; +https://mastodon.social/) Bot', // Mastodon
  'http.rb/5.1.1 (Mastodon/4.2.1; +https://mastodon.social/)', // Mastodon, before 4.3
  'Iframely/1.3.1 (+https://iframely.com/docs/about)', // Iframely
  'Mozilla/5.0 (compatible; ZulipURLPreview/9.2; +https://chat.example.com)', // Zulip
  'Mozilla/5.0 (compatible; Bluesky Cardyb/1.1; +mailto:support@bsky.app)', // Bluesky
  'Mozilla/5.0 (Windows NT 6.1; rv:6.0) Gecko/20110814 Firefox/6.0 Google-PageRenderer Google (+https://developers.google.com/+/web/snippet/)', // Google Chat
  'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_5) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/13.1.1 Safari/605.1.15 (Applebot/0.1; +http://www.apple.com/go/applebot)', // Apple
  'SLACKBOT-LINKEXPANDING 1.0', // capitals
  'Mozilla/5.0 (compatible; Meta-ExternalHit/1.1; +http://www.facebook.com/externalhit_uatext.php)', // Meta
  'Mozilla/5.0 (compatible; SnapURLPreview/1.0; +https://www.snapchat.com)', // Snapchat
  'Notion/1.0 (https://notion.so; team@makenotion.com)', // Notion
  'DingTalkBot-LinkService', // DingTalk
  'Viber', // Viber
  'ChatGPT-User', // ChatGPT, for a person who asks about the link
  'anthropic-ai', // Anthropic
  'Google-Safety', // Google
  'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/143.0.0.0 Safari/537.36', // a script in Chrome
  'ExampleLinkChecker/1.0', // by its purpose
  'Example/1.0 (+https://example.com/about)', // by a web address
  'Example/1.0 (admin@example.com)', // by a mail address
  'Mozilla/5.0 (compatible; Example/1.0)', // by the position of its name
  'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko; compatible; Example/1.0) Chrome/143.0.0.0 Safari/537.36', // the same, in a browser
])('a machine is detected: %s', (userAgent) => {
  expect(kind({ 'user-agent': userAgent })).toBe('machine');
});

test('a machine is detected among several user agents', () => {
  expect(kind({ 'user-agent': ['curl/8.5.0', 'Twitterbot/1.0'] })).toBe('machine');
});

/** Includes in-app browsers of products that also fetch previews. */
test.each([
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36', // Chrome
  'Mozilla/5.0 (X11; Linux x86_64; rv:132.0) Gecko/20100101 Firefox/132.0', // Firefox
  'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Safari/605.1.15', // Safari
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36 Edg/130.0.0.0', // Edge
  'Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Mobile/15E148 Safari/604.1', // Safari on a phone
  'Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Mobile Safari/537.36', // a custom tab of Chrome on Android
  'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/128.0.6613.36 Electron/32.0.1 Safari/537.36 AppleSilicon Slack_SSB/4.40.126', // the Slack app on the desktop
  'Mozilla/5.0 (iPhone; CPU iPhone OS 17_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148 Slack/24.10.10', // the Slack app on a phone
  'Mozilla/5.0 (iPhone; CPU iPhone OS 17_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/21G80 [FBAN/FBIOS;FBAV/484.0.0.27.110;FBBV/648234565;FBDV/iPhone14,5;FBMD/iPhone;FBSN/iOS;FBSV/17.6;FBSS/3;FBID/phone;FBLC/en_US;FBOP/5]', // the Facebook app on iOS
  'Mozilla/5.0 (Linux; Android 14; SM-S911B Build/UP1A.231005.007; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/129.0.6668.100 Mobile Safari/537.36 [FB_IAB/FB4A;FBAV/485.0.0.0;]', // the Facebook app on Android
  'Mozilla/5.0 (iPhone; CPU iPhone OS 17_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148 [LinkedInApp]/9.30.1234', // the LinkedIn app
  'Mozilla/5.0 (iPhone; CPU iPhone OS 17_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148 [Pinterest/iOS]', // the Pinterest app
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/128.0.0.0 Safari/537.36 Edg/128.0.0.0 Teams/24243.1309.3132.617', // the Teams app
  'Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Mobile Safari/537.36 WhatsApp/2.24.20.79', // a web view that names its app
  'Mozilla/5.0 (iPhone; CPU iPhone OS 17_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148 Safari Line/14.12.0', // the LINE app
  'Mozilla/5.0 (Linux; Android 6.0; CUBOT MAX Build/MRA58K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/51.0.2704.81 Mobile Safari/537.36', // a phone made by CUBOT
  '', // no user agent
])('a reader passes: %s', (userAgent) => {
  expect(kind({ 'user-agent': userAgent })).toBeUndefined();
});

test.each([
  'curl/8.5.0',
  'libcurl-agent/1.0', // the example in curl's documentation
  'Wget/1.24.5',
  'aria2/1.37.0',
  'HTTPie/3.2.4',
  'python-requests/2.32.3',
  'python-httpx/0.28.1',
  'Python-urllib/3.13',
  'Python/3.13 aiohttp/3.11.11',
  'node', // fetch in Node.js
  'undici',
  'node-fetch/1.0 (+https://github.com/bitinn/node-fetch)',
  'got (https://github.com/sindresorhus/got)',
  'axios/1.7.9',
  'Deno/2.1.4',
  'Bun/1.1.42',
  'Go-http-client/2.0',
  'go-resty/2.16.2 (https://github.com/go-resty/resty)',
  'Java/17.0.9',
  'Java-http-client/21.0.5',
  'Apache-HttpClient/4.5.14 (Java/17.0.9)',
  'okhttp/4.12.0',
  'Dalvik/2.1.0 (Linux; U; Android 14; Pixel 8 Build/AP1A.240505.004)',
  'MyApp/1 CFNetwork/1568.200.51 Darwin/24.1.0', // an app on iOS or macOS
  'Dart/3.6 (dart:io)',
  'GuzzleHttp/7',
  'Ruby',
  'Faraday v2.12.2',
  'rest-client/2.1.0 (linux x86_64) ruby/3.3.6p108',
  'http.rb/5.2.0',
  'Mechanize/2.9.1 Ruby/3.1.2 (http://github.com/sparklemotion/mechanize/)',
  'libwww-perl/6.77',
  'HTTP-Tiny/0.088',
  'RestSharp/112.1.0.0',
  'Mozilla/5.0 (Windows NT; Windows NT 10.0; en-US) WindowsPowerShell/5.1.22621.4391',
  'Mozilla/5.0 (Windows NT 10.0; Microsoft Windows 10.0.22631; en-US) PowerShell/7.4.6',
  'Microsoft BITS/7.8',
  'PostmanRuntime/7.43.0',
  'insomnia/10.3.0',
  'Amazon CloudFront', // a CDN that does not forward the user agent
])('a program passes: %s', (userAgent) => {
  expect(kind({ 'user-agent': userAgent })).toBeUndefined();
});

test.each<Readonly<Record<string, string>>>([
  {},
  { purpose: 'navigate' },
  { 'sec-purpose': 'previewed' },
  { purpose: 'noprefetch' },
  { 'x-requested-with': 'prefetch' },
  { 'sec-fetch-mode': 'navigate', 'sec-fetch-user': '?1', 'sec-fetch-dest': 'document' },
  { 'sec-fetch-mode': 'navigate', 'sec-fetch-site': 'same-origin', 'sec-fetch-dest': 'empty' }, // <a download> in Chrome
  { 'sec-fetch-mode': 'no-cors', 'sec-fetch-site': 'cross-site', 'sec-fetch-dest': 'empty' }, // "Save Link As" in Firefox
  { 'sec-fetch-mode': 'cors', 'user-agent': 'node' }, // fetch in Node.js
  { referer: 'https://www.iana.org/Twitterbot/1.0' },
])('a reader passes with the headers %j', (headers) => {
  expect(kind(headers)).toBeUndefined();
});

test.each<[string, Readonly<Record<string, string | readonly string[]>>]>([
  ['Chrome and Firefox', { 'sec-purpose': 'prefetch' }],
  ['prerendering', { 'sec-purpose': 'prefetch;prerender' }],
  ['prerendering, with a space', { 'sec-purpose': 'prefetch; prerender' }],
  ['a prefetch through a proxy', { 'sec-purpose': 'prefetch;anonymous-client-ip' }],
  ['older Chrome', { purpose: 'prefetch' }],
  ['older Chrome, prerendering', { purpose: 'prerender' }],
  ['older Firefox', { 'x-moz': 'prefetch' }],
  ['top sites of Safari', { 'x-purpose': 'preview' }],
  ['older WebKit', { purpose: 'preview' }],
  ['capitals', { 'x-moz': 'Prefetch' }],
  ['a quoted string', { 'sec-purpose': '"prefetch"' }],
  ['the second of two values', { purpose: ['navigate', 'prefetch'] }],
  ['a browser', { 'user-agent': 'Mozilla/5.0 Firefox/132.0', 'sec-purpose': 'prefetch' }],
])('a prefetch is detected: %s', (_, headers) => {
  expect(kind(headers)).toBe('prefetch');
});

test.each<[string, Headers]>([
  ['an image', { 'sec-fetch-mode': 'no-cors', 'sec-fetch-dest': 'image' }],
  ['a script', { 'sec-fetch-mode': 'no-cors', 'sec-fetch-dest': 'script' }],
  ['a style sheet', { 'sec-fetch-mode': 'no-cors', 'sec-fetch-dest': 'style' }],
  ['a video', { 'sec-fetch-mode': 'no-cors', 'sec-fetch-dest': 'video' }],
  ['a frame', { 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'iframe' }],
  ['an embedded document', { 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'embed' }],
  ['an object', { 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'object' }],
  ['a request from a script', { 'sec-fetch-mode': 'cors', 'sec-fetch-dest': 'empty' }],
  ['a request from a script on the same host', { 'sec-fetch-mode': 'same-origin', 'sec-fetch-dest': 'empty' }],
])('a part of a page is detected: %s', (_, headers) => {
  expect(kind(headers)).toBe('prefetch');
});

test('a WebSocket is detected', () => {
  expect(kind({ 'sec-fetch-mode': 'websocket', 'sec-fetch-dest': 'empty' })).toBe('prefetch');
});

test.each<[string, Headers]>([
  [
    'from the click-through page',
    { 'sec-fetch-mode': 'cors', 'sec-fetch-dest': 'empty', 'sec-fetch-site': 'same-origin' },
  ],
  ['from a form', { 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document', 'sec-fetch-site': 'cross-site' }],
  ['from a reader whose phone scans barcodes', { 'user-agent': 'Mozilla/5.0 (Linux; Android 13; Zebra TC52 Scanner)' }],
  ['from a bot, which the click-through page cannot tell from its reader', { 'user-agent': 'Twitterbot/1.0' }],
  ['from Node.js', { 'sec-fetch-mode': 'cors', 'user-agent': 'node' }],
])('a POST %s passes', (_, headers) => {
  expect(kind(headers, 'POST')).toBeUndefined();
});

test.each<[string, Headers]>([
  ['a beacon or ping', { 'sec-fetch-mode': 'no-cors', 'sec-fetch-dest': 'empty', 'sec-fetch-site': 'cross-site' }],
  [
    'a script on a sibling host',
    { 'sec-fetch-mode': 'cors', 'sec-fetch-dest': 'empty', 'sec-fetch-site': 'same-site' },
  ],
  ['a form in a frame', { 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'iframe', 'sec-fetch-site': 'cross-site' }],
])('a POST by %s on another page is detected', (_, headers) => {
  expect(kind(headers, 'POST')).toBe('prefetch');
});

// A pattern that backtracks would run almost forever.
test.each(['bo', 'sca', '@a', '@', '-', 'https:/', 'Mozilla/5.0 (compatible; '])(
  'a user agent with a million characters passes: %s, repeated',
  (part) => {
    expect(kind({ 'user-agent': `Example ${part.repeat(1_000_000 / part.length)}` })).toBeUndefined();
  },
);
