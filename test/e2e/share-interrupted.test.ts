import { join } from 'node:path';
import { PassThrough, type Readable } from 'node:stream';
import { HeadObjectCommand } from '@aws-sdk/client-s3';
import { type CliEmulator, runCliEmulator, writeOutputs } from '../support/cli-emulator';
import { createTempDir, type Ended, runCli } from '../support/cli-process';
import { type GateKeeper, startGate } from '../support/gate';

const tempDir = createTempDir();
let emulator: CliEmulator;

beforeAll(async () => {
  emulator = await runCliEmulator(tempDir);
  tempDir.file('large.bin', Buffer.alloc(30_000_000, 'x'));
  tempDir.file('small.txt', 'x');
});
afterEach(async () => {
  expect(await emulator.uploads()).toEqual([]);
});
afterAll(async () => {
  await emulator.close();
  tempDir.remove();
});

/**
 * Shares a file in the temp dir, standard input, or an object in S3, through gates in front of S3 and the API, which
 * can interrupt the command.
 */
async function shareThroughGates(
  source: string,
  keeper: (interrupt: () => void, ended: Promise<unknown>) => GateKeeper,
  stdin?: Readable,
): Promise<Ended> {
  const interruption = new AbortController();
  let end = (): void => {};
  const ended = new Promise<void>((resolve) => {
    end = resolve;
  });
  const gateKeeper = keeper(() => interruption.abort(), ended);
  const s3 = await startGate(emulator.s3Endpoint, gateKeeper);
  const api = await startGate(emulator.apiEndpoint, gateKeeper);
  const outputs = { ...emulator.outputs, S3Endpoint: s3.endpoint, ApiGatewayEndpoint: `${api.endpoint}/prod/` };
  const path = source.startsWith('s3:') || source === '-' ? source : join(tempDir.directory, source);
  const args = ['share', path, '--as', 'name.txt', '--outputs', writeOutputs(tempDir, outputs, 'gates.json')];
  try {
    return await runCli(args, { signal: interruption.signal, ...(stdin && { stdin }) });
  } finally {
    end();
    await Promise.all([s3.close(), api.close()]);
  }
}

const INTERRUPTED = {
  code: 130,
  stdout: '',
  stderr: 'Sharing through the local emulator.\nInterrupted: removing the upload …\nInterrupted: nothing was shared.\n',
};

test.each([
  ['a multipart upload begins', 'large.bin', /^POST .*[?&]uploads/m],
  ['the first part is sent', 'large.bin', /^PUT .*partNumber/m],
  ['the last part is sent', 'large.bin', /^PUT .*partNumber=6&/m],
  ['a multipart upload is completed', 'large.bin', /^POST .*uploadId/m],
  ['a small file is sent', 'small.txt', /^PUT/m],
  ['a link is issued', 'large.bin', /^PUT [\s\S]*^POST .*\/generate-url$/m],
])('an interruption while %s leaves no link, no object and no part', async (_, source, moment) => {
  let requests = '';
  const ended = await shareThroughGates(source, (interrupt) => ({
    async admit({ method, url }) {
      requests += `${method} ${url}\n`;
      if (moment.test(requests)) {
        interrupt();
      }
    },
  }));

  expect(ended).toEqual(INTERRUPTED);
});

test('an interruption before the upload leaves nothing to remove', async () => {
  const ended = await shareThroughGates('large.bin', (interrupt) => ({
    admit: async ({ url = '' }) => (url.endsWith('/generate-url') ? interrupt() : undefined),
  }));

  expect(ended).toEqual({
    ...INTERRUPTED,
    stderr: INTERRUPTED.stderr.replace('Interrupted: removing the upload …\n', ''),
  });
});

test.each([
  ['a small file', 'small.txt'],
  ['a part', 'large.bin'],
])('%s that S3 has received completely is removed only after S3 has responded', async (_, source) => {
  const ended = await shareThroughGates(source, (interrupt, end) => ({
    admit: async () => {},
    async admitWhole({ method }) {
      if (method === 'PUT') {
        interrupt();
        // A command that does not wait removes the upload and ends now, before the object is stored.
        await Promise.race([end, new Promise((resolve) => setTimeout(resolve, 1000))]);
      }
    },
  }));

  expect(ended).toEqual(INTERRUPTED);
});

test('an interruption does not wait for a connection that accepts no more bytes', async () => {
  const ended = await shareThroughGates('large.bin', (interrupt, end) => ({
    async admit({ method }) {
      if (method === 'PUT') {
        interrupt();
        await end;
      }
    },
  }));

  expect(ended).toEqual(INTERRUPTED);
});

test('an interruption while standard input is silent leaves no object and no part', async () => {
  const stdin = new PassThrough();
  stdin.write(Buffer.alloc(12_000_000, 'x'));
  const ended = await shareThroughGates(
    '-',
    (interrupt) => ({
      admit: async ({ url = '' }) => (url.includes('partNumber=2&') ? interrupt() : undefined),
    }),
    stdin,
  );

  expect(ended).toEqual(INTERRUPTED);
});

test('an object that was in S3 before stays there', async () => {
  const ended = await shareThroughGates(`s3://${emulator.bucketName}/S3.png`, (interrupt) => ({
    admit: async ({ url = '' }) => (url.endsWith('/generate-url') ? interrupt() : undefined),
  }));

  expect(ended).toEqual({
    code: 130,
    stdout: '',
    stderr: 'Sharing through the local emulator.\nInterrupted: nothing was shared.\n',
  });
  const head = new HeadObjectCommand({ Bucket: emulator.bucketName, Key: 'S3.png' });
  expect(await emulator.s3.send(head)).toMatchObject({ $metadata: { httpStatusCode: 200 } });
});
