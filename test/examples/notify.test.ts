import { type FakeApi, type Reply, startFakeApi, untilRequested } from '../support/fake-api';
import { linkTo, send } from '../support/http';
import { type RunningEmulator, runEmulator } from '../support/running-emulator';
import { type Example, installExample, setVariable } from './support';

const EVENT = {
  'detail-type': 'Link Redeemed',
  detail: {
    link_id: 'BASthI5VhNjLs189NZ2sGQ',
    created_by: 'arn:aws:iam::123456789012:user/ada',
    source_ip: '203.0.113.7',
  },
};

let slack: FakeApi;
/** The extension that reads secrets. It is a layer, which the emulator does not serve. */
let extension: FakeApi;
let example: Example;
let emulator: RunningEmulator;
beforeAll(async () => {
  slack = await startFakeApi();
  extension = await startFakeApi();
  example = await installExample('notify');
  const { port } = new URL(extension.endpoint);
  setVariable(example.assembly, 'TellSlack', 'PARAMETERS_SECRETS_EXTENSION_HTTP_PORT', port);
  emulator = await runEmulator({ assembly: example.assembly });
});
afterAll(async () => {
  await emulator?.close();
  await example?.remove();
  await Promise.all([slack?.close(), extension?.close()]);
});

function secretIs(url: string): Reply {
  return [200, { Name: 'slack-webhook-url', SecretString: url }];
}

test('a message in Slack says who issued the link that a reader redeemed, and from where it was redeemed', async () => {
  extension.replies.push(secretIs(`${slack.endpoint}webhook`));
  slack.replies.push([200, 'ok']);
  const url = await linkTo(emulator);

  expect((await send(url)).status).toBe(302);
  await untilRequested(slack);
  const [{ method, body } = { method: '', body: '' }] = slack.requests;
  expect(method).toBe('POST');
  expect(JSON.parse(body).text).toMatch(
    /^The link [\w-]{22}, issued by arn:aws:iam::123456789012:user\/local-caller, was redeemed from 127\.0\.0\.1\.$/,
  );
  expect((await send(url)).status).toBe(403);
});

test('the secret is read with the token of the function', () => {
  const [{ url, rawHeaders } = { url: '', rawHeaders: [] }] = extension.requests;
  expect(url).toBe('/secretsmanager/get?secretId=slack-webhook-url');
  expect(rawHeaders).toEqual(expect.arrayContaining([expect.stringMatching(/^IQoJb3JpZ2luX2VjE/)]));
});

test('the function fails if Slack does, so that Lambda invokes it again', async () => {
  extension.replies.push(secretIs(`${slack.endpoint}webhook`));
  slack.replies.push([500, 'rollup_error']);

  expect(await emulator.invoke('TellSlack', EVENT)).toMatchObject({ ok: false, errorMessage: 'Slack returned 500.' });
});

test('an invalid secret is not in the error', async () => {
  extension.replies.push(secretIs('{"url":"https://hooks.slack.com/services/T0/B0/secret"}'));

  expect(await emulator.invoke('TellSlack', EVENT)).toMatchObject({
    ok: false,
    errorMessage: 'The secret slack-webhook-url is not a URL, or cannot be read (200).',
  });
});

test('the emulator serves everything in the app', () => {
  expect(emulator.leftAlone).toEqual([]);
});
