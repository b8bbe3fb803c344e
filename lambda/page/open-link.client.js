// The script of open-link.html. It is served minified.

import {
  again,
  announcement,
  DAY,
  describe,
  EXCHANGE_TIMEOUT_MS,
  element,
  fetchWithin,
  filled,
  fillIsolated,
  fillTime,
  focusHeading,
  formatDate,
  formatSize,
  isShown,
  leaveToOtherPage,
  MAX_SENDER_CHARACTERS,
  main,
  nonceInAddress,
  plain,
  post,
  remember,
  replaceNonce,
  restoreNonce,
  shortName,
  showSection,
  startCountdown,
  timeRemembered,
  unbroken,
  WEEKDAY,
  webAddress,
} from './page.client.js';

// Where the browser stores when it opened which link.
const OPENED_KEY = 'opened';

// After that, the browser navigates to the file and shows its own progress.
const START_TIMEOUT_MS = 10000;

const MAX_TEXT_BYTES = 4096;

// States that can be shown from the session history, once the nonce is no longer in the address.
const STATES_IN_HISTORY = ['interrupted', 'openedBefore', 'unavailable'];

const button = element('open');
const copy = element('copy');
const content = element('content');

// Incremented for each link in this tab, so that a late response does not change what is shown for another link.
let visit = 0;
// The service's description of the file, once it has responded.
let description;
// The file that was opened: its presigned URL, when that expires, and when it was opened.
let file;

// Sections and buttons.

function show(id) {
  showSection(id);
  setWorking(false);
}

function showAndFocus(id) {
  show(id);
  focusHeading();
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
  element('name').textContent = shortName(description.file_name);
  element('name').title = plain(description.file_name, Number.POSITIVE_INFINITY);
  element('size').textContent = formatSize(description.size_bytes);
  element('date').textContent = unbroken(
    file ? filled(opened, formatDate(file.time, DAY)) : filled(until, formatDate(description.expires_at, WEEKDAY)),
  );
  main.dataset.card = 'described';
}

// Shows how long the file can be downloaded again.
function startDownloadCountdown() {
  startCountdown(file.expiresAt, (focused) => focused && focusHeading());
}

// Requests.

// Redeems the link.
async function exchange(nonce) {
  const { dead, sentAt, body } = await post(main.dataset.exchange + nonce, EXCHANGE_TIMEOUT_MS);
  const url = webAddress(body?.url);
  return { dead, opened: url && { url: url.href, expiresAt: expiryOf(url, sentAt || Date.now()) } };
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
        startDownloadCountdown();
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
      startDownloadCountdown();
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
    await remember(OPENED_KEY, nonce, time);
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
  const time = await timeRemembered(OPENED_KEY, nonce);
  if (visit === visitOfLink) {
    replaceNonce({ state: time ? 'openedBefore' : 'unavailable', time });
    showFromHistory();
  }
}

function showFromHistory() {
  const { state, time } = history.state ?? {};
  if (state === 'openedBefore') {
    fillTime(state, time);
    showAndFocus(state);
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
  const opened = await timeRemembered(OPENED_KEY, nonce);
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
  if (described?.operation === 'upload') {
    leaveToOtherPage(nonce);
  } else if (typeof described?.file_name === 'string' && Number.isFinite(described.size_bytes)) {
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
