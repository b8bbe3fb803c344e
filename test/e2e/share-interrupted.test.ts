import type { IncomingMessage } from 'node:http';
import { AbortMultipartUploadCommand, HeadObjectCommand, ListMultipartUploadsCommand } from '@aws-sdk/client-s3';
import { type CliEmulator, runCliEmulator, writeOutputs } from '../support/cli-emulator';
import { createWorkshop, type Running, startShare } from '../support/cli-process';
import { type Gate, startGate } from '../support/gate';

const workshop = createWorkshop();
let emulator: CliEmulator;
let large: string;
let small: string;

beforeAll(async () => {
  emulator = await runCliEmulator(workshop);
  large = workshop.file('large.bin', Buffer.alloc(30_000_000, 'x'));
  small = workshop.file('small.txt', 'x');
});
afterEach(async () => {
  expect(await emulator.uploads()).toEqual([]);
});
afterAll(async () => {
  await emulator.close();
  workshop.remove();
});

/** When to interrupt a command: while a request of its is on the way. */
interface Moment {
  readonly file: () => string;
  readonly at: (request: IncomingMessage) => boolean;
}

/** Runs the command behind gates. From the moment on nothing passes them before `interrupt` is done. */
async function runUntil({ file, at }: Moment, interrupt: (running: Running) => Promise<void>): Promise<Running> {
  let running: Running | undefined;
  let interrupted: Promise<void> | undefined;
  const admit = async (request: IncomingMessage): Promise<void> => {
    if (running !== undefined && (interrupted !== undefined || at(request))) {
      interrupted ??= interrupt(running);
      await interrupted;
    }
  };
  const gates: readonly Gate[] = [
    await startGate(emulator.s3Endpoint, { admit }),
    await startGate(emulator.apiEndpoint, { admit }),
  ];
  const [s3, api] = gates.map(({ endpoint }) => endpoint);
  const outputs = { ...emulator.outputs, S3Endpoint: `${s3}/`, ApiGatewayEndpoint: `${api}/prod/` };
  running = startShare([file(), '--direct', '--outputs', writeOutputs(workshop, outputs, 'gates.json')]);
  await running.ended;
  await Promise.all(gates.map((gate) => gate.close()));
  return running;
}

/** Waits until the command says that it was interrupted. */
async function untilHeard({ process, stderr }: Running): Promise<void> {
  while (!stderr().includes('Interrupted: ')) {
    if (process.exitCode !== null || process.signalCode !== null) {
      throw new Error(`it ended without a word of the interruption: ${stderr()}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

const MOMENTS: readonly (readonly [string, Moment])[] = [
  [
    'an upload in parts begins',
    { file: () => large, at: ({ method, url = '' }) => method === 'POST' && url.includes('uploads') },
  ],
  ['the first part is sent', { file: () => large, at: ({ url = '' }) => url.includes('partNumber') }],
  ['the last part is sent', { file: () => large, at: ({ url = '' }) => url.includes('partNumber=6&') }],
  [
    'an upload in parts is completed',
    { file: () => large, at: ({ method, url = '' }) => method === 'POST' && url.includes('uploadId') },
  ],
  ['a small file is sent', { file: () => small, at: ({ method }) => method === 'PUT' }],
  ['a link is asked for', { file: () => large, at: ({ url = '' }) => url.endsWith('/generate-url') }],
];

/** Ends the command at a moment, and sees that it says so and gives out nothing. */
async function expectInterrupted(moment: Moment, signal: NodeJS.Signals): Promise<void> {
  const running = await runUntil(moment, async (one) => {
    one.process.kill(signal);
    await untilHeard(one);
  });
  expect(await running.ended).toEqual({
    code: 130,
    stdout: '',
    stderr: 'Interrupted: removing what was uploaded …\nInterrupted: nothing was shared.\n',
  });
}

test.each(MOMENTS)('Ctrl-C when %s leaves no link, no object and no part', async (_, moment) => {
  await expectInterrupted(moment, 'SIGINT');
});

test.each(['SIGTERM', 'SIGHUP'] as const)('%s is like Ctrl-C', async (signal) => {
  await expectInterrupted({ file: () => large, at: ({ url = '' }) => url.includes('partNumber') }, signal);
});

test.each([
  ['a small file', () => small],
  ['a part', () => large],
])('%s that S3 has whole, but has not answered for yet, is waited for and then removed', async (_, file) => {
  let running: Running | undefined;
  let interrupted = false;
  let removing = (): void => {};
  const removal = new Promise<void>((resolve) => {
    removing = resolve;
  });
  const gate = await startGate(emulator.s3Endpoint, {
    async admit({ method }) {
      if (method === 'DELETE') {
        removing();
      }
    },
    async admitWhole({ method }) {
      if (method === 'PUT') {
        if (!interrupted) {
          interrupted = true;
          running?.process.kill('SIGINT');
        }
        // Late enough for whoever removes the file before it is stored.
        await Promise.race([removal, new Promise((resolve) => setTimeout(resolve, 1000))]);
      }
    },
  });
  const outputs = { ...emulator.outputs, S3Endpoint: gate.endpoint };
  running = startShare([file(), '--direct', '--outputs', writeOutputs(workshop, outputs, 'whole.json')]);

  expect((await running.ended).code).toBe(130);
  await new Promise((resolve) => setTimeout(resolve, 100));
  await gate.close();
});

test('Ctrl-C does not wait for a line that takes no more bytes', async () => {
  let running: Running | undefined;
  let interrupted = false;
  const gate = await startGate(emulator.s3Endpoint, {
    admit: async ({ method }) => {
      if (method === 'PUT') {
        if (!interrupted) {
          interrupted = true;
          running?.process.kill('SIGINT');
        }
        await running?.ended;
      }
    },
  });
  const outputs = { ...emulator.outputs, S3Endpoint: gate.endpoint };
  running = startShare([large, '--direct', '--outputs', writeOutputs(workshop, outputs, 'dead line.json')]);

  expect((await running.ended).code).toBe(130);
  await gate.close();
});

test('a second Ctrl-C ends it at once, also if nobody answers any more', async () => {
  const moment = { file: () => large, at: ({ url = '' }: IncomingMessage) => url.includes('partNumber') };
  const running = await runUntil(moment, async (one) => {
    one.process.kill('SIGINT');
    await untilHeard(one);
    one.process.kill('SIGINT');
    await one.ended;
  });

  expect(running.process.signalCode).toBe('SIGINT');
  const { Uploads: [left] = [] } = await emulator.s3.send(
    new ListMultipartUploadsCommand({ Bucket: emulator.bucketName }),
  );
  const { Key, UploadId } = left ?? {};
  expect(Key).toContain('/large.bin');
  await emulator.s3.send(new AbortMultipartUploadCommand({ Bucket: emulator.bucketName, Key, UploadId }));
});

test('what was in S3 before stays there', async () => {
  const source = `s3://${emulator.bucketName}/S3.png`;
  const moment = { file: () => source, at: ({ url = '' }: IncomingMessage) => url.endsWith('/generate-url') };
  const running = await runUntil(moment, async ({ process, ended }) => {
    process.kill('SIGINT');
    await ended;
  });

  expect(await running.ended).toEqual({ code: 130, stdout: '', stderr: 'Interrupted: nothing was shared.\n' });
  const head = new HeadObjectCommand({ Bucket: emulator.bucketName, Key: 'S3.png' });
  expect(await emulator.s3.send(head)).toMatchObject({ $metadata: { httpStatusCode: 200 } });
});
