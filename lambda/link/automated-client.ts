/** Header values of a request, by lower-case name. */
export type HeaderValues = (name: string) => readonly string[];

/** Headers that mark a speculative request: `Sec-Purpose` (https://fetch.spec.whatwg.org/#sec-purpose-header) and older ones. */
const SPECULATION_HEADERS = ['sec-purpose', 'purpose', 'x-purpose', 'x-moz'] as const;
const SPECULATION = /\b(?:prefetch|prerender|preview)\b/i;

/** User agents of services that fetch links for previews. In-app browsers of the same products must not match. */
const UNFURLERS =
  /Slackbot|Slack-ImgProxy|Twitterbot|facebookexternalhit|Facebot|meta-external(?:agent|fetcher)|^WhatsApp\/|SkypeUriPreview|MicrosoftPreview|Discordbot|TelegramBot|LinkedInBot|Pinterestbot|redditbot|Mastodon\/|Iframely|Embedly|Mattermost-Bot|ZulipURLPreview|Synapse \(bot|Bluesky Cardyb|Snap URL Preview|vkShare|Google-PageRenderer|Googlebot|bingbot|Applebot/i;

/**
 * Detects a machine that requests the link before a person does, and would redeem it. A program that poses as a browser
 * cannot be detected.
 *
 * @returns the kind of machine, or `undefined` for a reader.
 */
export function automatedClient(headers: HeaderValues): 'prefetch' | 'unfurler' | undefined {
  if (SPECULATION_HEADERS.some((name) => headers(name).some((value) => SPECULATION.test(value)))) {
    return 'prefetch';
  }
  return headers('user-agent').some((value) => UNFURLERS.test(value)) ? 'unfurler' : undefined;
}
