import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { automatedClient } from '../../lambda/link/automated-client';
import { launchChromium } from '../browser/chromium';
import { type HttpResponse, type IssuedLink, issueLink, send } from '../support/http';
import { LINK_KINDS, type LinkKind } from '../support/link-kinds';
import { type RunningEmulator, runEmulator } from '../support/running-emulator';
import { declareFile, uploadLink } from '../support/uploads';
import { BROWSERS, LISTED_HTTP_LIBRARIES, MACHINES } from '../support/user-agents';

const DOCUMENT = join(__dirname, '..', '..', 'docs', 'bot-matrix.md');

const CHROME =
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/143.0.0.0 Safari/537.36';
const HEADLESS =
  'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/143.0.0.0 Safari/537.36';
const SLACK_APP =
  'Mozilla/5.0 (iPhone; CPU iPhone OS 17_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148 Slack/24.10.10';
const IMESSAGE =
  'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_11_1) AppleWebKit/601.2.4 (KHTML, like Gecko) Version/9.0.1 Safari/601.2.4 ' +
  'facebookexternalhit/1.1 Facebot Twitterbot/1.0';

const OBJECT = '302, the object';
const PAGE = '200, the page';
const NOTHING = '200, nothing';
const URL_FOR_FILE = '200, a URL for the file';

/** Responses to a visitor for a direct link and the click-through page, and the state of the direct link afterward. */
const VISITORS: readonly (readonly [
  who: string,
  method: string,
  headers: Readonly<Record<string, string>>,
  direct: string,
  clickThrough: string,
  directLink: 'active' | 'redeemed',
])[] = [
  ['A link checker', 'HEAD', {}, NOTHING, NOTHING, 'active'],
  ['A scanner', 'PUT', {}, '403', '403', 'active'],
  ['A script on another site', 'OPTIONS', { Origin: 'https://example.com' }, '403', '403', 'active'],
  ['A browser that prefetches', 'GET', { 'Sec-Purpose': 'prefetch' }, '403', PAGE, 'active'],
  ['A browser that prerenders', 'GET', { 'Sec-Purpose': 'prefetch;prerender' }, '403', PAGE, 'active'],
  ['An older Chrome or Safari that prefetches', 'GET', { Purpose: 'prefetch' }, '403', PAGE, 'active'],
  ['An older Firefox that prefetches', 'GET', { 'X-Moz': 'prefetch' }, '403', PAGE, 'active'],
  ['A page with the link as an image', 'GET', { 'Sec-Fetch-Dest': 'image' }, '403', PAGE, 'active'],
  ['A page with the link in a frame', 'GET', { 'Sec-Fetch-Dest': 'iframe' }, '403', PAGE, 'active'],
  ['A script of a page', 'GET', { 'Sec-Fetch-Dest': 'empty', 'Sec-Fetch-Mode': 'cors' }, '403', PAGE, 'active'],
  ['A preview service', 'GET', { 'User-Agent': 'Slackbot-LinkExpanding 1.0' }, '403', PAGE, 'active'],
  [
    'A link preview service that sends HEAD first',
    'HEAD',
    { 'User-Agent': 'Twitterbot/1.0' },
    NOTHING,
    NOTHING,
    'active',
  ],
  ['iMessage, which names several services', 'GET', { 'User-Agent': IMESSAGE }, '403', PAGE, 'active'],
  ['An unknown preview service', 'GET', { 'User-Agent': 'ExamplePreview/1.0' }, '403', PAGE, 'active'],
  ['A machine that gives an address', 'GET', { 'User-Agent': 'Example (+https://example.com)' }, '403', PAGE, 'active'],
  ['A headless browser', 'GET', { 'User-Agent': HEADLESS }, '403', PAGE, 'active'],
  ['A person in a browser', 'GET', { 'User-Agent': CHROME, 'Sec-Fetch-Dest': 'document' }, OBJECT, PAGE, 'redeemed'],
  ['A person in an in-app browser', 'GET', { 'User-Agent': SLACK_APP }, OBJECT, PAGE, 'redeemed'],
  ['A program', 'GET', { 'User-Agent': 'curl/8.5.0' }, OBJECT, PAGE, 'redeemed'],
  ['A program without a user agent', 'GET', {}, OBJECT, PAGE, 'redeemed'],
  ['A script', 'POST', { Accept: 'application/json' }, '200, the object', '403', 'redeemed'],
  ['A mail scanner in a real browser', 'GET', { 'User-Agent': CHROME }, OBJECT, PAGE, 'redeemed'],
  ['A machine that does not say so', 'GET', { 'User-Agent': 'Example/1.0' }, OBJECT, PAGE, 'redeemed'],
];

