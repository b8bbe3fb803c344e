import { createHash } from 'node:crypto';

/** What the page that a browser gets instead of the object says, in plain text. */
export interface RefusalPage {
  /** The heading, and the title of the browser's tab. */
  readonly title: string;
  /** What happened, without telling a stranger whether the link ever worked. */
  readonly explanation: string;
  /** What the reader can do now. */
  readonly advice: string;
  /** `gone`: this link will not open again. `retry`: it may, so the page offers to try once more. */
  readonly tone: 'gone' | 'retry';
}

const STYLE = `
:root{color-scheme:light dark;--page:rgb(253 248 240);--ink:rgb(32 30 66);--soft:rgb(86 80 112);--accent:rgb(168 62 42);--line:rgb(232 214 196)}
@media (prefers-color-scheme:dark){:root{--page:rgb(27 26 56);--ink:rgb(255 241 208);--soft:rgb(205 198 220);--accent:rgb(244 160 122);--line:rgb(66 60 110)}}
*{box-sizing:border-box;margin:0}
body{min-height:100vh;min-height:100svh;display:grid;place-items:center;padding:2rem 1.5rem 14vh;background:var(--page);color:var(--ink);font:1.0625rem/1.6 system-ui,sans-serif}
main{width:100%;max-width:30rem;overflow-wrap:break-word}
svg{display:block;width:8rem;color:var(--accent)}
h1{margin:1.5rem 0 .75rem;font:500 clamp(1.75rem,1.4rem + 1.8vw,2.25rem)/1.2 ui-serif,Georgia,serif;text-wrap:balance}
p+p{margin-top:1.5rem;padding-top:1.5rem;border-top:1px solid var(--line)}
.explanation{color:var(--soft)}
a{display:inline-block;margin-top:1.5rem;padding:.7rem 1.5rem;border-radius:.5rem;background:var(--ink);color:var(--page);font-weight:600;text-decoration:none}
a:focus-visible{outline:3px solid var(--accent);outline-offset:3px}
`;

// The key of the sample picture, turning to dust; and whole, for a link that may still open.
const KEY =
  '<path fill-rule="evenodd" d="M12 4a12 12 0 0 0 0 24a12 12 0 0 0 0-24zm0 6a6 6 0 0 1 0 12a6 6 0 0 1 0-12z"/>';
const ICONS: Readonly<Record<RefusalPage['tone'], string>> = {
  gone: `${KEY}<path d="M23 13.5h31v2h2v3H23zM46 18h4v8h-4zM60 13h3v3h-3zM58 20h3v3h-3zM66 17h2.5v2.5H66zM65 10h2v2h-2zM65 24h2v2h-2zM72 14h2v2h-2zM73 21h1.5v1.5H73zM80 17h1.5v1.5H80zM87 14h1v1h-1z"/>`,
  retry: `${KEY}<path d="M23 13.5h43v5H23zM50 18h4v8h-4zM59 18h4v6h-4z"/>`,
};

const RETRY_LINK = '<a href="">Try again</a>';

const NAMED_CHARACTERS: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
  $: '&dollar;',
  '#': '&num;',
};

/**
 * Renders the page that API Gateway answers to a browser where it refuses a request.
 *
 * The page is a response template too, in which API Gateway substitutes `$context.…`, and Velocity also `#…`; neither
 * character is ever in it. It loads nothing and runs nothing, and its Content-Security-Policy says so.
 *
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-gatewayResponse-definition.html
 */
export function refusalPage(page: RefusalPage): string {
  const title = escapeText(page.title);
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${contentSecurityPolicy()}">
<meta name="viewport" content="width=device-width,initial-scale=1">
<meta name="robots" content="noindex">
<meta name="referrer" content="no-referrer">
<title>${title}</title>
<style>${STYLE}</style>
</head>
<body>
<main>
<svg viewBox="0 0 88 32" fill="currentColor" aria-hidden="true">${ICONS[page.tone]}</svg>
<h1>${title}</h1>
<p class="explanation">${escapeText(page.explanation)}</p>
<p>${escapeText(page.advice)}</p>
${page.tone === 'retry' ? `${RETRY_LINK}\n` : ''}</main>
</body>
</html>
`;
}

function contentSecurityPolicy(): string {
  const styleHash = createHash('sha256').update(STYLE).digest('base64');
  return `default-src 'none'; style-src 'sha256-${styleHash}'; base-uri 'none'; form-action 'none'`;
}

/** Named references only: a numeric one, such as that of the apostrophe, would bring a `#`. */
function escapeText(text: string): string {
  return text.replace(/[&<>"'$#]/g, (character) => NAMED_CHARACTERS[character] ?? character);
}
