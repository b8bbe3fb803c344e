import { resourceNamed } from '../support/assembly';
import { type HttpResponse, type IssuedLink, linkTo, type Send, send, sendSigned } from '../support/http';
import { type RunningEmulator, type RunningEmulatorOptions, runEmulator } from '../support/running-emulator';

const NAME = 'links.example.com';
const DOMAIN = {
  domainName: NAME,
  certificateArn: 'arn:aws:acm:us-east-1:123456789012:certificate/1234abcd-12ab-34cd-56ef-1234567890ab',
};
/** API Gateway's response to a URL that belongs to no stage. */
const FORBIDDEN = { status: 403, body: '{"message":"Forbidden"}' };

let emulator: RunningEmulator;
let origin: string;

function serve(options: NonNullable<RunningEmulatorOptions['options']>): void {
  beforeAll(async () => {
    emulator = await runEmulator({ options });
    origin = `http://127.0.0.1:${new URL(emulator.apiEndpoint).port}`;
  });
  afterAll(() => emulator.close());
}

/** Sends a request to the emulator with a Host header. */
async function at(host: string, path: string, what: Send = {}): Promise<HttpResponse> {
  return await send(`${origin}${path}`, { ...what, headers: { ...what.headers, Host: host } });
}

/** Redeems a link, with a Host header for the link's own host. */
async function redeem(link: string, method = 'GET'): Promise<HttpResponse> {
  const { host, pathname, search } = new URL(link);
  return await at(host, `${pathname}${search}`, { method });
}

async function issue(host: string, path: string): Promise<HttpResponse> {
  return await sendSigned(`${origin}${path}`, {
    headers: { Host: host, 'Content-Type': 'application/json', Accept: 'application/json' },
    body: JSON.stringify({ bucket_name: emulator.bucketName, object_name: 'S3.png' }),
  });
}

async function newLink(host: string, path: string): Promise<IssuedLink> {
  return JSON.parse((await issue(host, path)).body);
}

describe('with a custom domain', () => {
  serve(DOMAIN);

  test('a link starts with the domain, without the stage, and works once', async () => {
    const { url, click_through_url } = await newLink(NAME, '/generate-url');

    expect(url).toMatch(/^http:\/\/links\.example\.com\/access-object\?nonce=[\w-]{43}$/);
    expect(click_through_url).toMatch(/^http:\/\/links\.example\.com\/open-link#[\w-]{43}$/);
    expect(await at(NAME, '/open-link')).toMatchObject({ status: 200 });
    expect(await redeem(url, 'HEAD')).toMatchObject({ status: 200 });
    const redeemed = await redeem(url);
    expect(redeemed.status).toBe(302);
    expect((await fetch(String(redeemed.headers['location']))).status).toBe(200);
    expect((await redeem(url)).status).toBe(403);
  });

  test('the default endpoint still works, and a link can be redeemed at either', async () => {
    const { url } = await newLink(new URL(origin).host, '/prod/generate-url');

    expect(url).toContain(`${origin}/prod/access-object?nonce=`);
    expect(emulator.outputs).toMatchObject({ ApiGatewayEndpoint: `${origin}/prod/` });
    expect((await at(NAME, `/access-object${new URL(url).search}`)).status).toBe(302);
    expect((await redeem(url)).status).toBe(403);
  });

  test.each(['/prod/open-link', '/x/open-link', '/', '//open-link'])('the path %s is refused', async (path) => {
    expect((await at(NAME, path)).status).toBe(403);
  });
});

describe('with a base path, and the default endpoint disabled', () => {
  serve({ ...DOMAIN, basePath: 'share', disableDefaultEndpoint: true });

  test('a link starts with the domain and the base path, and works once', async () => {
    const host = `${NAME}:${new URL(origin).port}`;
    const { url, click_through_url } = await newLink(host, '/share/generate-url');

    expect(emulator.outputs).toMatchObject({ ApiGatewayEndpoint: `http://${host}/share/` });
    expect(url).toContain(`http://${host}/share/access-object?nonce=`);
    expect(click_through_url).toContain(`http://${host}/share/open-link#`);
    expect(await at(NAME, '/share/open-link')).toMatchObject({ status: 200 });
    const { search } = new URL(url);
    expect(await at(new URL(origin).host, `/prod/access-object${search}`)).toMatchObject(FORBIDDEN);
    expect((await redeem(url)).status).toBe(302);
    expect((await redeem(url)).status).toBe(403);
  });

  test.each(['/', '/open-link', '/prod/open-link', '/shared/open-link', '/Share/open-link'])(
    '%s is not a path of the API',
    async (path) => {
      expect(await at(NAME, path)).toMatchObject(FORBIDDEN);
    },
  );

  test.each(['/share/prod/open-link', '/share/x/open-link', '/share/', '/share//open-link'])(
    '%s is not a route',
    async (path) => {
      const { status, body } = await at(NAME, path);
      expect([status, JSON.parse(body).code]).toEqual([403, 'MissingAuthenticationToken']);
    },
  );

  test('the default endpoint is refused', async () => {
    const { host } = new URL(origin);
    expect(await at(host, '/prod/open-link')).toMatchObject(FORBIDDEN);
    expect(await at(host, '/share/open-link')).toMatchObject(FORBIDDEN);
    expect(await issue(host, '/prod/generate-url')).toMatchObject(FORBIDDEN);
  });
});

test('behind a CDN, links start with the address of the CDN', async () => {
  const behindCdn = await runEmulator({
    change: (resources) => {
      const { Properties } = resourceNamed(resources, 'AWS::Lambda::Function', 'GenerateUrl');
      Properties.Environment.Variables.PUBLIC_BASE_URL = 'https://cdn.example.com/files';
    },
  });
  try {
    const link = await linkTo(behindCdn);

    expect(link).toContain('https://cdn.example.com/files/access-object?nonce=');
    expect((await send(`${behindCdn.apiEndpoint}access-object${new URL(link).search}`)).status).toBe(302);
  } finally {
    await behindCdn.close();
  }
});
