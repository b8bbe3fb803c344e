import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type ShareRequest, share } from '../../cli/share';
import { writeOutputs } from '../support/cli-emulator';
import { createWorkshop } from '../support/cli-process';
import { recordingDisplay } from './support/recording-display';

const PLAIN = {
  url: 'https://links.example.com/prod/access-object?nonce=N',
  link_id: 'id',
  expires_at: '2026-11-26T12:00:00Z',
};
const BOTH = { ...PLAIN, click_through_url: 'https://links.example.com/prod/open-link#N' };

const workshop = createWorkshop();
let server: Server;
let answer: object;
let request: ShareRequest;
const display = recordingDisplay();
const { printed, told } = display;

beforeAll(async () => {
  server = createServer((_, response) => void response.end(JSON.stringify(answer))).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  request = {
    source: 's3://bucket/folder/key.txt',
    expiresInSeconds: 60,
    link: 'click-through',
    output: 'link',
    qrCode: 'hidden',
    outputsFile: writeOutputs(workshop, { ApiGatewayEndpoint: endpoint, BucketUrl: 'bucket', S3Endpoint: endpoint }),
  };
});
beforeEach(() => {
  display.clear();
  answer = BOTH;
});
afterAll(() => {
  server.close();
  server.closeAllConnections();
  workshop.remove();
});

function run(changes: Partial<ShareRequest> = {}): Promise<void> {
  return share({ ...request, ...changes }, display, new AbortController().signal);
}

test('the link that is handed out asks before it opens, unless a direct one is wanted', async () => {
  await run();
  await run({ link: 'direct' });

  expect(printed).toEqual([`${BOTH.click_through_url}\n`, `${BOTH.url}\n`]);
  expect(told[0]).toMatch(
    /^s3:\/\/bucket\/folder\/key\.txt opens once, until Thursday,? 26 November 2026 at \d\d:00:$/,
  );
});

test('a deployment without such links is told, with what to do', async () => {
  answer = PLAIN;

  await expect(run()).rejects.toMatchObject({
    code: 'ClickThroughMissing',
    exitCode: 3,
    message: 'The deployment makes no click-through links: share with --direct, or deploy the stack again.',
  });
  expect(printed).toEqual([]);
  await run({ link: 'direct' });
  expect(printed).toEqual([`${PLAIN.url}\n`]);
});

test('the QR code is that of the link which is handed out, also beside the whole answer', async () => {
  await run({ qrCode: 'shown', output: 'json' });

  expect(told).toContain(`QR ${BOTH.click_through_url}`);
  expect(printed).toEqual([`${JSON.stringify(BOTH)}\n`]);
});
