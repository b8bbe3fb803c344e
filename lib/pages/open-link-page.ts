import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { JSON_ANSWER, NONCE_PARAMETER, ROUTE } from '../../lambda/contract';
import {
  escapeText,
  framePage,
  type Icon,
  LINK_GONE,
  LINK_INCOMPLETE,
  type PageText,
  picture,
  words,
} from './page-frame';

/**
 * Header with the `code` of a refusal of the gateway's own. Where `Accept` got lost on the way, API Gateway chooses by itself
 * between the problem and the page, and the script must know either.
 */
export const PROBLEM_CODE_HEADER = 'Problem-Code';

/** Where the script asks for the address of the file: beside the page, whatever is in front. */
const EXCHANGE = `${ROUTE.accessObject}?${JSON_ANSWER.parameter}=${JSON_ANSWER.value}`;

/** One of the things that the page can show. */
interface State extends PageText {
  /** By which the script finds it. */
  readonly id: string;
  readonly icon: Icon;
  /** What the button says; left out where there is nothing to press. */
  readonly button?: string;
}

const READY: State = {
  id: 'ready',
  icon: 'key',
  title: 'This file can be opened once',
  explanation:
    'When you press the button, the file opens or downloads, and the link is used up: it will not open again, for you or for anybody else.',
  advice: 'Until then you can close this page and come back, as long as the link has not expired.',
  button: 'Open the file',
};

const STATES: readonly State[] = [
  READY,
  {
    id: 'opened',
    icon: 'dust',
    title: 'You opened it. Nobody else can.',
    explanation: 'The file opens or downloads now. The link is used up.',
    advice:
      'If the download breaks off, start it again from your browser’s list of downloads. That works for a short while; after that, ask the person who sent you the link for a new one.',
  },
  {
    id: 'opened-before',
    icon: 'dust',
    title: 'You have opened this link in this browser',
    explanation: 'It is used up and will not open again. A file that was downloaded is among your downloads.',
    advice:
      'If you do not have it, start the download again from your browser’s list of downloads. That works for a short while; after that, ask the person who sent you the link for a new one.',
  },
  { id: 'gone', icon: 'dust', ...LINK_GONE },
  { id: 'incomplete', icon: 'dust', ...LINK_INCOMPLETE },
  {
    // A link can be spent although no answer came (docs/faults.md): nothing may be promised here.
    id: 'retry',
    icon: 'key',
    title: 'Please try again in a moment',
    explanation:
      'The service could not be reached, or could not answer just now. The link may still be good: wait a moment, then try again.',
    advice: 'If it is refused then, ask the person who sent it to you for a new one.',
    button: 'Try again',
  },
  {
    id: 'interrupted',
    icon: 'dust',
    title: 'The file may have been opened',
    explanation: 'The button was pressed in this browser, and the page was left before the answer came.',
    advice:
      'Open the link once more, as it was sent to you. If it is refused then, ask the person who sent it to you for a new one.',
  },
];

/** What a browser shows that runs no scripts. */
const NO_SCRIPT: PageText = {
  title: 'This page needs JavaScript',
  explanation:
    'It opens the file when a person presses a button, so that programs that look at links do not use it up. Nothing has been used up yet.',
  advice: 'Allow JavaScript for this page and reload it, or open the link in another browser.',
};

const STYLE = `
section{display:contents}
[hidden],main:not([data-icon=dust]) .dust,[data-icon=dust] .key{display:none}
[data-working=true] .advice{visibility:hidden}
h1:focus{outline:none}
button{cursor:pointer}
button[aria-disabled=true]{background:var(--ink);cursor:progress}
button[aria-disabled=true]::before{content:'';display:inline-block;width:.8em;height:.8em;margin-right:.6em;vertical-align:-.1em;border:2px solid;border-right-color:transparent;border-radius:50%}
.announcement{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
@media (prefers-reduced-motion:no-preference){
button::before{animation:turn 1s linear infinite}
[data-icon=dust] .dust path+path{animation:drift 1s ease-out}
@keyframes turn{to{transform:rotate(1turn)}}
@keyframes drift{from{opacity:0;transform:translateX(-1rem)}}
}
`;

/** The script as it is written in its own file, but for the comments: readers of links need not download them. */
const SCRIPT = readFileSync(join(__dirname, 'open-link.js'), 'utf8').replace(/^\s*\/\/.*\n/gm, '');

/**
 * Renders the page that a click-through link leads to, for all links the same: the nonce is in the fragment, which a
 * browser sends to nobody, until a person presses the button.
 */
export function openLinkPage(): string {
  const main = [
    picture('key', 'dust'),
    ...STATES.map(section),
    // One button for all states: it keeps the focus while the text around it changes.
    `<button id="open" type="button" data-exchange="${EXCHANGE}" data-parameter="${NONCE_PARAMETER}" data-code-header="${PROBLEM_CODE_HEADER}" data-working="Opening…" hidden></button>`,
    '<p id="announcement" class="announcement" role="status"></p>',
    `<noscript>\n${words(NO_SCRIPT)}\n</noscript>`,
  ];
  return framePage({ title: READY.title, main: main.join('\n'), style: STYLE, script: SCRIPT });
}

function section({ id, icon, button, ...text }: State): string {
  const label = button === undefined ? '' : ` data-button="${escapeText(button)}"`;
  return `<section id="${id}" data-icon="${icon}"${label} hidden>\n${words(text)}\n</section>`;
}