/** Responses to a client that declares a file through an upload link, and the state of the link afterward. */
const UPLOADERS: readonly (readonly [
  who: string,
  method: string,
  headers: Readonly<Record<string, string>>,
  response: string,
  link: 'active' | 'redeemed',
])[] = [
  ['A link checker', 'HEAD', {}, '403', 'active'],
  ['A person who opens the link in a browser', 'GET', { 'Sec-Fetch-Dest': 'document' }, '403', 'active'],
  ['A scanner', 'PUT', {}, '403', 'active'],
  ['A script on another site', 'OPTIONS', { Origin: 'https://example.com' }, '403', 'active'],
  ['A browser that prefetches', 'POST', { 'Sec-Purpose': 'prefetch' }, '403', 'active'],
  ['A browser that prerenders', 'POST', { 'Sec-Purpose': 'prefetch;prerender' }, '403', 'active'],
  ['An older Chrome or Safari that prefetches', 'POST', { Purpose: 'prefetch' }, '403', 'active'],
  ['An older Firefox that prefetches', 'POST', { 'X-Moz': 'prefetch' }, '403', 'active'],
  ['A form in a frame', 'POST', { 'Sec-Fetch-Dest': 'iframe' }, '403', 'active'],
  ['A script on another site', 'POST', { 'Sec-Fetch-Dest': 'empty', 'Sec-Fetch-Site': 'cross-site' }, '403', 'active'],
  ['A script on a sibling site', 'POST', { 'Sec-Fetch-Dest': 'empty', 'Sec-Fetch-Site': 'same-site' }, '403', 'active'],
  [
    'The page for uploaders',
    'POST',
    { 'Sec-Fetch-Dest': 'empty', 'Sec-Fetch-Site': 'same-origin' },
    URL_FOR_FILE,
    'redeemed',
  ],
  ['A program', 'POST', { 'User-Agent': 'curl/8.5.0' }, URL_FOR_FILE, 'redeemed'],
];

/** What a visitor does on the page for uploaders, and the state of the link afterward. */
const ON_THE_UPLOAD_PAGE: readonly (readonly [
  who: string,
  does: string,
  act: (page: Page) => Promise<unknown>,
  link: 'active' | 'redeemed',
])[] = [
  [
    'A mail scanner',
    'runs the scripts, reads the description, takes a screenshot, scrolls, hovers over the button',
    lookAroundUploads,
    'active',
  ],
  ['A scanner', 'follows every link and submits every form: there are none', expectNoLinkOrForm, 'active'],
  ['A machine that presses buttons', 'presses every button, without a file', pressEveryButton, 'active'],
  ['A person', 'chooses a file, and leaves', chooseFile, 'active'],
  ['A person', 'chooses a file, and sends it', sendFile, 'redeemed'],
];

/** What a visitor does on the click-through page, and the state of the link afterward. */
const ON_THE_PAGE: readonly (readonly [
  who: string,
  does: string,
  act: (page: Page) => Promise<unknown>,
  link: 'active' | 'redeemed',
])[] = [
  [
    'A mail scanner',
    'runs the scripts, reads the description, takes a screenshot, scrolls, hovers over the button',
    lookAround,
    'active',
  ],
  ['A scanner', 'follows every link and submits every form: there are none', expectNoLinkOrForm, 'active'],
  ['A person', 'presses the button', pressButton, 'redeemed'],
  ['A machine that presses buttons', 'presses the button', pressButton, 'redeemed'],
];

async function lookAround(page: Page): Promise<void> {
  await lookAt(page, 'S3.png');
}

async function lookAroundUploads(page: Page): Promise<void> {
  await lookAt(page, LABEL);
}

const LABEL = 'Logs for case 4711';
const NOTE = { name: 'note.txt', mimeType: 'text/plain', buffer: Buffer.from('hello') };

