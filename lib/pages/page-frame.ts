import { createHash } from 'node:crypto';

/** What a page says, in plain text. */
export interface PageText {
  /** The heading, and the title of the browser's tab. */
  readonly title: string;
  /** What happened, without telling a stranger whether the link ever worked. */
  readonly explanation: string;
  /** What the reader can do now. */
  readonly advice: string;
}

/** Parts of a page, as HTML but for the title. */
export interface PageParts {
  /** Title of the browser's tab, in plain text. */
  readonly title: string;
  /** What is in the main landmark. */
  readonly main: string;
  /** Rules of this page, after those of all pages. */
  readonly style?: string;
  /** Module that runs once the page was read. It may ask its own origin, and nobody else. */
  readonly script?: string;
}

/** What every page says of a link that does not open. */
export const LINK_GONE: PageText = {
  title: 'This link can’t be opened',
  explanation:
    'It works once, and for a limited time. It may have been opened already, it may have expired, or part of it may be missing.',
  advice:
    'Ask the person who sent it to you for a new one. If you have not opened it yourself, and nobody else should have, tell them that too.',
};

/** What every page says of an address that holds no link. */
export const LINK_INCOMPLETE: PageText = {
  title: 'This link is incomplete',
  explanation:
    'Its last part is missing, or not whole. That happens when a link is copied by hand, or broken over two lines.',
  advice: 'Copy the whole link and open it again, or ask the person who sent it to you for a new one.',
};

const STYLE = `
:root{color-scheme:light dark;--page:rgb(253 248 240);--ink:rgb(32 30 66);--soft:rgb(86 80 112);--accent:rgb(168 62 42);--line:rgb(232 214 196)}
@media (prefers-color-scheme:dark){:root{--page:rgb(27 26 56);--ink:rgb(255 241 208);--soft:rgb(205 198 220);--accent:rgb(244 160 122);--line:rgb(66 60 110)}}
*{box-sizing:border-box;margin:0}
body{padding:clamp(3rem,21vh,14rem) 1.5rem 3rem;background:var(--page);color:var(--ink);font:1.0625rem/1.6 system-ui,sans-serif}
main{display:flex;flex-direction:column;max-width:30rem;margin:auto;overflow-wrap:break-word}
svg{width:8rem;color:var(--accent)}
h1{margin:1.5rem 0 .75rem;font:500 clamp(1.75rem,1.4rem + 1.8vw,2.25rem)/1.2 ui-serif,Georgia,serif;text-wrap:balance}
p+p{order:1;margin-top:1.5rem;padding-top:1.5rem;border-top:1px solid var(--line)}
.explanation{color:var(--soft)}
a,button{align-self:flex-start;min-width:11rem;margin-top:1.5rem;padding:.7rem 1.5rem;border:1px solid transparent;border-radius:.5rem;background:var(--ink);color:var(--page);font:inherit;font-weight:600;text-align:center;text-decoration:none}
@media (max-width:30rem){a,button{width:100%}}
@media (hover:hover){a:hover,button:hover{background:var(--accent)}}
a:focus-visible,button:focus-visible{outline:3px solid var(--accent);outline-offset:3px}
`;

// The key of the sample picture, turning to dust; and whole, for a link that may still open.
const KEY_BOW =
  '<path fill-rule="evenodd" d="M12 4a12 12 0 0 0 0 24a12 12 0 0 0 0-24zm0 6a6 6 0 0 1 0 12a6 6 0 0 1 0-12z"/>';
const ICONS = {
  dust: '<path d="M23 13.5h31v2h2v3H23zM46 18h4v8h-4z"/><path d="M60 13h3v3h-3zM58 20h3v3h-3zM66 17h2.5v2.5H66zM65 10h2v2h-2zM65 24h2v2h-2zM72 14h2v2h-2zM73 21h1.5v1.5H73zM80 17h1.5v1.5H80zM87 14h1v1h-1z"/>',
  key: '<path d="M23 13.5h43v5H23zM50 18h4v8h-4zM59 18h4v6h-4z"/>',
} as const;

/** Name of a picture that a page can show above its text. */
export type Icon = keyof typeof ICONS;

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
 * Frames a page that API Gateway answers by itself.
 *
 * The page is a response template too, in which API Gateway substitutes `$context.…`, and Velocity also `#…`; neither
 * character may be in it. It loads nothing, and its Content-Security-Policy says so: its own style sheet applies, its own
 * script runs, and nothing else does.
 *
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-mapping-template-reference.html
 */
export function framePage({ title, main, style = '', script }: PageParts): string {
  const styleSheet = `${STYLE}${style}`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${contentSecurityPolicy(styleSheet, script)}">
<meta name="viewport" content="width=device-width,initial-scale=1">
<meta name="robots" content="noindex">
<meta name="referrer" content="no-referrer">
<title>${escapeText(title)}</title>
<style>${styleSheet}</style>
</head>
<body>
<main>
${main}
</main>
${script === undefined ? '' : `<script type="module">${script}</script>\n`}</body>
</html>
`;
}

/** The picture above the text, as HTML, with one or all of its variants: each is a group with the name as its class. */
export function picture(...icons: readonly Icon[]): string {
  const variants = icons.map((icon) => `<g class="${icon}">${ICONS[icon]}</g>`);
  return `<svg viewBox="0 0 88 32" fill="currentColor" aria-hidden="true">${KEY_BOW}${variants.join('')}</svg>`;
}

/** A heading and two paragraphs, as HTML. */
export function words({ title, explanation, advice }: PageText): string {
  return `<h1>${escapeText(title)}</h1>
<p class="explanation">${escapeText(explanation)}</p>
<p class="advice">${escapeText(advice)}</p>`;
}

/** Writes text as HTML. Named references only: a numeric one, such as that of the apostrophe, would bring a `#`. */
export function escapeText(text: string): string {
  return text.replace(/[&<>"'$#]/g, (character) => NAMED_CHARACTERS[character] ?? character);
}

function contentSecurityPolicy(styleSheet: string, script: string | undefined): string {
  return [
    "default-src 'none'",
    `style-src ${hashSource(styleSheet)}`,
    ...(script === undefined ? [] : [`script-src ${hashSource(script)}`, "connect-src 'self'"]),
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ');
}

/** https://www.w3.org/TR/CSP3/#grammardef-hash-source */
function hashSource(text: string): string {
  return `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
}
