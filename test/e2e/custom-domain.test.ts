import { type Answer, type Send, send, sendSigned } from '../support/http';
import { type RunningEmulator, type RunningEmulatorOptions, runEmulator } from '../support/running-emulator';

const NAME = 'links.example.com';
const DOMAIN = {
  domainName: NAME,
  certificateArn: 'arn:aws:acm:us-east-1:123456789012:certificate/1234abcd-12ab-34cd-56ef-1234567890ab',
};
const FORBIDDEN = { status: 403, body: '{"message":"Forbidden"}' };

let emulator: RunningEmulator | undefined;

afterEach(async () => {
  await emulator?.close();
  emulator = undefined;
});

/** An emulator, and what can be sent to it by any name. */
async function emulatorWith(options: NonNullable<RunningEmulatorOptions['options']>) {
  emulator = await runEmulator({ options });
  const { outputs, bucketName } = emulator;
  const { port } = new URL(emulator.apiEndpoint);
  const origin = `http://127.0.0.1:${port}`;
  const at = (host: string, path: string, what: Send = {}): Promise<Answer> =>
    send(`${origin}${path}`, { ...what, headers: { ...what.headers, Host: host } });
  return {
    outputs,
    port,
    origin,
    at,
    /** Opens a link by the name that it has in it. */
    open: (link: string, method = 'GET'): Promise<Answer> => {
      const { host, pathname, search } = new URL(link);
      return at(host, `${pathname}${search}`, { method });
    },
    ask: async (host: string, path: string): Promise<Answer> =>
      await sendSigned(`${origin}${path}`, {
        headers: { Host: host, 'Content-Type': 'application/json', Accept: 'application/json' },
        body: JSON.stringify({ bucket_name: bucketName, object_name: 'S3.png' }),
      }),
  };
}

function linksIn(answer: Answer): { readonly url: string; readonly click_through_url: string } {
  expect(answer).toMatchObject({ status: 200 });
  return JSON.parse(answer.body);
}

describe.each([
  ['alone', {}, ''],
  ['with a base path', { basePath: 'share' }, '/share'],
])('on a domain name %s', (_, options, base) => {
  test('a link leads back to where it was asked for, without the stage, and opens once', async () => {
    const { ask, open, at } = await emulatorWith({ ...DOMAIN, ...options });

    const { url, click_through_url } = linksIn(await ask(NAME, `${base}/generate-url`));

    expect(url).toMatch(new RegExp(`^http://${NAME}${base}/access-object\\?nonce=[\\w-]{43}$`));
    expect(click_through_url).toMatch(new RegExp(`^http://${NAME}${base}/open-link#[\\w-]{43}$`));
    expect(await at(NAME, `${base}/open-link`)).toMatchObject({ status: 200 });
    expect(await open(url, 'HEAD')).toMatchObject({ status: 200 });
    const opened = await open(url);
    expect(opened.status).toBe(302);
    expect((await fetch(String(opened.headers['location']))).status).toBe(200);
    expect((await open(url)).status).toBe(403);
  });

  test('the default endpoint goes on, and makes links to itself: either address opens the links of both', async () => {
    const { ask, at, open, outputs, origin } = await emulatorWith({ ...DOMAIN, ...options });
    const { host } = new URL(origin);

    const { url } = linksIn(await ask(host, '/prod/generate-url'));

    expect(url).toContain(`${origin}/prod/access-object?nonce=`);
    expect(outputs).toMatchObject({ ApiGatewayEndpoint: `${origin}/prod/` });
    const { search } = new URL(url);
    expect((await at(NAME, `${base}/access-object${search}`)).status).toBe(302);
    expect((await open(url)).status).toBe(403);
  });

  test('paths with the stage, or with more than the route, lead nowhere', async () => {
    const { at } = await emulatorWith({ ...DOMAIN, ...options });

    for (const path of [`${base}/prod/open-link`, `${base}/x/open-link`, `${base}/`, `${base}//open-link`]) {
      expect((await at(NAME, path)).status).toBe(403);
    }
  });
});

test('with a base path, what is outside of it is not the API’s to answer', async () => {
  const { at } = await emulatorWith({ ...DOMAIN, basePath: 'share' });

  for (const path of ['/', '/open-link', '/prod/open-link', '/shared/open-link', '/Share/open-link']) {
    expect(await at(NAME, path)).toMatchObject(FORBIDDEN);
  }
  expect(JSON.parse((await at(NAME, '/share/nothing')).body)).toMatchObject({ code: 'MissingAuthenticationToken' });
});

test('with the default endpoint disabled, the domain name is the only way in', async () => {
  const { ask, at, open, origin, port, outputs } = await emulatorWith({
    ...DOMAIN,
    basePath: 'share',
    disableDefaultEndpoint: true,
  });
  const name = `${NAME}:${port}`;

  expect(outputs).toMatchObject({ ApiGatewayEndpoint: `http://${name}/share/` });
  const { url } = linksIn(await ask(name, '/share/generate-url'));
  expect(url).toContain(`http://${name}/share/access-object?nonce=`);
  const { host } = new URL(origin);
  for (const path of ['/prod/open-link', '/share/open-link', `/prod/access-object${new URL(url).search}`]) {
    expect(await at(host, path)).toMatchObject(FORBIDDEN);
  }
  expect(await ask(host, '/prod/generate-url')).toMatchObject(FORBIDDEN);
  expect((await open(url)).status).toBe(302);
});

test('behind a CDN, links start with its address, and open as it passes them on', async () => {
  const { ask, at } = await emulatorWith({ ...DOMAIN, publicBaseUrl: 'https://cdn.example.com/files' });

  const { url, click_through_url } = linksIn(await ask(NAME, '/generate-url'));

  expect(url).toContain('https://cdn.example.com/files/access-object?nonce=');
  expect(click_through_url).toContain('https://cdn.example.com/files/open-link#');
  expect((await at(NAME, `/access-object${new URL(url).search}`)).status).toBe(302);
});
