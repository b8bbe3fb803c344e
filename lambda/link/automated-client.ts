/** Header values of a request, by lower-case name. */
export type HeaderValues = (name: string) => readonly string[];

/** Headers that mark a speculative request: `Sec-Purpose` (https://fetch.spec.whatwg.org/#sec-purpose-header) and older ones. */
const SPECULATION_HEADERS = ['sec-purpose', 'purpose', 'x-purpose', 'x-moz'] as const;
const SPECULATION = /\b(?:prefetch|prerender|preview)\b/i;

/**
 * User agents of machines that say what they are. Browsers inside apps must not match, nor HTTP libraries: direct links
 * are for programs.
 */
const MACHINES: readonly RegExp[] = [
  // What it is or does. There are browsers on CUBOT phones and in CamScanner.
  /(?<!cu)bots?(?![a-z])|crawl|spider|slurp|scrap(?:er|y)|(?<!cam)scan(?:s|ner|ning)?(?![a-z])|fetcher|archiv|index(?:er|ing)/i,
  /preview|external|favicon|screenshot|imageproxy|headless|playwright|selenium|lighthouse|-(?:user|ai)(?![a-z])/i,
  /monitor|check(?:er|link)|link-?check|validator|inspect|synthetic|uptime|pingdom|google-|-google/i,
  // An address that explains it. HTTP libraries name their repository on GitHub.
  /https?:\/\/(?!github\.com\/)|@[\w-]+\.[a-z]/i,
  // A name in the place where old browsers put theirs, or after it.
  /^Mozilla\/5\.0 \(compatible; (?!MSIE|Konqueror|U;|IBrowse)|; compatible;/i,
  // Link previews with nothing but a name. A browser inside WhatsApp has its name at the end.
  /^WhatsApp(?![a-z])|^Viber$|SteamChatURL|Onebox|Hatena|FastmailUA|github-camo/i,
];

/**
 * Detects a machine that requests the link before a person does, and would redeem it. A program that poses as a browser
 * cannot be detected.
 *
 * @returns `prefetch` for a browser that no person told to open the link, `unfurler` for another machine, `undefined` for a
 * reader.
 */
export function automatedClient(method: string, headers: HeaderValues): 'prefetch' | 'unfurler' | undefined {
  const isSpeculation = SPECULATION_HEADERS.some((name) => headers(name).some((value) => SPECULATION.test(value)));
  if (isSpeculation || (method === 'GET' && isPartOfPage(headers))) {
    return 'prefetch';
  }
  const isMachine = (userAgent: string) => MACHINES.some((pattern) => pattern.test(userAgent));
  return headers('user-agent').some(isMachine) ? 'unfurler' : undefined;
}

/**
 * Whether a page requests the link for itself: for an image, a frame or a script (https://www.w3.org/TR/fetch-metadata/).
 * Downloads have the destination `empty` too, with another mode. `fetch` of Node.js sends a mode without a destination.
 */
function isPartOfPage(headers: HeaderValues): boolean {
  return headers('sec-fetch-dest').some((destination) =>
    destination === 'empty'
      ? headers('sec-fetch-mode').some((mode) => mode === 'cors' || mode === 'same-origin')
      : destination !== 'document',
  );
}
