/** Header values of a request, by lower-case name. */
export type HeaderValues = (name: string) => readonly string[];

/**
 * Headers by which browsers and proxies say that nobody has pressed anything yet: Fetch `Sec-Purpose`
 * (https://fetch.spec.whatwg.org/#sec-purpose-header) and its older spellings.
 */
const SPECULATION_HEADERS = ['sec-purpose', 'purpose', 'x-purpose', 'x-moz'] as const;
const SPECULATION = /\b(?:prefetch|prerender|preview)\b/i;

/**
 * User agents of services that fetch a link to show a preview of it. Names that in-app browsers of the same products
 * carry when a person opens a link are left out on purpose.
 */
const UNFURLERS =
  /Slackbot|Slack-ImgProxy|Twitterbot|facebookexternalhit|Facebot|meta-external(?:agent|fetcher)|^WhatsApp\/|SkypeUriPreview|MicrosoftPreview|Discordbot|TelegramBot|LinkedInBot|Pinterestbot|redditbot|Mastodon\/|Iframely|Embedly|Mattermost-Bot|ZulipURLPreview|Synapse \(bot|Bluesky Cardyb|Snap URL Preview|vkShare|Google-PageRenderer|Googlebot|bingbot|Applebot/i;

/**
 * Says whether a machine asks for the link ahead of, or instead of, a person. Redeeming it then would spend the link
 * before its reader has seen it. A program that hides what it is cannot be told from a reader.
 *
 * @returns what gave it away, or `undefined` for everybody else.
 */
export function automatedOpener(headers: HeaderValues): 'prefetch' | 'unfurler' | undefined {
  if (SPECULATION_HEADERS.some((name) => headers(name).some((value) => SPECULATION.test(value)))) {
    return 'prefetch';
  }
  return headers('user-agent').some((value) => UNFURLERS.test(value)) ? 'unfurler' : undefined;
}
