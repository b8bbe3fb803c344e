import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Browser } from 'playwright-core';
import { linkTo, send } from '../support/http';
import { type RunningEmulator, runEmulator, until } from '../support/running-emulator';
import { launchChromium, withPage } from './chromium';

/** A request that Chromium made, and the response. */
interface Seen {
  /** `Sec-Purpose`; empty if a person navigated. */
  readonly purpose: string;
  readonly status: number;
}

/** Serves `/page` and `/ordinary`, and forwards `/prod/…` to the emulator. */
interface Front {
  readonly port: number;
  /** Requests for a path, in the order of their responses. Requests for `/page` are not recorded. */
  seen(path: string): readonly Seen[];
  /** Sets the content of `/page`. */
  setPage(html: string): void;
  /** Lets the script in `/page` continue. It waits for `/unwatched`, then for `/pressed`. */
  readonly continueAt: Readonly<Record<'/unwatched' | '/pressed', Gate>>;
  /** Holds back responses from the emulator until the gate opens. */
  holdResponses(): Gate;
  close(): Promise<void>;
}

interface Gate {
  readonly opened: Promise<void>;
  readonly open: () => void;
}

let emulator: RunningEmulator;
let browser: Browser;
const fronts: Front[] = [];

beforeAll(async () => {
  browser = await launchChromium();
  emulator = await runEmulator();
});

afterEach(async () => {
  await Promise.all(fronts.splice(0).map((front) => front.close()));
});

afterAll(async () => {
  await browser?.close();
  await emulator?.close();
});

function gate(): Gate {
  let open = (): void => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open };
}

