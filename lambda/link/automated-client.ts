/** Header values of a request, by lower-case name. */
export type HeaderValues = (name: string) => readonly string[];

/**
 * Headers that mark a speculative request: `Sec-Purpose` (https://fetch.spec.whatwg.org/#sec-purpose-header) and older
 * ones.
 */
const SPECULATION_HEADERS = ['sec-purpose', 'purpose', 'x-purpose', 'x-moz'] as const;
const SPECULATION = /\b(?:prefetch|prerender|preview)\b/i;

/**
 * User agents that identify an automated client. In-app browsers must not match, and neither must HTTP libraries,
 * because programs may use direct links.
 */
const MACHINES: readonly RegExp[] = [
  // Names what it is or does. CUBOT phones and the CamScanner app are not automated.
  /(?<!cu)bots?(?![a-z])|crawl|spider|slurp|scrap(?:er|y)|(?<!cam)scan(?:s|ner|ning)?(?![a-z])|fetcher|archiv|index(?:er|ing)/i,
  /preview|external|favicon|screenshot|imageproxy|headless|playwright|selenium|lighthouse|-(?:user|ai)(?![a-z])/i,
  /monitor|check(?:er|link)|link-?check|validator|inspect|synthetic|uptime|pingdom|google-|-google/i,
  // Contains a URL or email address. HTTP libraries contain the URL of their GitHub repository.
  /https?:\/\/(?!github\.com\/)|@[\w-]+\.[a-z]/i,
  // Has its name where old browsers have theirs, or later in the string.
  /^Mozilla\/5\.0 \(compatible; (?!MSIE|Konqueror|U;|IBrowse)|; compatible;/i,
  // Link previews that send only a name. WhatsApp's in-app browser has the name at the end.
  /^WhatsApp(?![a-z])|^Viber$|SteamChatURL|Onebox|Hatena|FastmailUA|github-camo/i,
];

/**
 * Detects automated requests, such as link previews, which would redeem the link before its reader does. A program that
 * poses as a browser cannot be detected. The user agent of a POST is ignored, because the click-through page sends the POST
 * after a person pressed the button.
 *
 * @param method `GET` or `POST`.
 * @returns `prefetch` for a browser without a user action, `machine` for any other automated client, `undefined` for a
 * reader.
 */
export function automatedClient(method: string, headers: HeaderValues): 'prefetch' | 'machine' | undefined {
  const isSpeculation = SPECULATION_HEADERS.some((name) => headers(name).some((value) => SPECULATION.test(value)));
  if (isSpeculation || isPartOfPage(method, headers)) {
    return 'prefetch';
  }
  const isMachine = (userAgent: string) => MACHINES.some((pattern) => pattern.test(userAgent));
  return method === 'GET' && headers('user-agent').some(isMachine) ? 'machine' : undefined;
}

/**
 * Whether a page requests the link as a resource, such as an image, frame or script
 * (https://www.w3.org/TR/fetch-metadata/). A GET with the destination `empty` can also be a download, which has a
 * different mode. A POST with it can also come from the click-through page, which has the same origin. `fetch` in
 * Node.js sends no destination.
 */
function isPartOfPage(method: string, headers: HeaderValues): boolean {
  const isForeign =
    method === 'POST'
      ? headers('sec-fetch-site').some((site) => site === 'cross-site' || site === 'same-site')
      : headers('sec-fetch-mode').some((mode) => mode === 'cors' || mode === 'same-origin' || mode === 'websocket');
  return headers('sec-fetch-dest').some((destination) =>
    destination === 'empty' ? isForeign : destination !== 'document',
  );
}
