import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Browser } from 'playwright-core';
import { linkTo, send } from '../support/http';
import { type RunningEmulator, runEmulator } from '../support/running-emulator';
import { launchChromium } from './chromium';

/** A request that Chromium made, and what it was answered. */
interface Seen {
  readonly path: string;
  /** `Sec-Purpose`; empty for what a person asked for. */
  readonly purpose: string;
  readonly status: number;
}

/** A web server that serves a page and one that is named `/ordinary`, and passes everything else on to the emulator. */
interface Front {
  readonly port: number;
  /** In the order of the answers, but for `/page`. */
  readonly seen: readonly Seen[];
  /** Serves this under `/page`. */
  show(html: string): void;
  /** Answers pages that wait for `/unwatched`. */
  unwatch(): void;
  /** Answers pages that wait for `/pressed`. */
  press(): void;
  /** Asks the emulator at once, and keeps what it answers back until {@link release}. */
  hold(): void;
  release(): void;
  close(): Promise<void>;
}

const ORDINARY = '<!doctype html><title>An ordinary page</title>';

let emulator: RunningEmulator;
let browser: Browser;
const fronts: Front[] = [];

beforeAll(async () => {
  [emulator, browser] = await Promise.all([runEmulator(), launchChromium()]);
});

afterEach(async () => {
  await Promise.all(fronts.splice(0).map((front) => front.close()));
});

afterAll(async () => {
  await browser.close();
  await emulator.close();
});

