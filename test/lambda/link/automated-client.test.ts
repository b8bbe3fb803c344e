import { automatedClient } from '../../../lambda/link/automated-client';

function kind(headers: Readonly<Record<string, string | readonly string[]>>): string | undefined {
  return automatedClient((name) => [headers[name] ?? []].flat());
}

test.each([
  'Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)', // Slack, fetching a page
  'Slackbot 1.0 (+https://api.slack.com/robots)', // Slack, otherwise
  'Slack-ImgProxy (+https://api.slack.com/robots)', // Slack, fetching an image
  'Twitterbot/1.0', // X
  'facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)', // Facebook
  'facebookexternalhit/1.1', // Facebook, shorter
  'Facebot', // Facebook, another
  'meta-externalagent/1.1 (+https://developers.facebook.com/docs/sharing/webmasters/crawler)', // Meta
  'WhatsApp/2.23.20.0 A', // WhatsApp on Android
  'WhatsApp/2.23.18.78 i', // WhatsApp on iOS
  'WhatsApp/2.2336.9 W', // WhatsApp on the desktop
  'WhatsApp/2', // Signal, posing as WhatsApp
  'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_11_1) AppleWebKit/601.2.4 (KHTML, like Gecko) Version/9.0.1 Safari/601.2.4 facebookexternalhit/1.1 Facebot Twitterbot/1.0', // iMessage, posing as several
  'facebookexternalhit/1.1;line-poker/1.0', // LINE
  'Mozilla/5.0 (Windows NT 6.1; WOW64) SkypeUriPreview Preview/0.5 skype-url-preview@microsoft.com', // Skype and Teams
  'Mozilla/5.0 (compatible; MicrosoftPreview/2.0; +https://aka.ms/MicrosoftPreview)', // Microsoft
  'Mozilla/5.0 (compatible; Discordbot/2.0; +https://discordapp.com)', // Discord
  'TelegramBot (like TwitterBot)', // Telegram
  'LinkedInBot/1.0 (compatible; Mozilla/5.0; Apache-HttpClient +http://www.linkedin.com)', // LinkedIn
  'Mozilla/5.0 (compatible; Pinterestbot/1.0; +http://www.pinterest.com/bot.html)', // Pinterest
  'Mozilla/5.0 (compatible; redditbot/1.0; +http://www.reddit.com/feedback)', // Reddit
  'Mastodon/4.3.0 (http.rb/5.2.0; +https://mastodon.social/) Bot', // Mastodon
  'http.rb/5.1.1 (Mastodon/4.2.1; +https://mastodon.social/)', // Mastodon, before 4.3
  'Iframely/1.3.1 (+https://iframely.com/docs/about)', // Iframely
  'Mozilla/5.0 (compatible; Embedly/0.2; +http://support.embed.ly/)', // Embedly
  'Mattermost-Bot/1.1', // Mattermost
  'Mozilla/5.0 (compatible; ZulipURLPreview/9.2; +https://chat.example.com)', // Zulip
  'Synapse (bot; +https://github.com/matrix-org/synapse)', // Matrix
  'Mozilla/5.0 (compatible; Bluesky Cardyb/1.1; +mailto:support@bsky.app)', // Bluesky
  'Snap URL Preview Service; bot; snapchat; https://developers.snap.com/robots', // Snapchat
  'meta-externalfetcher/1.1 (+https://developers.facebook.com/docs/sharing/webmasters/crawler)', // Meta, fetching for a person
  'Mozilla/5.0 (compatible; vkShare; +http://vk.com/dev/Share)', // VK
  'Mozilla/5.0 (Windows NT 6.1; rv:6.0) Gecko/20110814 Firefox/6.0 Google-PageRenderer Google (+https://developers.google.com/+/web/snippet/)', // Google Chat
  'Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)', // Google
  'Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)', // Bing
  'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_5) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/13.1.1 Safari/605.1.15 (Applebot/0.1; +http://www.apple.com/go/applebot)', // Apple
  'SLACKBOT-LINKEXPANDING 1.0',
])('a link unfurler is detected: %s', (userAgent) => {
  expect(kind({ 'user-agent': userAgent })).toBe('unfurler');
});

test('a link unfurler is detected among several user agents', () => {
  expect(kind({ 'user-agent': ['curl/8.5.0', 'Twitterbot/1.0'] })).toBe('unfurler');
});

/** Apps of the same products have in-app browsers. */
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
  'curl/8.5.0',
  'python-requests/2.32.3',
  '', // no user agent
])('a reader passes: %s', (userAgent) => {
  expect(kind({ 'user-agent': userAgent })).toBeUndefined();
});

test.each<Readonly<Record<string, string>>>([
  {},
  { purpose: 'navigate' },
  { 'sec-purpose': 'previewed' },
  { purpose: 'noprefetch' },
  { 'x-requested-with': 'prefetch' },
  { 'sec-fetch-mode': 'navigate', 'sec-fetch-user': '?1', 'sec-fetch-dest': 'document' },
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
