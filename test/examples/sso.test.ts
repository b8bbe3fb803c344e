import { PutObjectCommand } from '@aws-sdk/client-s3';
import { describeLink, send } from '../support/http';
import { type RunningEmulator, runEmulator } from '../support/running-emulator';
import { directLink, type Example, installExample } from './support';

let example: Example;
let emulator: RunningEmulator;
beforeAll(async () => {
  example = await installExample('sso', ['issuer=https://login.example.com', 'audience=links']);
  emulator = await runEmulator({ assembly: example.assembly });
  const { DocumentsBucket } = emulator.outputs;
  await emulator.s3.send(new PutObjectCommand({ Bucket: DocumentsBucket, Key: 'ada/report.pdf', Body: 'A report' }));
});
afterAll(async () => {
  await emulator?.close();
  await example?.remove();
});

const ADA = { sub: 'ada', name: 'Ada Lovelace' };

/** https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html, format 2.0. */
function signedInRequest(claims: Readonly<Record<string, string>>, body: string) {
  return {
    version: '2.0',
    routeKey: 'POST /links',
    rawPath: '/links',
    rawQueryString: '',
    headers: { 'content-type': 'application/json' },
    requestContext: {
      accountId: '123456789012',
      apiId: 'api-id',
      authorizer: { jwt: { claims: { iss: 'https://login.example.com', aud: 'links', ...claims }, scopes: null } },
      domainName: 'id.execute-api.us-east-1.amazonaws.com',
      domainPrefix: 'id',
      http: { method: 'POST', path: '/links', protocol: 'HTTP/1.1', sourceIp: '192.0.2.1', userAgent: 'agent' },
      requestId: 'id',
      routeKey: 'POST /links',
      stage: '$default',
      time: '12/Mar/2026:19:03:58 +0000',
      timeEpoch: 1773342238000,
    },
    body,
    isBase64Encoded: false,
  };
}

/** Invokes the function with the request of a person. */
async function share(claims: Readonly<Record<string, string>>, body: string) {
  const result = await emulator.invoke('SignIn/Share', signedInRequest(claims, body));
  const { statusCode, body: text = '{}' } = (result.ok ? result.payload : {}) as {
    readonly statusCode?: number;
    readonly body?: string;
  };
  return { statusCode, ...(JSON.parse(text) as { clickThroughUrl?: string; linkId?: string; error?: string }) };
}

test('a person shares a file of their folder with one reader', async () => {
  const { statusCode, clickThroughUrl = '', linkId = '' } = await share(ADA, '{"file":"report.pdf"}');
  expect(statusCode).toBe(201);
  await emulator.logged('SignIn/Share', `"linkId":"${linkId}"`, '"sub":"ada"');

  const [apiEndpoint = '', nonce = ''] = clickThroughUrl.split('open-link#');
  const description = await describeLink({ apiEndpoint }, nonce);
  expect(JSON.parse(description.body)).toMatchObject({ from: 'Ada Lovelace' });
  const redeemed = await send(directLink(clickThroughUrl));
  expect(redeemed.status).toBe(302);
  expect(await (await fetch(String(redeemed.headers['location']))).text()).toBe('A report');
  expect((await send(directLink(clickThroughUrl))).status).toBe(403);
});

test.each([
  ['a file of another person', { sub: 'grace', name: 'Grace Hopper' }, '{"file":"report.pdf"}', 404],
  ['a path out of their folder', { sub: 'grace', name: 'Grace Hopper' }, '{"file":"../ada/report.pdf"}', 400],
  ['a body that is not JSON', ADA, 'report.pdf', 400],
  ['a token without a name', { sub: 'ada' }, '{"file":"report.pdf"}', 403],
])('a person gets no link for %s', async (_, claims, body, statusCode) => {
  expect(await share(claims, body)).toEqual({ statusCode, error: expect.any(String) });
});

test('the emulator serves everything but the API of the app', () => {
  expect(emulator.leftAlone.map((line) => line.replace(/ \(.*/, ''))).toEqual([
    'AWS::ApiGatewayV2::Api',
    'AWS::ApiGatewayV2::Authorizer',
    'AWS::ApiGatewayV2::Integration',
    'AWS::ApiGatewayV2::Route',
    'AWS::ApiGatewayV2::Stage',
  ]);
});
