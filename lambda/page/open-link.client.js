// The script of open-link.html. It is served without comments and whitespace.

// 32 bytes in canonical base64url: the last character carries four bits. What follows is ignored: mail and chat programs
// take the punctuation of a sentence into the link.
const NONCE = /^[\w-]{42}[AEIMQUYcgkosw048]/;

const DESCRIBE_TIMEOUT_MS = 3000;
// Longer than any timeout of API Gateway.
const EXCHANGE_TIMEOUT_MS = 35000;
// After that, the browser navigates to the file and shows its own progress.
const START_TIMEOUT_MS = 10000;

const MAX_TEXT_BYTES = 4096;

// Longer names are shortened, so that the button stays on the screen. The extension of a file is kept.
const MAX_NAME_CHARACTERS = 60;
const LAST_NAME_CHARACTERS = 20;
const MAX_SENDER_CHARACTERS = 40;

const OPENED_KEY = 'opened';
const MAX_OPENED = 50;
const OPENED_KEPT_MS = 30 * 86400000;

// States that can be shown from the session history, once the nonce is no longer in the address.
const STATES_IN_HISTORY = ['interrupted', 'openedBefore', 'unavailable'];

const TIME = { hour: 'numeric', minute: '2-digit' };
const DAY = { day: 'numeric', month: 'long', ...TIME };
const WEEKDAY = { weekday: 'long', ...DAY };

const language = document.documentElement.lang;
const locale = localeOfReader();

const element = (id) => document.getElementById(id);
const main = document.querySelector('main');
const button = element('open');
const again = element('again');
const copy = element('copy');
const content = element('content');
const announcement = element('announcement');

// Incremented for each link in this tab, so that a late response does not change what is shown for another link.
let visit = 0;
// The service's description of the file, once it has responded.
let description;
// The file that was opened: its presigned URL, when that expires, and when it was opened.
let file;
let countdown;

// The address and the session history.

function nonceInAddress() {
  return NONCE.exec(location.hash.slice(1))?.[0];
}

function replaceNonce(state) {
  history.replaceState(state, '', location.pathname + location.search);
}

function restoreNonce(nonce) {
  const address = new URL(location.href);
  address.hash = nonce;
  history.replaceState(null, '', address.href);
}

// Links that were opened in this browser: { "<digest of the nonce>": "<time>" }. Storage can be blocked.

async function digestOf(nonce) {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(nonce));
  const text = btoa(String.fromCharCode(...new Uint8Array(digest, 0, 16)));
  return text.replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}

function openedLinks() {
  let stored;
  try {
    stored = JSON.parse(localStorage.getItem(OPENED_KEY));
  } catch {
    // Treated as empty.
  }
  return Object.entries(stored ?? {}).filter(([, time]) => Date.now() - Date.parse(time) < OPENED_KEPT_MS);
}

async function rememberOpened(nonce, time) {
  try {
    const links = [...openedLinks(), [await digestOf(nonce), time]].slice(-MAX_OPENED);
    localStorage.setItem(OPENED_KEY, JSON.stringify(Object.fromEntries(links)));
  } catch {
    // The page will not recognize the link when it is opened again.
  }
}

