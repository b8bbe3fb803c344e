// The script of send-file.html. It is served minified.

import {
  again,
  announcement,
  DAY,
  describe,
  EXCHANGE_TIMEOUT_MS,
  element,
  filled,
  fillIsolated,
  fillTime,
  focusHeading,
  formatAlternatives,
  formatDate,
  formatNumber,
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

const MAX_LABEL_CHARACTERS = 200;
const CONTENT_TYPE = /^[\w.+-]+\/[\w.+-]+$/;
// Formats that people know by another name than the type's.
const FORMAT_NAMES = {
  'text/plain': 'TXT',
  'application/msword': 'DOC',
  'application/vnd.ms-excel': 'XLS',
  'application/vnd.ms-powerpoint': 'PPT',
  'application/vnd.openxmlformats-officedocument.wordprocessingml.document': 'DOCX',
  'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet': 'XLSX',
  'application/vnd.openxmlformats-officedocument.presentationml.presentation': 'PPTX',
};
const WINDOWS_ZIP = 'application/x-zip-compressed';

// Before that, the speed is not known well enough to say how much time is left.
const MEASURE_MS = 3000;

// Where the browser stores when it sent a file through which link.
const SENT_KEY = 'sent';

// States that can be shown from the session history, once the nonce is no longer in the address.
const STATES_IN_HISTORY = ['interrupted', 'sentBefore', 'unavailable'];

const picker = element('picker');
const choose = element('choose');
const button = element('send');
const another = element('another');
const problem = element('problem');
const bar = element('bar');

// Incremented for each link in this tab, so that a late response does not change what is shown for another link.
let visit = 0;
// The service's description of the link, once it has responded.
let description;
let chosen;
// The redeemed link: the file, its presigned URL, the headers, when the URL expires, and the number of attempts.
let upload;
let request;
// Uploads that would be lost if the page were closed.
const unfinished = new Set();

// Sections and buttons.

function show(id) {
  showSection(id);
  problem.textContent = '';
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
  const { send, retry, working: oneMoment } = button.dataset;
  button.textContent = working ? oneMoment : isShown('retry') ? retry : send;
  announcement.textContent = working ? oneMoment : '';
  showFile();
}

function canChoose() {
  return (isShown('ready') || isShown('retry')) && main.dataset.working === 'false';
}

// Shows what belongs to the file that was chosen, or to none.
function showFile() {
  element('file').hidden ||= !chosen;
  element('drop').hidden = chosen || !canChoose();
  button.hidden = !chosen || problem.textContent !== '' || !(isShown('ready') || isShown('retry'));
  another.hidden = !chosen || !canChoose();
  element('left').textContent = '';
  if (chosen) {
    element('name').textContent = shortName(chosen.name);
    element('name').title = plain(chosen.name, Number.POSITIVE_INFINITY);
    element('size').textContent = formatSize(chosen.size);
  }
}

function showProblem(text) {
  problem.textContent = text;
  showFile();
}

function showDescription() {
  const heading = element('ready').querySelector('h1');
  const { title, from } = heading.dataset;
  if (typeof description?.from === 'string') {
    fillIsolated(heading, from, plain(description.from, MAX_SENDER_CHARACTERS));
  } else {
    heading.textContent = title;
  }
  const { label, max_bytes: bytes, expires_at: time } = description ?? {};
  const { upTo, until } = element('card').dataset;
  element('label').textContent = typeof label === 'string' ? plain(label, MAX_LABEL_CHARACTERS) : '';
  element('limit').textContent = description ? unbroken(filled(upTo, formatSize(bytes))) : '';
  element('types').textContent = description?.content_types ? typeNames() : '';
  element('date').textContent = description ? unbroken(filled(until, formatDate(time, WEEKDAY))) : '';
  picker.accept = description?.content_types?.join() ?? '';
}

// The types that the link accepts, such as "images or PDF" for image/* and application/pdf.
function typeNames() {
  const names = description.content_types.map((type) => {
    const [group, format] = type.split('/');
    if (format === '*') {
      return element('types').dataset[group] ?? type;
    }
    const name = FORMAT_NAMES[type] ?? format.toUpperCase();
    return name.length <= 4 ? name : type;
  });
  return formatAlternatives(names);
}

function showProgress(file, loaded, startedAt) {
  const elapsedMs = Date.now() - startedAt;
  const done = file.size ? loaded / file.size : 1;
  const percent = formatNumber(Math.floor(done * 100) / 100, { style: 'percent' });
  const { progress, left } = element('file').dataset;
  const sizes = progress.replace('{done}', () => formatSize(loaded)).replace('{size}', () => formatSize(file.size));
  // Quarters only, because screen readers read each change.
  if (Math.floor(done * 4) !== Math.floor(bar.value * 4)) {
    announcement.textContent = percent;
  }
  bar.value = done;
  element('size').textContent = `${percent} · ${sizes}`;
  element('left').textContent =
    elapsedMs >= MEASURE_MS && done < 1 ? filled(left, roughDuration((elapsedMs / 1000) * (1 / done - 1))) : '';
}

function roughDuration(seconds) {
  const [unit, number] =
    seconds < 60
      ? ['second', Math.ceil(seconds / 10) * 10]
      : seconds < 5400
        ? ['minute', Math.round(seconds / 60)]
        : ['hour', Math.round(seconds / 3600)];
  return formatNumber(number, { style: 'unit', unit, unitDisplay: 'long' });
}

// Closing or reloading the page now would lose the link and the file.
function warn(event) {
  event.preventDefault();
  event.returnValue = '';
}

// The listener is there only while it is needed, because it keeps pages out of the back-forward cache.
function keepOpen(unfinishedUpload) {
  unfinished.add(unfinishedUpload);
  addEventListener('beforeunload', warn);
}

function letGo(endedUpload) {
  unfinished.delete(endedUpload);
  if (unfinished.size === 0) {
    removeEventListener('beforeunload', warn);
  }
}

// Files.

function accepts(type) {
  const types = description?.content_types;
  return !types || types.includes(type) || types.includes(type.replace(/[^/]*$/, '*'));
}

function typeOf(file) {
  const type = file.type.split(';')[0].trim().toLowerCase();
  if (type === WINDOWS_ZIP && !accepts(type)) {
    return 'application/zip';
  }
  return CONTENT_TYPE.test(type) ? type : 'application/octet-stream';
}

function problemWith(file) {
  const { size, type } = problem.dataset;
  if (file.size > description?.max_bytes) {
    return unbroken(filled(size, formatSize(description.max_bytes)));
  }
  return accepts(typeOf(file)) ? '' : filled(type, typeNames());
}

function takeFiles(files, hasFolder) {
  if (!canChoose() || files.length === 0) {
    return;
  }
  const single = files.length === 1 && !hasFolder;
  chosen = single ? files[0] : undefined;
  show('ready');
  showProblem(single ? problemWith(chosen) : problem.dataset.several);
  [button, another, choose].find((candidate) => !candidate.closest('[hidden]')).focus();
  if (!problem.textContent) {
    announcement.textContent = element('file').innerText;
  }
}

// A file that was moved, changed or deleted since it was chosen cannot be read. Neither can a folder.
async function isReadable(file) {
  try {
    await file.slice(0, 1).arrayBuffer();
    return true;
  } catch {
    return false;
  }
}

// Requests.

// Redeems the link for a file. The service refuses a file that the link does not accept, and the link stays active.
async function exchange(nonce, file) {
  const declaration = new URLSearchParams({
    nonce,
    file_name: file.name,
    size_bytes: file.size,
    content_type: typeOf(file),
  });
  const { dead, rejected, sentAt, body } = await post(`${main.dataset.exchange}?${declaration}`, EXCHANGE_TIMEOUT_MS);
  const url = webAddress(body?.url);
  // By the clock of this device, which can differ from the service's.
  const expiresAt = Date.now() + Date.parse(body?.expires_at) - (sentAt || Date.now());
  const redeemed = url &&
    expiresAt > 0 && { nonce, file, url: url.href, headers: body.headers, expiresAt, attempts: 0 };
  return { dead, rejected, redeemed };
}

// Sends the file from the disk, with a constant amount of memory. `status` is 0 if no response can be read.
async function put({ url, headers, file }, showLoaded) {
  try {
    return await new Promise((resolve, reject) => {
      request = new XMLHttpRequest();
      request.open('PUT', url);
      for (const [name, value] of Object.entries(headers)) {
        request.setRequestHeader(name, value);
      }
      request.upload.onprogress = ({ loaded }) => showLoaded(loaded);
      request.onabort = () => resolve({ canceled: true });
      request.onerror = reject;
      request.onload = ({ target }) => resolve({ status: target.status });
      request.send(file);
    });
  } catch {
    return { status: 0 };
  }
}

// What happens.

// Sends the file to S3.
async function transfer(current, isCurrent) {
  const startedAt = Date.now();
  if (isCurrent()) {
    bar.value = 0;
    showAndFocus('sending');
    showProgress(current.file, 0, startedAt);
  }
  current.attempts += 1;
  const { status, canceled } = await put(current, (loaded) => {
    if (isCurrent()) {
      showProgress(current.file, loaded, startedAt);
    }
  });
  if (status === 200 || (status === 412 && isOwnObject(current))) {
    await showReceived(current, isCurrent);
  } else if (!isCurrent()) {
    letGo(current);
  } else if (status === 412) {
    showEnd('exists');
  } else if (status === 403) {
    showEnd('expired');
  } else {
    const readable = await isReadable(current.file);
    if (isCurrent()) {
      offerAgain(canceled, readable);
    }
  }
}

// Whether the object that S3 does not replace is the one that this page sent: after an earlier attempt, or if the link ID in
// the key keeps other links out. Browsers can send a request again on their own when a connection is lost.
function isOwnObject({ url, headers, attempts }) {
  return attempts > 1 || new URL(url).pathname.includes(`/${headers['x-amz-meta-link-id']}/`);
}

function offerAgain(canceled, readable) {
  const heading = element('failed').querySelector('h1');
  heading.textContent = canceled ? heading.dataset.canceled : heading.dataset.title;
  showAndFocus('failed');
  showProblem(readable ? '' : problem.dataset.unreadable);
  startCountdown(upload.expiresAt, () => showEnd('expired'));
}

function showEnd(id) {
  letGo(upload);
  showAndFocus(id);
}

async function showReceived(current, isCurrent) {
  const time = new Date().toISOString();
  await remember(SENT_KEY, current.nonce, time);
  letGo(current);
  if (isCurrent()) {
    replaceNonce({ state: 'sentBefore', time });
    const heading = element('received').querySelector('h1');
    heading.textContent = filled(heading.dataset.title, formatSize(current.file.size));
    showAndFocus('received');
    element('size').textContent = unbroken(filled(element('file').dataset.sent, formatDate(time, DAY)));
  }
}

// Removes the nonce from the address before it is sent.
async function press() {
  const nonce = nonceInAddress();
  if (nonce === undefined || button.getAttribute('aria-disabled') === 'true') {
    return;
  }
  const visitOfPress = visit;
  const isCurrent = () => visit === visitOfPress;
  const file = chosen;
  setWorking(true);
  const readable = await isReadable(file);
  if (!isCurrent()) {
    return;
  }
  if (!readable) {
    show('ready');
    showProblem(problem.dataset.unreadable);
    another.focus();
    return;
  }
  replaceNonce({ state: 'interrupted' });
  keepOpen(nonce);
  const { dead, rejected, redeemed } = await exchange(nonce, file);
  letGo(nonce);
  if (redeemed) {
    keepOpen(redeemed);
    if (isCurrent()) {
      upload = redeemed;
    }
    // Even if the page shows another link by now: this link is redeemed, and the file is still wanted.
    await transfer(redeemed, isCurrent);
  } else if (isCurrent() && dead) {
    await showDead(nonce);
  } else if (isCurrent()) {
    restoreNonce(nonce);
    show(rejected ? 'ready' : 'retry');
    if (rejected) {
      showProblem(problem.dataset.rejected);
      another.focus();
    } else {
      announcement.textContent = element('retry').innerText;
    }
  }
}

function pressAgain() {
  const visitOfPress = visit;
  transfer(upload, () => visit === visitOfPress);
}

async function showDead(nonce) {
  const visitOfLink = visit;
  const time = await timeRemembered(SENT_KEY, nonce);
  if (visit === visitOfLink) {
    replaceNonce({ state: time ? 'sentBefore' : 'unavailable', time });
    showFromHistory();
  }
}

function showFromHistory() {
  const { state, time } = history.state ?? {};
  if (state === 'sentBefore') {
    fillTime(state, time);
  }
  showAndFocus(STATES_IN_HISTORY.includes(state) ? state : 'incomplete');
}

async function arrive() {
  // A running upload goes on. One that failed cannot be tried again from here.
  if (upload && !isShown('sending')) {
    letGo(upload);
  }
  visit += 1;
  const visitOfLink = visit;
  description = undefined;
  chosen = undefined;
  upload = undefined;
  showDescription();
  const nonce = nonceInAddress();
  if (nonce === undefined) {
    showFromHistory();
    return;
  }
  const sent = await timeRemembered(SENT_KEY, nonce);
  if (visit !== visitOfLink) {
    return;
  }
  // A request would be recorded as a later attempt, which can be a sign of interception.
  if (sent) {
    await showDead(nonce);
    return;
  }
  main.dataset.card = 'pending';
  show('ready');
  const { dead, described } = await describe(nonce);
  if (visit !== visitOfLink) {
    return;
  }
  // Once the button has been pressed, only the response to the redemption counts.
  const untouched = canChoose() && nonceInAddress() !== undefined;
  if (described?.operation === 'download') {
    leaveToOtherPage(nonce);
  } else if (Number.isFinite(described?.max_bytes)) {
    description = described;
    showDescription();
    main.dataset.card = 'described';
    if (untouched) {
      document.title = element('ready').querySelector('h1').textContent;
      showProblem(chosen ? problemWith(chosen) : problem.textContent);
    }
  } else {
    main.dataset.card = 'none';
    if (dead && untouched) {
      await showDead(nonce);
    }
  }
}

element('host').textContent = location.host;
for (const button of [choose, another]) {
  button.addEventListener('click', () => picker.click());
}
picker.addEventListener('change', () => {
  takeFiles(Array.from(picker.files));
  // So that the same file can be chosen again.
  picker.value = '';
});
button.addEventListener('click', press);
again.addEventListener('click', pressAgain);
element('cancel').addEventListener('click', () => request.abort());
// Anywhere on the page: a file that misses its place would replace the page.
addEventListener('dragover', (event) => {
  event.preventDefault();
  main.dataset.dragging = canChoose();
  event.dataTransfer.dropEffect = canChoose() ? 'copy' : 'none';
});
addEventListener('dragleave', ({ relatedTarget }) => {
  if (!relatedTarget) {
    main.dataset.dragging = false;
  }
});
addEventListener('drop', (event) => {
  event.preventDefault();
  main.dataset.dragging = false;
  const { files, items } = event.dataTransfer;
  takeFiles(
    Array.from(files),
    Array.from(items).some((item) => item.webkitGetAsEntry?.()?.isDirectory),
  );
});
// Another link was pasted into the address bar. Not every browser fires `popstate` for that.
addEventListener('hashchange', arrive);
// Back and Forward between links of this tab, whose addresses are equal once their nonces are removed.
addEventListener('popstate', arrive);
arrive();