async function pressEveryButton(page: Page): Promise<void> {
  await page.getByText(LABEL).waitFor();
  for (const button of await page.getByRole('button').all()) {
    await button.click();
  }
  await page.waitForLoadState('networkidle');
}

async function chooseFile(page: Page): Promise<void> {
  await page.getByText(LABEL).waitFor();
  await page.locator('input[type=file]').setInputFiles(NOTE);
  await page.getByRole('button', { name: 'Send' }).waitFor();
  await page.waitForLoadState('networkidle');
}

async function sendFile(page: Page): Promise<void> {
  await chooseFile(page);
  await page.getByRole('button', { name: 'Send' }).click();
  await page.getByRole('heading', { name: 'Received' }).waitFor();
}

/** @param described a text that the page shows once its script has received the description. */
async function lookAt(page: Page, described: string): Promise<void> {
  await page.waitForLoadState('networkidle');
  await page.getByText(described).waitFor();
  await page.screenshot();
  await page.mouse.wheel(0, 1000);
  await page.getByRole('button').hover();
}

async function expectNoLinkOrForm(page: Page): Promise<void> {
  expect(await page.getByRole('link').count()).toBe(0);
  expect(await page.locator('form').count()).toBe(0);
}

async function pressButton(page: Page): Promise<void> {
  await page.getByRole('button').click();
  await page.waitForURL((url) => url.href.startsWith(emulator.s3Endpoint));
}

let emulator: RunningEmulator;
let browser: Browser;

beforeAll(async () => {
  [emulator, browser] = await Promise.all([runEmulator(), launchChromium()]);
});

afterAll(async () => {
  await browser.close();
  await emulator.close();
});

async function newLink(presign: LinkKind): Promise<IssuedLink> {
  return await issueLink(emulator, { bucket_name: emulator.bucketName, object_name: 'S3.png', presign });
}

function inShort({ status, body, headers }: HttpResponse): string {
  if (headers['location'] !== undefined || body.includes('X-Amz-Signature')) {
    return `${status}, the object`;
  }
  if (status !== 200) {
    return String(status);
  }
  return body.startsWith('<!doctype html>') ? PAGE : NOTHING;
}

