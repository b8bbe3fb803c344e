import type { StorageService } from '../../emulator/emulator';
import { type FaultyProxy, startFaultyProxy } from '../support/faulty-proxy';
import { askForLink, type HttpResponse, issueLink, manageLink, send } from '../support/http';
import { ALL_LINK_KINDS } from '../support/link-kinds';
import { type RunningEmulator, runEmulator } from '../support/running-emulator';
import { SettableClock } from '../support/settable-clock';
import { declareFile, isUploadLink } from '../support/uploads';

const clock = new SettableClock(new Date());
const proxies: FaultyProxy[] = [];
let emulator: RunningEmulator;

beforeAll(async () => {
  emulator = await runEmulator({
    clock,
    between: async (service: StorageService, endpoint) => {
      const proxy = await startFaultyProxy(service, endpoint);
      proxies.push(proxy);
      return proxy.endpoint;
    },
  });
});

afterAll(async () => {
  await Promise.all(proxies.map((proxy) => proxy.close()));
  await emulator.close();
});

/** Freezes the functions for 20 seconds, in which S3 and DynamoDB drop every connection without a word. */
function freeze(): void {
  clock.advance(20);
  for (const proxy of proxies) {
    proxy.abandonConnections();
  }
}

function lostRequests(): number {
  return proxies.reduce((sum, proxy) => sum + proxy.lostRequests, 0);
}

/** Sends a request, then the same kind of request after the functions were frozen. Returns the second response. */
async function afterFreeze(request: () => Promise<HttpResponse>): Promise<HttpResponse> {
  await request();
  // Receipts are recorded afterwards, over a connection of their own.
  await emulator.delivered();
  const lostBefore = lostRequests();
  freeze();
  const response = await request();
  expect(lostRequests()).toBe(lostBefore);
  return response;
}

function errorCode({ body }: HttpResponse): unknown {
  return JSON.parse(body).code;
}

describe.each(ALL_LINK_KINDS)(
  'with a link of kind %s, no request uses a connection from before the freeze:',
  (kind) => {
    const fields = () => ({
      bucket_name: emulator.bucketName,
      ...(kind === 'upload' ? { operation: 'upload', max_bytes: 1000 } : { object_name: 'S3.png', presign: kind }),
    });
    const redeem = async (url: string): Promise<HttpResponse> =>
      isUploadLink(url) ? await declareFile(url, { file_name: 'note.txt', size_bytes: 5 }) : await send(url);

    test('a link is issued', async () => {
      expect((await afterFreeze(() => askForLink(emulator, fields()))).status).toBe(200);
    });

    test('a link is redeemed', async () => {
      const links = [await issueLink(emulator, fields()), await issueLink(emulator, fields())];
      const urls = links.map(({ url }) => url);

      expect((await afterFreeze(() => redeem(urls.pop() ?? ''))).status).toBe(kind === 'upload' ? 200 : 302);
    });

    test('a link that was redeemed is not active, and its outcome is known', async () => {
      const { url, link_id } = await issueLink(emulator, fields());

      expect((await afterFreeze(() => redeem(url))).status).toBe(403);
      await emulator.logged('AuthorizeAccess', '"outcome":"not_active"', link_id);
    });
  },
);

test('a link that was revoked is not found, and the outcome of the second revocation is known', async () => {
  const { link_id } = await issueLink(emulator, { bucket_name: emulator.bucketName, object_name: 'S3.png' });

  expect(errorCode(await afterFreeze(() => manageLink(emulator, 'DELETE', link_id)))).toBe('LinkNotFound');
});

test('while the functions are in use, connections are reused', async () => {
  const lookUp = () => manageLink(emulator, 'GET', 'A'.repeat(22));
  await lookUp();
  clock.advance(9);
  const lostBefore = lostRequests();
  for (const proxy of proxies) {
    proxy.abandonConnections();
  }
  await lookUp();

  expect(lostRequests()).toBeGreaterThan(lostBefore);
});
