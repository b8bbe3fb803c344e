import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { Worker } from 'node:worker_threads';

/** What a function is started with. */
export interface LocalFunctionOptions {
  readonly label: string;
  /** Directory of the bundled asset. */
  readonly directory: string;
  /** Module and export, for example `index.handler`. */
  readonly handler: string;
  /** The whole environment: nothing of the stand's own is passed on. */
  readonly environment: Readonly<Record<string, string>>;
  readonly timeoutSeconds: number;
  /** Receives every line that the function writes. */
  readonly onLog: (line: string) => void;
}

/** How a call ended, as the gateway sees it. */
export type InvocationResult =
  | { readonly ok: true; readonly payload: unknown }
  /** The function threw, could not be loaded, or took too long. */
  | { readonly ok: false; readonly errorType: string; readonly errorMessage: string };

type WorkerMessage =
  | { readonly ready: true }
  | { readonly id: string; readonly ok: true; readonly payload: string }
  | { readonly id: string; readonly ok: false; readonly errorType: string; readonly errorMessage: string };

const WORKER_FILE = join(__dirname, 'worker.js');

/**
 * A bundled Lambda function in a worker thread. One thread serves all calls of its function, unlike on AWS, where each
 * environment has one call at a time: module state is shared the more here.
 */
export class LocalFunction {
  readonly label: string;
  private readonly options: LocalFunctionOptions;
  private readonly waiting = new Map<string, (result: InvocationResult) => void>();
  private worker: Worker | undefined;

  constructor(options: LocalFunctionOptions) {
    this.label = options.label;
    this.options = options;
  }

  /** Loads the bundle. @throws Error if it does not load: a missing variable, a syntax error. */
  async start(): Promise<void> {
    const { directory, handler, environment, onLog } = this.options;
    const [module, exportName] = handler.split('.');
    const worker = new Worker(WORKER_FILE, {
      workerData: { file: join(directory, `${module}.js`), exportName },
      env: { ...environment },
      // Functions are made for nodejs24.x: what the SDK thinks of this machine's Node is not theirs to say.
      execArgv: ['--no-warnings'],
      stdout: true,
      stderr: true,
    });
    this.worker = worker;
    forwardLines(worker.stdout, onLog);
    forwardLines(worker.stderr, onLog);
    await new Promise<void>((resolve, reject) => {
      worker.on('message', (message: WorkerMessage) => {
        if ('ready' in message) {
          resolve();
        } else {
          this.settle(message.id, message.ok ? { ok: true, payload: JSON.parse(message.payload) } : message);
        }
      });
      worker.on('error', (error) => {
        reject(new Error(`the function ${this.label} does not load: ${error.message}`));
        this.fail({ ok: false, errorType: 'Runtime.ExitError', errorMessage: error.message });
      });
      worker.on('exit', () => {
        this.fail({ ok: false, errorType: 'Runtime.ExitError', errorMessage: 'the function ended' });
      });
    });
  }

  /** Calls the function. Never rejects: like Lambda, it reports errors and time-outs as results. */
  async invoke(event: unknown): Promise<InvocationResult> {
    if (this.worker === undefined) {
      await this.start();
    }
    const id = randomUUID();
    const { timeoutSeconds } = this.options;
    return await new Promise<InvocationResult>((resolve) => {
      const timer = setTimeout(() => {
        this.settle(id, {
          ok: false,
          errorType: 'Sandbox.Timedout',
          errorMessage: `Task timed out after ${timeoutSeconds} seconds`,
        });
        // Lambda throws the environment away, with whatever else it was doing.
        void this.stop();
      }, timeoutSeconds * 1000);
      this.waiting.set(id, (result) => {
        clearTimeout(timer);
        resolve(result);
      });
      this.worker?.postMessage({ id, event, context: { awsRequestId: id, functionName: this.label } });
    });
  }

  /** Ends the thread; calls under way fail. */
  async stop(): Promise<void> {
    const { worker } = this;
    this.worker = undefined;
    await worker?.terminate();
  }

  /** Writes a line into the function's log, as the service does around a call. */
  report(line: string): void {
    this.options.onLog(line);
  }

  private settle(id: string, result: InvocationResult): void {
    this.waiting.get(id)?.(result);
    this.waiting.delete(id);
  }

  private fail(result: InvocationResult): void {
    for (const id of [...this.waiting.keys()]) {
      this.settle(id, result);
    }
  }
}

function forwardLines(stream: Readable, onLine: (line: string) => void): void {
  createInterface({ input: stream }).on('line', onLine);
}
