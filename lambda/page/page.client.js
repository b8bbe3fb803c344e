// Shared by the scripts of both pages. esbuild bundles it into each and drops what the page does not use.

// 32 bytes in canonical base64url: the last character carries four bits. What follows is ignored: mail and chat programs
// take the punctuation of a sentence into the link.
const NONCE = /^[\w-]{42}[AEIMQUYcgkosw048]/;

const DESCRIBE_TIMEOUT_MS = 3000;
// Longer than any timeout of API Gateway.
export const EXCHANGE_TIMEOUT_MS = 35000;

// Longer names are shortened, so that the button stays on the screen. The extension of a file is kept.
const MAX_NAME_CHARACTERS = 60;
const LAST_NAME_CHARACTERS = 20;
export const MAX_SENDER_CHARACTERS = 40;

const MAX_REMEMBERED = 50;
const REMEMBERED_MS = 30 * 86400000;

const TIME = { hour: 'numeric', minute: '2-digit' };
export const DAY = { day: 'numeric', month: 'long', ...TIME };
export const WEEKDAY = { weekday: 'short', ...DAY };

const language = document.documentElement.lang;
const locale = localeOfReader();

export const element = (id) => document.getElementById(id);
export const main = document.querySelector('main');
export const again = element('again');
export const announcement = element('announcement');

let countdown;

// The address and the session history.

export function nonceInAddress() {
  return NONCE.exec(location.hash.slice(1))?.[0];
}

export function replaceNonce(state) {
  history.replaceState(state, '', location.pathname + location.search);
}

export function restoreNonce(nonce) {
  const address = new URL(location.href);
  address.hash = nonce;
  history.replaceState(null, '', address.href);
}

// Links that were used in this browser: { "<digest of the nonce>": "<time>" }. Storage can be blocked.

async function digestOf(nonce) {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(nonce));
  const text = btoa(String.fromCharCode(...new Uint8Array(digest, 0, 16)));
  return text.replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}

function rememberedLinks(key) {
  let stored;
  try {
    stored = JSON.parse(localStorage.getItem(key));
  } catch {
    // Treated as empty.
  }
  return Object.entries(stored ?? {}).filter(([, time]) => Date.now() - Date.parse(time) < REMEMBERED_MS);
}

export async function remember(key, nonce, time) {
  try {
    const links = [...rememberedLinks(key), [await digestOf(nonce), time]].slice(-MAX_REMEMBERED);
    localStorage.setItem(key, JSON.stringify(Object.fromEntries(links)));
  } catch {
    // The page will not recognize the link when it is opened again.
  }
}

export async function timeRemembered(key, nonce) {
  try {
    return new Map(rememberedLinks(key)).get(await digestOf(nonce));
  } catch {
    return undefined;
  }
}

// Text.

// The page's language in the reader's region, which decides between 18:04 and 6:04 PM.
function localeOfReader() {
  try {
    const supported = Intl.DateTimeFormat.supportedLocalesOf(navigator.languages);
    return supported.find((tag) => tag.split('-')[0] === language) ?? language;
  } catch {
    // Some browsers report tags such as en-US@posix, which Intl rejects.
    return language;
  }
}

export function formatDate(time, format) {
  return new Intl.DateTimeFormat(locale, format).format(new Date(time));
}

export function formatNumber(number, format) {
  return new Intl.NumberFormat(locale, format).format(number);
}

export function formatAlternatives(texts) {
  return new Intl.ListFormat(locale, { type: 'disjunction' }).format(texts);
}

export function formatSize(bytes) {
  const power = Math.min(Math.floor(Math.log10(Math.max(bytes, 1)) / 3), 4);
  return formatNumber(bytes / 1000 ** power, {
    style: 'unit',
    unit: ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte'][power],
    unitDisplay: power === 0 ? 'long' : 'short',
    maximumFractionDigits: 1,
  });
}

function formatDuration(seconds) {
  const format = (number, minimumIntegerDigits) => formatNumber(Math.floor(number), { minimumIntegerDigits });
  return `${format(seconds / 60, 1)}:${format(seconds % 60, 2)}`;
}

// Keeps a number and its neighbors on one line, as in "29 November".
export function unbroken(text) {
  return text.replace(/(\d\.?) | (?=\d)/g, '$1\u00a0');
}

