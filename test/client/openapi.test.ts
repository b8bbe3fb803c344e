import { linkStateFields } from '../../cli/link-json';
import { OneTimeLinksClient } from '../../client';
import { API_ERROR_CODES } from '../../client/errors';
import { parseIssuedLink, parseLinkState } from '../../client/links';
import { type FakeApi, startFakeApi } from '../support/fake-api';
import { mismatch, OPENAPI, OPERATIONS, type Operation } from '../support/openapi';

const LINK_ID = 'BASthI5VhNjLs189NZ2sGQ';
const { LinkRequest, UploadLinkRequest, IssuedLink, LinkState, LinkPage } = OPENAPI.components.schemas;

/** The operations that the client calls. */
const CALLED = [
  'POST /generate-url',
  'GET /my-links',
  'GET /my-links/{link_id}',
  'DELETE /my-links/{link_id}',
  'GET /links/{link_id}',
  'DELETE /links/{link_id}',
];

let server: FakeApi;
let client: OneTimeLinksClient;

beforeAll(async () => {
  server = await startFakeApi();
  const credentials = { accessKeyId: 'AKID', secretAccessKey: 'secret' };
  client = new OneTimeLinksClient({ endpoint: server.endpoint, region: 'eu-west-1', credentials });
});
afterAll(() => server.close());

function operation(name: string): Operation {
  const [, found] = OPERATIONS.find(([candidate]) => candidate === name) ?? [];
  if (found === undefined) {
    throw new Error(`openapi.yaml has no ${name}`);
  }
  return found;
}

function examplesOf(name: string): readonly unknown[] {
  const { example, examples = {} } = operation(name).responses['200']?.content?.['application/json'] ?? {};
  return [...(example === undefined ? [] : [example]), ...Object.values(examples).map(({ value }) => value)];
}

test('the client calls every operation that is signed, and no other', async () => {
  const notFound = [404, { code: 'LinkNotFound', detail: 'No link has this ID.' }] as const;
  server.replies.push([400, ''], [400, ''], notFound, notFound, notFound, notFound);

  await client.issue({ bucket: 'b', key: 'k' }).catch(() => {});
  await client
    .list()
    .next()
    .catch(() => {});
  await client.describe(LINK_ID).catch(() => {});
  await client.revoke(LINK_ID).catch(() => {});

  const called = server.requests.map(
    ({ method, url }) => `${method} ${url.replace('/prod', '').replace(LINK_ID, '{link_id}')}`,
  );
  const signed = OPERATIONS.filter(([, { security }]) => security).map(([name]) => name);
  expect(called.sort()).toEqual([...CALLED].sort());
  expect([...signed].sort()).toEqual([...CALLED].sort());
});

test('the client knows the codes of these operations, and no others', () => {
  const documented = CALLED.flatMap((name) => Object.values(operation(name).responses)).flatMap(({ content = {} }) =>
    Object.values(content['application/problem+json']?.examples ?? {}).map(({ value }) => String(value['code'])),
  );

  expect([...API_ERROR_CODES].sort()).toEqual([...new Set(documented)].sort());
});

test('a request with every field has every field of a request for a link but operation and click_through, and is valid', async () => {
  server.requests.length = 0;
  server.replies.push([400, '']);

  await client
    .issue({
      bucket: 'team-reports',
      key: '2026/q3.pdf',
      expiresInSeconds: 86_400,
      presign: 'on_open',
      versionId: 'v1',
      downloadAs: 'Third quarter.pdf',
      from: 'Ada Lovelace',
    })
    .catch(() => {});

  const body = JSON.parse(server.requests[0]?.body ?? '');
  const fields = Object.keys(LinkRequest?.properties ?? {}).filter(
    (field) => field !== 'operation' && field !== 'click_through',
  );
  expect(Object.keys(body)).toEqual(fields);
  expect(mismatch(LinkRequest ?? {}, body)).toBeUndefined();
});

test.each([
  ['prefix', 'object_name'],
  ['key', 'prefix'],
] as const)(
  'a request for an upload link with %s has every field but %s and click_through, and is valid',
  async (name, omitted) => {
    server.requests.length = 0;
    server.replies.push([400, '']);

    await client
      .issueUpload({
        bucket: 'team-reports',
        [name]: 'inbox/acme/',
        maxBytes: 500_000_000,
        contentTypes: ['image/*', 'application/pdf'],
        label: 'Logs for case 4711',
        from: 'Ada Lovelace',
        expiresInSeconds: 86_400,
      })
      .catch(() => {});

    const body = JSON.parse(server.requests[0]?.body ?? '');
    const fields = Object.keys(UploadLinkRequest?.properties ?? {}).filter(
      (field) => field !== omitted && field !== 'click_through',
    );
    expect(Object.keys(body)).toEqual(fields);
    expect(mismatch(UploadLinkRequest ?? {}, body)).toBeUndefined();
  },
);

test('an issued link has every field of the response', () => {
  const [example] = examplesOf('POST /generate-url');

  const link = parseIssuedLink(example as Readonly<Record<string, unknown>>, 'https://links.example.com/');

  expect(Object.keys(link ?? {}).map(snakeCase)).toEqual(Object.keys(IssuedLink?.properties ?? {}));
});

test('a state has every field of the response', () => {
  const { properties = {} } = LinkState ?? {};
  const sampleOf = (name: string): unknown =>
    properties[name]?.properties
      ? Object.fromEntries(Object.keys(properties[name].properties).map((field) => [field, leafOf(field)]))
      : leafOf(name);
  const leafOf = (name: string): unknown => LEAVES[name] ?? (/at$/.test(name) ? '2026-09-30T12:00:00Z' : `a ${name}`);
  for (const status of ['redeemed', 'revoked']) {
    const omitted = status === 'redeemed' ? ['revoked'] : ['redeemed', 'received'];
    const names = Object.keys(properties).filter((name) => !omitted.includes(name));
    const response = { ...Object.fromEntries(names.map((name) => [name, sampleOf(name)])), status };
    expect(mismatch(LinkState ?? {}, response)).toBeUndefined();

    const state = parseLinkState(response);

    // Formatting it again loses nothing.
    expect(state && JSON.parse(JSON.stringify(linkStateFields(state)))).toEqual(response);
  }
});

const LEAVES: Readonly<Record<string, unknown>> = { link_id: LINK_ID, operation: 'upload', count: 2, size_bytes: 7 };

test('every status is known', () => {
  const details = {
    redeemed: { at: '2026-09-30T12:00:00Z', source_ip: '203.0.113.7' },
    revoked: { at: '2026-09-30T12:00:00Z', by: 'arn:bob' },
  };
  const base = { link_id: LINK_ID, created_by: 'arn:jane', expires_at: '2026-10-01T12:00:00Z', ...details };

  for (const status of LinkState?.properties?.['status']?.enum ?? []) {
    expect(parseLinkState({ ...base, status })).toMatchObject({ status });
  }
});

test('the examples of states and pages are understood', async () => {
  const states = [...examplesOf('GET /my-links/{link_id}'), ...examplesOf('GET /links/{link_id}')];
  const [page] = examplesOf('GET /my-links');
  server.replies.push([200, page as object]);

  expect(states).toHaveLength(8);
  expect(states.map(parseLinkState)).not.toContain(undefined);
  expect(Object.keys(LinkPage?.properties ?? {})).toEqual(['links', 'next']);
  expect(await client.list().next()).toMatchObject({ value: { linkId: LINK_ID, fileName: 'q3.pdf' } });
});

function snakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
