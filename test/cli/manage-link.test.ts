import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type ManageRequest, manageLink } from '../../cli/manage-link';
import { writeOutputs } from '../support/cli-emulator';
import { createWorkshop } from '../support/cli-process';
import { recordingDisplay } from './support/recording-display';

const OPEN = {
  link_id: '98GcVChBtL06dRDkV5bnkQ',
  status: 'open',
  expires_at: '2026-11-26T12:00:00Z',
  created_by: 'arn:aws:iam::123456789012:user/jane',
};
const NOT_FOUND = { code: 'LinkNotFound' };

const workshop = createWorkshop();
let server: Server;
let request: Omit<ManageRequest, 'action'>;
/** What the API answers, one answer a request. */
let replies: (readonly [status: number, body: object])[];
const display = recordingDisplay();
const { printed, told } = display;

beforeAll(async () => {
  server = createServer((_, response) => {
    const [status, body] = replies.shift() ?? [200, OPEN];
    response.writeHead(status, { 'Retry-After': '0' }).end(status === 204 ? undefined : JSON.stringify(body));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  request = {
    linkId: OPEN.link_id,
    output: 'text',
    outputsFile: writeOutputs(workshop, { ApiGatewayEndpoint: endpoint, BucketUrl: 'bucket', S3Endpoint: endpoint }),
  };
});
beforeEach(() => {
  replies = [];
  display.clear();
});
afterAll(() => {
  server.close();
  server.closeAllConnections();
  workshop.remove();
});

function run(action: ManageRequest['action'], ...answers: readonly (readonly [number, object])[]): Promise<void> {
  replies.push(...answers);
  return manageLink({ ...request, action }, display, new AbortController().signal);
}

test('status tells a person until when, and gives a word to programs', async () => {
  await run('status');

  expect(told).toEqual([
    expect.stringMatching(/^Open until Thursday,? 26 November 2026 at .*; asked for by arn:.*\/jane\.$/),
  ]);
  expect(printed).toEqual(['open\n']);
});

test.each<[string, object]>([
  ['no time', { expires_at: undefined }],
  ['a time that is none', { expires_at: 'tomorrow' }],
  ['a number for a time', { expires_at: 1_795_694_400 }],
  ['nobody who asked for it', { created_by: undefined }],
  ['an object for whoever asked for it', { created_by: { arn: 'x' } }],
  ['another status', { status: 'gone' }],
  ['a text that turns around', { created_by: 'x\u202ey' }],
])('an answer with %s is not that of the API', async (_, changes) => {
  await expect(run('status', [200, { ...OPEN, ...changes }])).rejects.toMatchObject({
    code: 'ApiNotFound',
    message: expect.stringContaining('does not answer as the API of links'),
  });
  expect([...told, ...printed]).toEqual([]);
});

test('an answer of success to a revocation that is not the API’s is none', async () => {
  await expect(run('revoke', [200, OPEN])).rejects.toMatchObject({ code: 'ApiNotFound' });
});

const IN_DOUBT = 'That link is not open: an answer was lost on the way: this revoked it, or it was opened just before.';
const NOT_OPEN = 'That link is not open: it was opened or revoked, has expired, or was never made here.';

test.each<[string, ManageRequest['action'], readonly (readonly [number, object])[], string]>([
  ['where the API is in doubt', 'revoke', [[404, { code: 'RevocationInDoubt' }]], IN_DOUBT],
  [
    'where a first try was not answered',
    'revoke',
    [
      [503, {}],
      [404, NOT_FOUND],
    ],
    IN_DOUBT,
  ],
  [
    'where a first try was not let in',
    'revoke',
    [
      [429, {}],
      [404, NOT_FOUND],
    ],
    NOT_OPEN,
  ],
  ['at the first try', 'revoke', [[404, NOT_FOUND]], NOT_OPEN],
  [
    'of a look, which takes nothing away',
    'status',
    [
      [503, {}],
      [404, NOT_FOUND],
    ],
    NOT_OPEN,
  ],
])('what became of a link that is gone is told as far as it is known: %s', async (_, action, answers, message) => {
  await expect(run(action, ...answers)).rejects.toMatchObject({ code: 'LinkNotOpen', exitCode: 4, message });
});
