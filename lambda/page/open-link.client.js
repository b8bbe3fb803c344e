// The script of open-link.html. Comments and indentation are removed before it is served.

// 32 bytes in canonical base64url: the last character carries four bits. What follows is ignored: mail and chat programs
// take the punctuation of a sentence into the link.
const NONCE = /^[\w-]{42}[AEIMQUYcgkosw048]/;

// Longer than any timeout of API Gateway.
const EXCHANGE_TIMEOUT_MS = 35000;

// Sections that can be shown from the session history, once the nonce is no longer in the address.
const STATES_IN_HISTORY = ['interrupted', 'opened-before', 'gone'];

const main = document.querySelector('main');
const button = document.getElementById('open');
const announcement = document.getElementById('announcement');

// Incremented for each link in this tab, so that a late response does not change what is shown for another link.
let visit = 0;

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

// Moves the focus to the heading, because the button that had it is hidden.
function showAndFocus(id) {
  const heading = show(id).querySelector('h1');
  heading.tabIndex = -1;
  heading.focus();
}

function showWorking() {
  show('ready');
  main.dataset.working = 'true';
  button.textContent = button.dataset.working;
  // Not `disabled`, which would take the focus from keyboard users.
  button.setAttribute('aria-disabled', 'true');
  announcement.textContent = button.dataset.working;
}

// Redeems the link. Only the service's own 403, recognized by its header, means that the link is gone. Any other
// failure, such as an error page of a proxy or firewall, says nothing about the link.
async function exchange(nonce) {
  const address = new URL(button.dataset.exchange, location.href);
  address.searchParams.set(button.dataset.parameter, nonce);
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(), EXCHANGE_TIMEOUT_MS);
  try {
    const response = await fetch(address.href, {
      method: 'POST',
      headers: { Accept: 'application/json' },
      cache: 'no-store',
      redirect: 'error',
      signal: controller.signal,
    });
    if (response.status === 403 && response.headers.get(button.dataset.codeHeader) === 'AccessDenied') {
      return { outcome: 'gone' };
    }
    const { url } = await response.json();
    // `new URL` throws on anything but an absolute URL.
    if (response.ok && typeof url === 'string' && ['http:', 'https:'].includes(new URL(url).protocol)) {
      return { outcome: 'opened', url };
    }
  } catch {
    // No response, or not one of the service: the link may still be good.
  } finally {
    clearTimeout(timer);
  }
  return { outcome: 'retry' };
}

// Removes the nonce from the address before it is sent, so the second click of a double click finds none.
async function press() {
  const nonce = nonceInAddress();
  if (nonce === undefined) {
    return;
  }
  const visitOfPress = visit;
  replaceNonce('interrupted');
  showWorking();
  const { outcome, url } = await exchange(nonce);
  if (visit === visitOfPress) {
    if (outcome === 'retry') {
      restoreNonce(nonce);
      announcement.textContent = show('retry').innerText;
    } else {
      replaceNonce(outcome === 'opened' ? 'opened-before' : 'gone');
      showAndFocus(outcome);
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
    show(STATES_IN_HISTORY.includes(history.state) ? history.state : 'incomplete');
  }
}

button.addEventListener('click', press);
// Another link was pasted into the address bar. Not every browser fires `popstate` for that.
addEventListener('hashchange', arrive);
// Back and Forward between links of this tab, whose addresses are equal once their nonces are removed.
addEventListener('popstate', arrive);
// Back from the file, to a page that the browser kept in memory.
addEventListener('pageshow', ({ persisted }) => persisted && arrive());
arrive();