test.each(VISITORS)('%s (%s)', async (_who, method, headers, direct, clickThrough, directLink) => {
  for (const presign of LINK_KINDS) {
    const link = await newLink(presign);
    // No client sends the fragment.
    const page = await send(link.click_through_url.replace(/#.*$/, ''), { method, headers });
    const visit = await send(link.url, { method, headers });
    const reader = await send(link.url);

    expect([inShort(visit), inShort(page)]).toEqual([direct, clickThrough]);
    expect(reader.status).toBe(directLink === 'active' ? 302 : 403);
  }
});

test.each(ON_THE_PAGE)('on the click-through page: %s %s', async (_who, _does, act, state) => {
  const link = await newLink('on_open');
  const context = await browser.newContext();
  try {
    const page = await context.newPage();
    await page.goto(link.click_through_url);
    await act(page);
  } finally {
    await context.close();
  }

  expect((await send(link.url)).status).toBe(state === 'active' ? 302 : 403);
});

const DECLARATION = 'file_name=note.txt&size_bytes=5';

test.each(UPLOADERS)('%s declares a file (%s)', async (_who, method, headers, response, state) => {
  const link = await uploadLink(emulator);
  const page = await send(link.click_through_url.replace(/#.*$/, ''), { headers });
  const declared = await send(`${link.url}&${DECLARATION}`, { method, headers });
  const incomplete = await send(link.url, { method: 'POST' });
  const next = await declareFile(link.url, { file_name: 'note.txt', size_bytes: 5 });

  expect(inShort(page)).toBe(PAGE);
  expect(declared.body.includes('X-Amz-Signature') ? URL_FOR_FILE : String(declared.status)).toBe(response);
  expect([incomplete.status, next.status]).toEqual([400, state === 'active' ? 200 : 403]);
});

test.each(ON_THE_UPLOAD_PAGE)('on the page for uploaders: %s %s', async (_who, _does, act, state) => {
  const link = await uploadLink(emulator, { label: LABEL });
  const context = await browser.newContext({ locale: 'en' });
  try {
    const page = await context.newPage();
    await page.goto(link.click_through_url);
    await act(page);
  } finally {
    await context.close();
  }

  const { status } = await declareFile(link.url, { file_name: 'note.txt', size_bytes: 5 });
  expect(status).toBe(state === 'active' ? 200 : 403);
});

test('docs/bot-matrix.md has the rows of this test (UPDATE_DOCS=1 writes it)', () => {
  if (process.env['UPDATE_DOCS'] === '1') {
    writeFileSync(DOCUMENT, documentation());
  }
  expect(readFileSync(DOCUMENT, 'utf8')).toBe(documentation());
});

function userAgentsOf(...kinds: readonly string[]): readonly string[] {
  return MACHINES.filter(({ kind }) => kinds.includes(kind)).map(({ userAgent }) => userAgent);
}

function rate(kind: string, userAgents: readonly string[]): string {
  const refused = userAgents.filter((userAgent) =>
    automatedClient('GET', (name) => (name === 'user-agent' ? [userAgent] : [])),
  );
  return `| ${kind} | ${userAgents.length} | ${refused.length} |`;
}

function documentation(): string {
  const kinds = [...new Set(MACHINES.map(({ kind }) => kind))].sort();
  const onPage = (rows: typeof ON_THE_PAGE): string =>
    rows.map(([who, does, , state]) => `| ${who} | ${does} | ${state} |`).join('\n');
  const requestOf = (method: string, headers: Readonly<Record<string, string>>): string =>
    [method, ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`)]
      .map((part) => `\`${part}\``)
      .join('<br>');
  return `# Bot matrix: which clients redeem a link

- A click-through link stays active no matter which client requests it. Only pressing the button on its page redeems it.
- A direct link stays active if a machine identifies itself by its method, its user agent, or a header of its browser.
- Clients choose their own headers, so this stops only machines that identify themselves. Any request that seems to
  come from a person or a program redeems a direct link. Some mail scanners send such requests.
- Send click-through links to people, and direct links to programs.
- A program is refused if its user agent contains a web or mail address, or a word such as \`bot\`. \`curl\`, \`wget\` and HTTP
  libraries are not refused, even if they name their repository on GitHub.
- The value of \`presign\` makes no difference. \`test/properties/machines.test.ts\` writes the tables.

## Requests

| Client | Request | Direct link | State of the direct link afterwards | Click-through page |
| --- | --- | --- | --- | --- |
${VISITORS.map(([who, method, headers, direct, page, state]) => `| ${who} | ${requestOf(method, headers)} | ${direct} | ${state} | ${page} |`).join('\n')}

## User agents in public lists

The kinds come from [crawler-user-agents](https://github.com/monperrus/crawler-user-agents). Its HTTP libraries, such as
\`curl\`, are counted separately. The other user agents of its kind \`http-library\` are programs that collect pages. The
browsers come from [isbot](https://github.com/omrilotan/isbot). \`test/lambda/link/automated-client.test.ts\` has more of each
kind.

| kind | user agents | refused |
| --- | --- | --- |
${kinds.map((kind) => rate(kind, userAgentsOf(kind))).join('\n')}
${rate('**all machines**', userAgentsOf(...kinds))}
${rate('**HTTP libraries**', LISTED_HTTP_LIBRARIES)}
${rate('**browsers**', BROWSERS)}

## On the click-through page, in Chromium

| Client | Action | State of the link afterwards |
| --- | --- | --- |
${onPage(ON_THE_PAGE)}

## Upload links

Only a \`POST\` that declares a file which the link accepts redeems an upload link. Its user agent makes no difference. The page
for uploaders is the same for all clients.

| Client | Request to \`/upload-object\` | Response | State of the link afterwards |
| --- | --- | --- | --- |
${UPLOADERS.map(([who, method, headers, response, state]) => `| ${who} | ${requestOf(method, headers)} | ${response} | ${state} |`).join('\n')}
| A program that declares no file | \`POST\` | 400 | active |

On the page for uploaders, in Chromium:

| Client | Action | State of the link afterwards |
| --- | --- | --- |
${onPage(ON_THE_UPLOAD_PAGE)}
`;
}
