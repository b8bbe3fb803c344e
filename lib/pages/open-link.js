// Runs in the page, without its comments. No character that is live in a template of API Gateway may be in it.

// 32 bytes as base64url, in its one spelling: the last character has two bits to spare.
const NONCE = /^[\w-]{42}[AEIMQUYcgkosw048]/;
const NONCE_LENGTH = 43;

// Longer than API Gateway waits for anything.
const PATIENCE_MILLISECONDS = 35000;

// What the session history can say of a link whose nonce it no longer holds.
const NOTES = ['interrupted', 'opened-before', 'gone'];

const main = document.querySelector('main');
const button = document.getElementById('open');
const announcement = document.getElementById('announcement');

// Counts the links that were in the address bar: an answer to an earlier one must not touch what is shown of a later one.
let visit = 0;

function nonceInAddress() {
  const text = location.hash.slice(1);
  return text.length === NONCE_LENGTH && NONCE.test(text) ? text : undefined;
}

function replaceNonce(note) {
  history.replaceState(note, '', location.pathname + location.search);
}

function restoreNonce(nonce) {
  const address = new URL(location.href);
  address.hash = nonce;
  history.replaceState(null, '', address.href);
}

function show(id) {
  for (const section of document.querySelectorAll('section')) {
    section.hidden = section.id !== id;
  }
  const shown = document.getElementById(id);
  document.title = shown.querySelector('h1').textContent;
  main.dataset.icon = shown.dataset.icon;
  main.dataset.working = 'false';
  button.hidden = !shown.dataset.button;
  button.textContent = shown.dataset.button;
  button.setAttribute('aria-disabled', 'false');
  announcement.textContent = '';
  return shown;
}

// The button is gone, and with it the focus: the heading says why.
function showAndFocus(id) {
  const heading = show(id).querySelector('h1');
  heading.tabIndex = -1;
  heading.focus();
}

function showWorking() {
  show('ready');
  main.dataset.working = 'true';
  button.textContent = button.dataset.working;
  // Not `disabled`: that would take the focus away from whoever pressed it with a key.
  button.setAttribute('aria-disabled', 'true');
  announcement.textContent = button.dataset.working;
}

function showRetry() {
  announcement.textContent = show('retry').innerText;
}

// Asks for the address of the file. Only the service itself can say that a link is gone: whatever else comes in between,
// a proxy or a firewall, the link may be good.
async function exchange(nonce) {
  const address = new URL(button.dataset.exchange, location.href);
  address.searchParams.set(button.dataset.parameter, nonce);
  const patience = new AbortController();
  const timer = setTimeout(() => patience.abort(), PATIENCE_MILLISECONDS);
  try {
    const response = await fetch(address.href, {
      method: 'POST',
      headers: { Accept: 'application/json' },
      cache: 'no-store',
      redirect: 'error',
      signal: patience.signal,
    });
    if (response.status === 403 && response.headers.get(button.dataset.codeHeader) === 'AccessDenied') {
      return { outcome: 'gone' };
    }
    const { url } = await response.json();
    // What is no address throws, before anything is said to be opened.
    if (response.ok && typeof url === 'string' && ['http:', 'https:'].includes(new URL(url).protocol)) {
      return { outcome: 'opened', url };
    }
    return { outcome: 'retry' };
  } catch {
    return { outcome: 'retry' };
  } finally {
    clearTimeout(timer);
  }
}

// The nonce leaves the address as it is sent, so the second half of a double click finds none, and sends nothing.
async function press() {
  const nonce = nonceInAddress();
  if (nonce === undefined) {
    return;
  }
  const pressed = visit;
  replaceNonce('interrupted');
  showWorking();
  const { outcome, url } = await exchange(nonce);
  if (visit === pressed) {
    switch (outcome) {
      case 'opened':
        replaceNonce('opened-before');
        showAndFocus('opened');
        break;
      case 'gone':
        replaceNonce('gone');
        showAndFocus('gone');
        break;
      default:
        restoreNonce(nonce);
        showRetry();
    }
  }
  if (outcome === 'opened') {
    location.assign(url);
  }
}

function arrive() {
  visit += 1;
  if (nonceInAddress() !== undefined) {
    show('ready');
  } else {
    show(NOTES.includes(history.state) ? history.state : 'incomplete');
  }
}

button.addEventListener('click', press);
// The reader pasted another link. Chromium says so by `popstate` as well; not every browser ever did.
addEventListener('hashchange', arrive);
// The reader goes through the history of this page, in which several links have the same address once they are opened.
addEventListener('popstate', arrive);
// The reader comes back from the file, to the page as it was left.
addEventListener('pageshow', ({ persisted }) => persisted && arrive());
arrive();
