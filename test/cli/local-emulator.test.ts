import { emulatorRecord, isEmulatorRunning, isRunning } from '../../cli/local-emulator';
import type { LocalService } from '../../emulator/loopback';
import { writeOutputs } from '../support/cli-emulator';
import { createTempDir } from '../support/cli-process';
import { startFakeApi } from '../support/fake-api';
import { startIdentityServer } from './support/identity-server';

const tempDir = createTempDir();
let server: LocalService;

beforeAll(async () => {
  server = await startIdentityServer('token');
});
afterAll(async () => {
  await server.close();
  tempDir.remove();
});

function recordOf(endpoint: string, token = 'token') {
  return { apiEndpoint: `${endpoint}/prod/`, processId: '123', token };
}

test('an emulator that knows the token is running', async () => {
  expect(await isRunning(recordOf(server.endpoint))).toBe(true);
});

test('an emulator with only a custom domain is asked on this machine', async () => {
  const apiEndpoint = `http://links.example.com:${new URL(server.endpoint).port}/`;

  expect(await isRunning({ ...recordOf(apiEndpoint), apiEndpoint })).toBe(true);
});

test('another emulator on the same port is not the one in the outputs file', async () => {
  expect(await isRunning(recordOf(server.endpoint, 'another token'))).toBe(false);
});

test('if nothing listens, no emulator is running', async () => {
  expect(await isRunning(recordOf('http://127.0.0.1:1'))).toBe(false);
});

test('another program on the port learns neither the token nor a credential', async () => {
  const other = await startFakeApi([200, 'proof'], [307, '', { location: `${server.endpoint}/_emulator/identity` }]);
  const record = recordOf(other.endpoint.replace('/prod/', ''), 'secret-token');

  expect([await isRunning(record), await isRunning(record)]).toEqual([false, false]);
  await other.close();
  for (const { url, rawHeaders, body } of other.requests) {
    expect(url).toMatch(/^\/_emulator\/identity\?challenge=[\w-]{43}$/);
    expect(rawHeaders.join('\n').toLowerCase()).not.toContain('authorization');
    expect([url, ...rawHeaders, body].join()).not.toContain('secret-token');
  }
  const [first, second] = other.requests;
  expect(first?.url).not.toBe(second?.url);
});

test('an outputs file belongs to a running emulator only if the emulator proves it', async () => {
  const outputs = { ApiGatewayEndpoint: `${server.endpoint}/prod/`, EmulatorPid: '123', EmulatorToken: 'token' };

  expect(await isEmulatorRunning(writeOutputs(tempDir, outputs))).toBe(true);
  expect(await isEmulatorRunning(writeOutputs(tempDir, { ...outputs, EmulatorToken: 'x' }))).toBe(false);
  expect(await isEmulatorRunning(tempDir.file('malformed.json', '{'))).toBe(false);
  expect(await isEmulatorRunning(`${tempDir.directory}/none`)).toBe(false);
});

test.each<[string, unknown]>([
  ['no object', null],
  ['no address', { EmulatorPid: '1', EmulatorToken: 't' }],
  ['another address', { ApiGatewayEndpoint: 'x', EmulatorPid: '1', EmulatorToken: 't' }],
  ['no process ID', { ApiGatewayEndpoint: 'http://127.0.0.1:1/', EmulatorToken: 't' }],
  ['no token', { ApiGatewayEndpoint: 'http://127.0.0.1:1/', EmulatorPid: '1' }],
])('outputs with %s do not belong to a local emulator', (_, outputs) => {
  expect(emulatorRecord(outputs)).toBeUndefined();
});