async function timeOpened(nonce) {
  try {
    return new Map(openedLinks()).get(await digestOf(nonce));
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

function formatDate(time, format) {
  return new Intl.DateTimeFormat(locale, format).format(new Date(time));
}

function formatSize(bytes) {
  const power = Math.min(Math.floor(Math.log10(Math.max(bytes, 1)) / 3), 4);
  return new Intl.NumberFormat(locale, {
    style: 'unit',
    unit: ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte'][power],
    unitDisplay: power === 0 ? 'long' : 'short',
    maximumFractionDigits: 1,
  }).format(bytes / 1000 ** power);
}

function formatDuration(seconds) {
  const format = (number, minimumIntegerDigits) =>
    new Intl.NumberFormat(locale, { minimumIntegerDigits }).format(Math.floor(number));
  return `${format(seconds / 60, 1)}:${format(seconds % 60, 2)}`;
}

// Keeps a number and its neighbors on one line, as in "29 November".
function unbroken(text) {
  return text.replace(/(\d\.?) | (?=\d)/g, '$1\u00a0');
}

// Removes control characters and direction overrides, which can display `gpj.exe` as `exe.jpg`.
function plain(text, maxCharacters, lastCharacters = 0) {
  const characters = Array.from(text.replace(/[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu, ''));
  return characters.length <= maxCharacters
    ? characters.join('')
    : `${characters.slice(0, maxCharacters - lastCharacters).join('')}…${characters.slice(characters.length - lastCharacters).join('')}`;
}

function filled(template, text) {
  return template.replace(/\{\w+\}/, () => text);
}

// Isolates the text, because its direction can differ from the template's.
function fillIsolated(target, template, text) {
  const [before, after] = template.split(/\{\w+\}/);
  const isolated = document.createElement('bdi');
  isolated.translate = false;
  isolated.textContent = text;
  target.replaceChildren(before, isolated, after);
}

// Sections and buttons.

function isShown(id) {
  return !element(id).hidden;
}

function show(id) {
  for (const section of document.querySelectorAll('section')) {
    section.hidden = section.id !== id;
  }
  for (const part of document.querySelectorAll('[data-in]')) {
    part.hidden = !part.dataset.in.split(' ').includes(id);
  }
  document.title = element(id).querySelector('h1').textContent;
  announcement.textContent = '';
  setWorking(false);
  stopCountdown();
}

// Moves the focus to the heading, because the button that had it is hidden.
function showAndFocus(id) {
  show(id);
  const heading = element(id).querySelector('h1');
  heading.tabIndex = -1;
  heading.focus();
}

function setWorking(working) {
  main.dataset.working = working;
  // Not `disabled`, which would take the focus from keyboard users.
  button.setAttribute('aria-disabled', working);
  button.textContent = working ? button.dataset.working : openLabel();
}

function openLabel() {
  if (isShown('retry')) {
    return button.dataset.retry;
  }
  return isText(description) ? button.dataset.showText : button.dataset.download;
}

function showWorking() {
  show('ready');
  setWorking(true);
  announcement.textContent = button.dataset.working;
}

function showSender() {
  const heading = element('ready').querySelector('h1');
  const { title, from, text, textFrom } = heading.dataset;
  const asText = isText(description);
  if (typeof description?.from === 'string') {
    fillIsolated(heading, asText ? textFrom : from, plain(description.from, MAX_SENDER_CHARACTERS));
  } else {
    heading.textContent = asText ? text : title;
  }
}

function showCard() {
  if (!description) {
    return;
  }
  const { until, opened } = element('card').dataset;
  element('name').textContent = plain(description.file_name, MAX_NAME_CHARACTERS, LAST_NAME_CHARACTERS);
  element('name').title = plain(description.file_name, Number.POSITIVE_INFINITY);
  element('size').textContent = formatSize(description.size_bytes);
  element('date').textContent = unbroken(
    file ? filled(opened, formatDate(file.time, DAY)) : filled(until, formatDate(description.expires_at, WEEKDAY)),
  );
  main.dataset.card = 'described';
}

function showOpenedBefore(time) {
  const heading = element('openedBefore').querySelector('h1');
  const today = new Date(time).toDateString() === new Date().toDateString();
  heading.textContent = today
    ? filled(heading.dataset.today, formatDate(time, TIME))
    : filled(heading.dataset.earlier, formatDate(time, DAY));
  showAndFocus('openedBefore');
}

function stopCountdown() {
  clearInterval(countdown);
  again.hidden = true;
}

// Shows how long the file can be downloaded again.
function startCountdown() {
  const tick = () => {
    const secondsLeft = (file.expiresAt - Date.now()) / 1000;
    if (secondsLeft >= 1) {
      again.hidden = false;
      again.textContent = filled(again.dataset.label, formatDuration(secondsLeft));
    } else {
      if (document.activeElement === again) {
        document.querySelector('section:not([hidden]) h1').focus();
      }
      stopCountdown();
    }
  };
  countdown = setInterval(tick, 1000);
  tick();
}

// Requests.

async function fetchWithin(timeoutMs, url, options, use) {
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
async function post(url, timeoutMs, body) {
  const headers = { Accept: 'application/json', ...(body && { 'Content-Type': 'application/json' }) };
  const options = { method: 'POST', headers, body, redirect: 'error' };
  return await fetchWithin(timeoutMs, url, options, async (response) => ({
    dead: response.status === 403 && response.headers.get(main.dataset.codeHeader) === 'AccessDenied',
    sentAt: Date.parse(response.headers.get('Date')),
    body: response.ok ? await response.json() : undefined,
  }));
}

// Sends the nonce in the body: the link stays active, and access logs contain URLs.
async function describe(nonce) {
  const { dead, body } = await post(main.dataset.describe, DESCRIBE_TIMEOUT_MS, JSON.stringify({ nonce }));
  const complete =
    typeof body?.file_name === 'string' && Number.isFinite(body.size_bytes) && Date.parse(body.expires_at) > 0;
  return { dead, described: complete ? body : undefined };
}

// Redeems the link.
async function exchange(nonce) {
  const { dead, sentAt, body } = await post(main.dataset.exchange + nonce, EXCHANGE_TIMEOUT_MS);
  const url = webAddress(body?.url);
  return { dead, opened: url && { url: url.href, expiresAt: expiryOf(url, sentAt || Date.now()) } };
}

function webAddress(text) {
  try {
    const url = typeof text === 'string' ? new URL(text) : undefined;
    return ['http:', 'https:'].includes(url?.protocol) ? url : undefined;
  } catch {
    return undefined;
  }
}

// When a presigned URL expires by the clock of this device, which can differ from the service's. NaN if unknown.
function expiryOf(url, serviceTime) {
  const signed = url.searchParams.get('X-Amz-Date') ?? '';
  const signedAt = Date.parse(signed.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z'));
  return Date.now() + signedAt + Number(url.searchParams.get('X-Amz-Expires')) * 1000 - serviceTime;
}

function isText({ content_type: type, size_bytes: bytes } = {}) {
  return bytes <= MAX_TEXT_BYTES && /^text\/plain\s*(;\s*charset="?utf-8"?\s*)?$/i.test(type);
}

// Fetches the first byte of the file, or all of a text, to see whether S3 returns it. `status` is undefined if the
// response cannot be read: the bucket does not allow this origin, or the network failed, or the text is not UTF-8.
async function fetchStart(opened) {
  const options = { headers: { Range: `bytes=0-${opened.isText ? MAX_TEXT_BYTES : 0}` }, credentials: 'omit' };
  return await fetchWithin(START_TIMEOUT_MS, opened.url, options, async (response) => ({
    status: response.status,
    text: opened.isText && response.status === 206 ? await readText(response.body.getReader()) : undefined,
  }));
}

// Stops at the limit: the object may have been replaced since it was described, and a compressed one can grow.
async function readText(reader) {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let text = '';
  let size = 0;
  while (size <= MAX_TEXT_BYTES) {
    const { done, value } = await reader.read();
    if (done) {
      return text + decoder.decode();
    }
    size += value.length;
    text += decoder.decode(value, { stream: true });
  }
  return undefined;
}

// What happens.

// Delivers the opened file: displays short text and navigates to anything else, unless S3 returns an error.
async function deliver(opened, isCurrent) {
  const { status, text } = await fetchStart(opened);
  if (status !== undefined && ![200, 206, 416].includes(status)) {
    if (isCurrent()) {
      showAndFocus('missing');
      // S3 may recover while the URL is valid.
      if (status >= 500) {
        startCountdown();
      }
    }
  } else if (text !== undefined && isCurrent()) {
    content.textContent = text;
    copy.textContent = copy.dataset.label;
    showAndFocus('text');
  } else {
    // Even if the page shows another link by now: this link is redeemed, and its file must not be lost.
    location.assign(opened.url);
    if (isCurrent() && !isShown('opened')) {
      showAndFocus('opened');
      startCountdown();
    }
  }
}

// Removes the nonce from the address before it is sent, so the second click of a double click finds none.
async function press() {
  const nonce = nonceInAddress();
  if (nonce === undefined) {
    return;
  }
  const visitOfPress = visit;
  const isCurrent = () => visit === visitOfPress;
  const asText = isText(description);
  replaceNonce({ state: 'interrupted' });
  showWorking();
  const { dead, opened } = await exchange(nonce);
  if (opened) {
    const time = new Date().toISOString();
    await rememberOpened(nonce, time);
    const openedFile = { ...opened, time, isText: asText };
    if (isCurrent()) {
      replaceNonce({ state: 'openedBefore', time });
      file = openedFile;
      showCard();
    }
    await deliver(openedFile, isCurrent);
  } else if (isCurrent() && dead) {
    await showDead(nonce);
  } else if (isCurrent()) {
    restoreNonce(nonce);
    show('retry');
    announcement.textContent = element('retry').innerText;
  }
}

async function pressAgain() {
  const visitOfPress = visit;
  if (again.getAttribute('aria-disabled') === 'true') {
    return;
  }
  again.setAttribute('aria-disabled', true);
  await deliver(file, () => visit === visitOfPress);
  again.setAttribute('aria-disabled', false);
}

// Without the line break that `echo` adds: in a terminal, pasting it would run the text.
async function copyText() {
  try {
    await navigator.clipboard.writeText(content.textContent.replace(/\r?\n$/, ''));
    copy.textContent = copy.dataset.copied;
    announcement.textContent = copy.dataset.copied;
  } catch {
    // The reader can copy the selection.
    getSelection().selectAllChildren(content);
  }
}

// Saves the displayed text, which also works after the presigned URL has expired.
function saveText() {
  const link = document.createElement('a');
  // With this type, a browser that ignores `download` shows it as text.
  link.href = URL.createObjectURL(new Blob([content.textContent], { type: 'text/plain;charset=utf-8' }));
  link.download = description.file_name;
  link.click();
}

async function showDead(nonce) {
  const visitOfLink = visit;
  const time = await timeOpened(nonce);
  if (visit === visitOfLink) {
    replaceNonce({ state: time ? 'openedBefore' : 'unavailable', time });
    showFromHistory();
  }
}

function showFromHistory() {
  const { state, time } = history.state ?? {};
  if (state === 'openedBefore') {
    showOpenedBefore(time);
  } else {
    showAndFocus(STATES_IN_HISTORY.includes(state) ? state : 'incomplete');
  }
}

async function arrive() {
  visit += 1;
  const visitOfLink = visit;
  description = undefined;
  file = undefined;
  for (const id of ['content', 'name', 'size', 'date']) {
    element(id).textContent = '';
  }
  element('name').title = '';
  showSender();
  const nonce = nonceInAddress();
  if (nonce === undefined) {
    main.dataset.card = 'none';
    showFromHistory();
    return;
  }
  const opened = await timeOpened(nonce);
  if (visit !== visitOfLink) {
    return;
  }
  // A request would be recorded as a later attempt, which can be a sign of interception.
  if (opened) {
    main.dataset.card = 'none';
    await showDead(nonce);
    return;
  }
  main.dataset.card = 'pending';
  show('ready');
  const { dead, described } = await describe(nonce);
  // Once the button has been pressed, only the response to the redemption counts.
  const untouched = isShown('ready') && nonceInAddress() !== undefined;
  if (visit !== visitOfLink) {
    return;
  }
  if (described) {
    description = described;
    showCard();
    if (untouched) {
      showSender();
      show('ready');
    }
  } else {
    main.dataset.card = 'none';
    if (dead && untouched) {
      await showDead(nonce);
    }
  }
}

element('host').textContent = location.host;
button.addEventListener('click', press);
again.addEventListener('click', pressAgain);
copy.addEventListener('click', copyText);
element('save').addEventListener('click', saveText);
// Another link was pasted into the address bar. Not every browser fires `popstate` for that.
addEventListener('hashchange', arrive);
// Back and Forward between links of this tab, whose addresses are equal once their nonces are removed.
addEventListener('popstate', arrive);
// The reader left a text and comes back to the page as the browser kept it.
addEventListener('pageshow', ({ persisted }) => {
  if (persisted && isShown('text')) {
    arrive();
  }
});
arrive();