async function startFront(): Promise<Front> {
  const requests: (Seen & { readonly path: string })[] = [];
  const continueAt = { '/unwatched': gate(), '/pressed': gate() };
  let page = '';
  let previous: Promise<unknown> = Promise.resolve();
  let held: Promise<void> = Promise.resolve();
  const server = createServer(async (incoming, outgoing) => {
    const path = incoming.url ?? '/';
    const record = (status: number): void => {
      requests.push({ path, purpose: String(incoming.headers['sec-purpose'] ?? ''), status });
    };
    if (path === '/unwatched' || path === '/pressed') {
      await continueAt[path].opened;
      serve(outgoing, '');
    } else if (path === '/page') {
      serve(outgoing, page);
    } else if (path.startsWith('/prod/')) {
      // Sequentially, so that the first request reaches the emulator first.
      const pending = previous.then(() => askEmulator(incoming));
      previous = pending;
      const response = await pending;
      record(response.statusCode ?? 0);
      await held;
      outgoing.writeHead(response.statusCode ?? 0, response.headers);
      response.pipe(outgoing);
    } else {
      record(200);
      serve(outgoing, '<!doctype html><title>An ordinary page</title>');
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const front: Front = {
    port: (server.address() as AddressInfo).port,
    seen: (path) => requests.filter((one) => one.path === path).map(({ purpose, status }) => ({ purpose, status })),
    setPage(html) {
      page = `<!doctype html><title>A page</title>${html}`;
    },
    continueAt,
    holdResponses() {
      const hold = gate();
      held = hold.opened;
      return hold;
    },
    async close() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
  fronts.push(front);
  return front;
}

function serve(response: ServerResponse, html: string): void {
  response.setHeader('Content-Type', 'text/html');
  // Allows pages on another port of this host to prerender this page.
  response.setHeader('Supports-Loading-Mode', 'credentialed-prerender');
  response.end(html);
}

async function askEmulator(incoming: IncomingMessage): Promise<IncomingMessage> {
  const { origin } = new URL(emulator.apiEndpoint);
  const onward = request(origin, { method: incoming.method, path: incoming.url, headers: incoming.headers });
  incoming.pipe(onward);
  const [response] = (await once(onward, 'response')) as [IncomingMessage];
  return response;
}

/** Issues a direct link through a front. */
async function linkBehind(front: Front): Promise<{ readonly url: string; readonly path: string }> {
  const { pathname, search } = new URL(await linkTo(emulator));
  return { url: `http://127.0.0.1:${front.port}${pathname}${search}`, path: `${pathname}${search}` };
}

/** A page that prefetches or prerenders `urls`, and then clicks a link to the first. */
function speculatingPage(action: 'prefetch' | 'prerender', urls: readonly [string, ...string[]]): string {
  const rules = JSON.stringify({ [action]: [{ source: 'list', urls, eagerness: 'immediate' }] });
  return `<script type="module">
    await fetch('/unwatched');
    document.head.append(Object.assign(document.createElement('script'), {
      type: 'speculationrules', textContent: ${JSON.stringify(rules)} }));
    await fetch('/pressed');
    document.querySelector('a').click();
  </script><a href="${urls[0]}">the file</a>`;
}

/**
 * Opens a page to which no developer tools are attached, because Chromium does not prerender from a page that has them.
 * Playwright attaches to every page, but soon detaches from those that are not its own.
 *
 * @returns reads the current address of the page
 */
async function openUnwatched(url: string): Promise<() => Promise<string>> {
  const session = await browser.newBrowserCDPSession();
  const { browserContextId } = await session.send('Target.createBrowserContext');
  const { targetId } = await session.send('Target.createTarget', { url, browserContextId });
  const info = async () => (await session.send('Target.getTargetInfo', { targetId })).targetInfo;
  await until(async () => ((await info()).attached ? undefined : true));
  return async () => (await info()).url;
}

test('a direct link shows the picture to the first browser, and the error page to the second', async () => {
  const link = await linkTo(emulator);
  await withPage(browser, async (page) => {
    expect((await page.goto(link))?.status()).toBe(200);
    expect(await page.locator('img').evaluate((picture) => picture.naturalWidth)).toBe(1200);
  });
  await withPage(browser, async (page) => {
    const messages: string[] = [];
    page.on('console', (message) => messages.push(message.text()));
    expect((await page.goto(link))?.status()).toBe(403);
    expect(await page.getByRole('heading', { level: 1 }).textContent()).toBe('This link can’t be opened');
    // The browser reports the 403. It would also report styles that the page's policy blocks.
    expect(messages).toEqual([expect.stringContaining('403')]);
  });
});

test('S3 does not learn which page a direct link was opened from', async () => {
  const front = await startFront();
  const link = await linkTo(emulator);
  front.setPage(`<a href="${link}">the file</a>`);
  await withPage(browser, async (page) => {
    await page.goto(`http://127.0.0.1:${front.port}/page`);
    const toS3 = page.waitForRequest((request) => request.url().startsWith(emulator.s3Endpoint));
    const toApi = page.waitForRequest((request) => request.url() === link);
    await page.getByRole('link').click();

    expect((await (await toApi).allHeaders())['referer']).toMatch(/^http:/);
    expect((await (await toS3).allHeaders())['referer']).toBeUndefined();
  });
});

test.each([
  ['prefetch', 'prefetch', 'on its own origin', '127.0.0.1', 'same port'],
  ['prefetch', 'prefetch', 'on another port', '127.0.0.1', 'other port'],
  ['prefetch', 'prefetch', 'on another site', 'localhost', 'same port'],
  ['prerender', 'prefetch;prerender', 'on its own origin', '127.0.0.1', 'same port'],
  ['prerender', 'prefetch;prerender', 'on another port', '127.0.0.1', 'other port'],
] as const)(
  'if a page makes Chromium %s (%s) a direct link %s, the request is refused, and a click still opens the link',
  async (action, purpose, _, host, port) => {
    const front = await startFront();
    const target = port === 'same port' ? front : await startFront();
    const link = await linkBehind(target);
    front.setPage(speculatingPage(action, [link.url, `http://127.0.0.1:${target.port}/ordinary`]));

    const address = await openUnwatched(`http://${host}:${front.port}/page`);
    front.continueAt['/unwatched'].open();
    // Control experiment: Chromium prefetches or prerenders an ordinary page.
    expect(await until(() => target.seen('/ordinary')[0])).toEqual({ purpose, status: 200 });
    expect(await until(() => target.seen(link.path)[0])).toEqual({ purpose, status: 403 });

    front.continueAt['/pressed'].open();
    const end = await until(async () => ((await address()).startsWith(emulator.s3Endpoint) ? address() : undefined));
    expect(end).toContain(`/${emulator.bucketName}/S3.png?`);
    expect(target.seen(link.path).slice(1)).toEqual([{ purpose: '', status: 302 }]);
    expect((await send(link.url)).status).toBe(403);
  },
);

test.each([
  ['prefetch', 'prefetch'],
  ['prerender', 'prefetch;prerender'],
] as const)(
  'if a page makes Chromium %s (%s) a click-through link, its page loads and the link stays active',
  async (action, purpose) => {
    const front = await startFront();
    const { hash } = new URL(await linkTo(emulator, { click_through: true }));
    const url = `http://127.0.0.1:${front.port}/prod/open-link${hash}`;
    front.setPage(speculatingPage(action, [url]));

    const address = await openUnwatched(`http://127.0.0.1:${front.port}/page`);
    front.continueAt['/unwatched'].open();
    expect(await until(() => front.seen('/prod/open-link')[0])).toEqual({ purpose, status: 200 });
    front.continueAt['/pressed'].open();
    await until(async () => ((await address()) === url ? true : undefined));

    // Also shows that the link was not redeemed before.
    expect((await send(`${emulator.apiEndpoint}access-object?nonce=${hash.slice(1)}`)).status).toBe(302);
  },
);

test('a double click on a direct link redeems it with the first request, and shows the response to the last', async () => {
  const front = await startFront();
  const link = await linkBehind(front);
  front.setPage(`<a href="${link.url}">the file</a>
    <script>document.addEventListener('dblclick', () => fetch('/ordinary'))</script>`);
  await withPage(browser, async (page) => {
    await page.goto(`http://127.0.0.1:${front.port}/page`);
    // Simulates a response that takes longer than the time between the clicks.
    const hold = front.holdResponses();
    await page.getByRole('link').dblclick({ noWaitAfter: true });
    await until(() => front.seen('/ordinary')[0] && front.seen(link.path)[0]);
    hold.open();
    await page.waitForURL((url) => url.pathname !== '/page');

    // Chromium 143 sends two requests, drops the redirect to the file and shows the error, so the file is lost. A
    // browser that merges the clicks sends one, and shows the file.
    const [first, ...others] = front.seen(link.path).map(({ status }) => status);
    expect(first).toBe(302);
    expect(others.filter((status) => status !== 403)).toEqual([]);
    if (others.length === 0) {
      expect(page.url()).toContain(`${emulator.s3Endpoint}/${emulator.bucketName}/S3.png?`);
    } else {
      expect(await page.getByRole('heading', { level: 1 }).textContent()).toBe('This link can’t be opened');
    }
    expect((await send(link.url)).status).toBe(403);
  });
});