// Removes control characters and direction overrides, which can display `gpj.exe` as `exe.jpg`.
export function plain(text, maxCharacters, lastCharacters = 0) {
  const characters = Array.from(text.replace(/[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu, ''));
  return characters.length <= maxCharacters
    ? characters.join('')
    : `${characters.slice(0, maxCharacters - lastCharacters).join('')}…${characters.slice(characters.length - lastCharacters).join('')}`;
}

export function filled(template, text) {
  return template.replace(/\{\w+\}/, () => text);
}

// Isolates the text, because its direction can differ from the template's.
export function fillIsolated(target, template, text) {
  const [before, after] = template.split(/\{\w+\}/);
  const isolated = document.createElement('bdi');
  isolated.translate = false;
  isolated.textContent = text;
  target.replaceChildren(before, isolated, after);
}

// Name of a file, with its extension, short enough for its place on the page.
export function shortName(name) {
  return plain(name, MAX_NAME_CHARACTERS, LAST_NAME_CHARACTERS);
}

// Sections and buttons.

export function isShown(id) {
  return !element(id).hidden;
}

export function showSection(id) {
  for (const section of document.querySelectorAll('section')) {
    section.hidden = section.id !== id;
  }
  for (const part of document.querySelectorAll('[data-in]')) {
    part.hidden = !part.dataset.in.split(' ').includes(id);
  }
  document.title = element(id).querySelector('h1').textContent;
  announcement.textContent = '';
  stopCountdown();
}

// Moves the focus to the heading, because the button that had it is hidden.
export function focusHeading() {
  const heading = document.querySelector('section:not([hidden]) h1');
  heading.tabIndex = -1;
  heading.focus();
}

// Fills the time into the heading of a section.
export function fillTime(id, time) {
  const heading = element(id).querySelector('h1');
  const today = new Date(time).toDateString() === new Date().toDateString();
  heading.textContent = today
    ? filled(heading.dataset.today, formatDate(time, TIME))
    : filled(heading.dataset.earlier, formatDate(time, DAY));
}

function stopCountdown() {
  clearInterval(countdown);
  again.hidden = true;
}

// Shows how long the button can be used, and calls `end` after that.
export function startCountdown(expiresAt, end) {
  const tick = () => {
    const secondsLeft = (expiresAt - Date.now()) / 1000;
    if (secondsLeft >= 1) {
      again.hidden = false;
      again.textContent = filled(again.dataset.label, formatDuration(secondsLeft));
    } else {
      const focused = document.activeElement === again;
      stopCountdown();
      end(focused);
    }
  };
  countdown = setInterval(tick, 1000);
  tick();
}

// Requests.

export async function fetchWithin(timeoutMs, url, options, use) {
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(), timeoutMs);
  try {
    return await use(await fetch(url, { ...options, cache: 'no-store', signal: controller.signal }));
  } catch {
    return {};
  } finally {
    clearTimeout(timer);
    // Aborts the response if its body was not read.
    controller.abort();
  }
}

// Sends a POST. Only the service's own 403, recognized by its header, means that the link is dead. Any other failure, such
// as an error page of a proxy or firewall, says nothing about the link.
export async function post(url, timeoutMs, body) {
  const headers = { Accept: 'application/json', ...(body && { 'Content-Type': 'application/json' }) };
  const options = { method: 'POST', headers, body, redirect: 'error' };
  return await fetchWithin(timeoutMs, url, options, async (response) => {
    const problem = `${response.status} ${response.headers.get(main.dataset.codeHeader)}`;
    return {
      dead: problem === '403 AccessDenied',
      rejected: problem === '400 InvalidRequest',
      sentAt: Date.parse(response.headers.get('Date')),
      body: response.ok ? await response.json() : undefined,
    };
  });
}

// Sends the nonce in the body: the link stays active, and access logs contain URLs.
export async function describe(nonce) {
  const { dead, body } = await post(main.dataset.describe, DESCRIBE_TIMEOUT_MS, JSON.stringify({ nonce }));
  return { dead, described: Date.parse(body?.expires_at) > 0 ? body : undefined };
}

// Goes on to the page for links of the other kind.
export function leaveToOtherPage(nonce) {
  location.replace(`${main.dataset.otherPage}#${nonce}`);
}

export function webAddress(text) {
  try {
    const url = typeof text === 'string' ? new URL(text) : undefined;
    return ['http:', 'https:'].includes(url?.protocol) ? url : undefined;
  } catch {
    return undefined;
  }
}