async function startFront(): Promise<Front> {
  const seen: Seen[] = [];
  const gates = new Map([
    ['/unwatched', gate()],
    ['/pressed', gate()],
  ]);
  let page = '';
  let turn: Promise<unknown> = Promise.resolve();
  let held = { opened: Promise.resolve(), open: (): void => {} };
  const server = createServer(async (incoming, outgoing) => {
    const path = incoming.url ?? '/';
    const keep = (status: number): void => {
      seen.push({ path, purpose: String(incoming.headers['sec-purpose'] ?? ''), status });
    };
    if (gates.has(path)) {
      await gates.get(path)?.opened;
      serve(outgoing, '');
    } else if (path === '/page') {
      serve(outgoing, page);
    } else if (path.startsWith('/prod/')) {
      // One after the other: whoever asks first has to win.
      const answered = turn.then(() => askEmulator(incoming));
      turn = answered;
      const answer = await answered;
      keep(answer.statusCode ?? 0);
      await held.opened;
      outgoing.writeHead(answer.statusCode ?? 0, answer.headers);
      answer.pipe(outgoing);
    } else {
      keep(200);
      serve(outgoing, ORDINARY);
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const front: Front = {
    port: (server.address() as AddressInfo).port,
    seen,
    show(html) {
      page = html;
    },
    unwatch: () => gates.get('/unwatched')?.open(),
    press: () => gates.get('/pressed')?.open(),
    hold() {
      held = gate();
    },
    release: () => held.open(),
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

function gate(): { readonly opened: Promise<void>; readonly open: () => void } {
  let open = (): void => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open };
}

function serve(response: ServerResponse, html: string): void {
  response.setHeader('Content-Type', 'text/html');
  // A page on another port of this host may then be prerendered as well.
  response.setHeader('Supports-Loading-Mode', 'credentialed-prerender');
  response.end(html);
}

async function askEmulator(incoming: IncomingMessage): Promise<IncomingMessage> {
  const { origin } = new URL(emulator.apiEndpoint);
  const onward = request(origin, { method: incoming.method, path: incoming.url, headers: incoming.headers });
  onward.end();
  const [answer] = (await once(onward, 'response')) as [IncomingMessage];
  return answer;
}

/** A new link, by way of a front. */
async function linkBehind(front: Front): Promise<{ readonly url: string; readonly path: string }> {
  const { pathname, search } = new URL(await linkTo(emulator));
  return { url: `http://127.0.0.1:${front.port}${pathname}${search}`, path: `${pathname}${search}` };
}

async function until<T>(look: () => Promise<T | undefined> | T | undefined): Promise<T> {
  for (;;) {
    const found = await look();
    if (found !== undefined) {
      return found;
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/**
 * Opens a page that no developer tools are attached to: Chromium prerenders nothing from a page that has some. Playwright
 * attaches to every page, and lets go of one that is not its own after a moment.
 *
 * @returns the address that the page is at, whenever it is called.
 */
async function openUnwatched(url: string): Promise<() => Promise<string>> {
  const session = await browser.newBrowserCDPSession();
  const { browserContextId } = await session.send('Target.createBrowserContext');
  const { targetId } = await session.send('Target.createTarget', { url, browserContextId });
  const info = async () => (await session.send('Target.getTargetInfo', { targetId })).targetInfo;
  await until(async () => ((await info()).attached ? undefined : true));
  return async () => (await info()).url;
}

function seenOf(front: Front, path: string): readonly Omit<Seen, 'path'>[] {
  return front.seen.filter((one) => one.path === path).map(({ purpose, status }) => ({ purpose, status }));
}

describe('a page whose speculation rules name a live link', () => {
  test.each([
    ['prefetch', 'on its own origin', '127.0.0.1', 'same'],
    ['prefetch', 'on another port', '127.0.0.1', 'other'],
    ['prefetch', 'on another site', 'localhost', 'same'],
    ['prerender', 'on its own origin', '127.0.0.1', 'same'],
    ['prerender', 'on another port', '127.0.0.1', 'other'],
  ] as const)(
    'makes Chromium %s it %s, which is refused, and the link opens once when the person presses it',
    async (action, _, host, which) => {
      const front = await startFront();
      const target = which === 'same' ? front : await startFront();
      const link = await linkBehind(target);
      const ordinary = `http://127.0.0.1:${target.port}/ordinary`;
      const rules = { [action]: [{ source: 'list', urls: [link.url, ordinary], eagerness: 'immediate' }] };
      front.show(
        `<!doctype html><title>A page</title><script type="module">
          await fetch('/unwatched');
          document.head.append(Object.assign(document.createElement('script'), {
            type: 'speculationrules', textContent: ${JSON.stringify(JSON.stringify(rules))} }));
          await fetch('/pressed');
          document.querySelector('a').click();
        </script><a href="${link.url}">the file</a>`,
      );

      const address = await openUnwatched(`http://${host}:${front.port}/page`);
      front.unwatch();
      // The control: had Chromium not looked ahead at all, the rest would prove nothing.
      const [control] = await until(() => seenOf(target, '/ordinary').at(0) && seenOf(target, '/ordinary'));
      const [ahead] = await until(() => seenOf(target, link.path).at(0) && seenOf(target, link.path));
      const purpose = action === 'prerender' ? 'prefetch;prerender' : 'prefetch';
      expect(control).toEqual({ purpose, status: 200 });
      expect(ahead).toEqual({ purpose, status: 403 });

      front.press();
      const end = await until(async () => ((await address()).startsWith(emulator.s3Endpoint) ? address() : undefined));

      expect(end).toContain(`/${emulator.bucketName}/S3.png?`);
      expect(seenOf(target, link.path).slice(1)).toEqual([{ purpose: '', status: 302 }]);
      expect((await send(link.url)).status).toBe(403);
    },
  );
});

test.each(['prefetch', 'prerender'] as const)(
  'a page whose speculation rules make Chromium %s a click-through link gets its page and asks for no more, and the link lives on',
  async (action) => {
    const front = await startFront();
    const { hash } = new URL(await linkTo(emulator, { click_through: true }));
    const url = `http://127.0.0.1:${front.port}/prod/open-link${hash}`;
    const ordinary = `http://127.0.0.1:${front.port}/ordinary`;
    const rules = { [action]: [{ source: 'list', urls: [url, ordinary], eagerness: 'immediate' }] };
    front.show(
      `<!doctype html><title>A page</title><script type="module">
        await fetch('/unwatched');
        document.head.append(Object.assign(document.createElement('script'), {
          type: 'speculationrules', textContent: ${JSON.stringify(JSON.stringify(rules))} }));
        await fetch('/pressed');
        document.querySelector('a').click();
      </script><a href="${url}">the file</a>`,
    );

    const address = await openUnwatched(`http://127.0.0.1:${front.port}/page`);
    front.unwatch();
    const [ahead] = await until(() => seenOf(front, '/prod/open-link').at(0) && seenOf(front, '/prod/open-link'));
    expect(ahead).toEqual({ purpose: action === 'prerender' ? 'prefetch;prerender' : 'prefetch', status: 200 });
    front.press();
    await until(async () => ((await address()) === url ? true : undefined));

    expect(front.seen.filter(({ path }) => path.startsWith('/prod/access-object'))).toEqual([]);
    expect((await send(`${emulator.apiEndpoint}access-object?nonce=${hash.slice(1)}`)).status).toBe(302);
  },
);

test('a double click on a link in a page spends it on the first request, and shows the answer to the last one', async () => {
  const front = await startFront();
  const link = await linkBehind(front);
  front.show(`<!doctype html><title>A page</title><a href="${link.url}">the file</a>
    <script>document.addEventListener('dblclick', () => fetch('/ordinary'))</script>`);
  const context = await browser.newContext();
  try {
    const page = await context.newPage();
    await page.goto(`http://127.0.0.1:${front.port}/page`);
    // As with any answer that takes longer than the time between the clicks.
    front.hold();
    await page.getByRole('link').dblclick({ noWaitAfter: true });
    await until(() => seenOf(front, '/ordinary').at(0) && seenOf(front, link.path).at(0));
    front.release();
    await page.waitForURL((url) => url.pathname !== '/page');

    // Chromium 143 asks twice: it drops the redirect to the file and shows the refusal, and the file is lost to everybody.
    // A browser that takes the second click for the same request asks once, and shows the file.
    const [first, ...more] = seenOf(front, link.path).map(({ status }) => status);
    expect(first).toBe(302);
    expect(more.filter((status) => status !== 403)).toEqual([]);
    if (more.length === 0) {
      expect(page.url()).toContain(`${emulator.s3Endpoint}/${emulator.bucketName}/S3.png?`);
    } else {
      expect(await page.getByRole('heading', { level: 1 }).textContent()).toBe('This link can’t be opened');
    }
    expect((await send(link.url)).status).toBe(403);
  } finally {
    await context.close();
  }
});
