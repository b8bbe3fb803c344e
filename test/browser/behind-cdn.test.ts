import { once } from 'node:events';
import { createServer, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Browser, Page } from 'playwright-core';
import type { MutableResources } from '../support/assembly';
import { type FaultyProxy, startFaultyProxy } from '../support/faulty-proxy';
import { linkTo, send } from '../support/http';
import { type RunningEmulator, runEmulator } from '../support/running-emulator';
import { launchChromium } from './chromium';

/** A CDN that passes on the method and the address, and of the headers none. */
interface Cdn {
  readonly origin: string;
  close(): void;
}

let browser: Browser;

beforeAll(async () => {
  browser = await launchChromium();
});

afterAll(async () => {
  await browser?.close();
});

/** As CloudFront does by default: https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/RequestAndResponseBehaviorCustomOrigin.html */
async function startCdn(apiEndpoint: string): Promise<Cdn> {
  const { hostname, port } = new URL(apiEndpoint);
  const server: Server = createServer(({ method, url: path }, response) => {
    const headers = { 'User-Agent': 'Amazon CloudFront' };
    const outgoing = request({ hostname, port, method, path, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 0, answer.headers);
      answer.pipe(response);
    });
    outgoing.on('error', () => response.destroy());
    outgoing.end();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

/** What API Gateway answers a refused request with that has no `Accept` is not documented. */
const REFUSALS: readonly [string, (resources: MutableResources) => void][] = [
  ['problems', () => {}],
  ['pages', (resources) => leaveOnly('text/html', resources)],
];

function leaveOnly(mediaType: string, resources: MutableResources): void {
  for (const { Type, Properties } of Object.values(resources)) {
    if (Type === 'AWS::ApiGateway::GatewayResponse') {
      Properties.ResponseTemplates = { [mediaType]: Properties.ResponseTemplates[mediaType] };
    }
  }
}

describe.each(REFUSALS)('through a CDN that passes on no headers, where refusals come as %s, the page', (_, change) => {
  let emulator: RunningEmulator;
  let dynamoDb: FaultyProxy;
  let cdn: Cdn;

  beforeAll(async () => {
    emulator = await runEmulator({
      change,
      async between(service, endpoint) {
        if (service === 's3') {
          return endpoint;
        }
        dynamoDb = await startFaultyProxy(service, endpoint);
        return dynamoDb.endpoint;
      },
    });
    cdn = await startCdn(emulator.apiEndpoint);
  });

  afterAll(async () => {
    cdn?.close();
    await emulator?.close();
    await dynamoDb?.close();
  });

  /** Opens the page of a new link, by the address of the CDN. */
  async function visit(use: (page: Page, link: string) => Promise<void>): Promise<void> {
    const link = await linkTo(emulator, { click_through: true, download_as: 'report.png' });
    const context = await browser.newContext();
    try {
      const page = await context.newPage();
      await page.goto(link.replace(new URL(emulator.apiEndpoint).origin, cdn.origin));
      await use(page, link);
    } finally {
      await context.close();
    }
  }

  async function shows(page: Page, title: string): Promise<void> {
    await page.getByRole('heading', { name: title, exact: true }).waitFor();
  }

  test('opens the file', async () => {
    await visit(async (page) => {
      const download = page.waitForEvent('download');
      await page.getByRole('button').click();

      expect(await (await download).failure()).toBeNull();
      await shows(page, 'You opened it. Nobody else can.');
    });
  });

  test('says of a spent link that it is gone', async () => {
    await visit(async (page, link) => {
      expect((await send(link.replace('open-link#', 'access-object?nonce='))).status).toBe(302);
      await page.getByRole('button').click();

      await shows(page, 'This link can’t be opened');
    });
  });

  test('says of a service that fails that it may be tried again, and the same button opens the file then', async () => {
    await visit(async (page) => {
      await dynamoDb.behave({ kind: 'fail' });
      await page.getByRole('button').click();
      await shows(page, 'Please try again in a moment');
      await dynamoDb.behave({ kind: 'pass' });
      const download = page.waitForEvent('download');
      await page.getByRole('button').click();
      await download;

      await shows(page, 'You opened it. Nobody else can.');
    });
  });
});
