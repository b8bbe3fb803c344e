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
  /** The whole environment: nothing of the emulator's own is passed on. */
  readonly environment: Readonly<Record<string, string>>;
  readonly timeoutSeconds: number;
  readonly memoryMegabytes: number;
  /** What the function takes for the time: an `EmulatorClock`'s @default - the machine's */
  readonly clockMemory?: SharedArrayBuffer;
  /** Told of each call. */
  readonly onInvoke?: () => void;
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
  | {
      readonly id: string;
      readonly ok: false;
      readonly errorType: string;
      readonly errorMessage: string;
      readonly stack: string | undefined;
    };

/** Memory for young objects; what is left of the function's memory is for old ones, as on a small Lambda. */
const YOUNG_GENERATION_MEGABYTES = 16;

const WORKER_FILE = join(__dirname, 'worker.js');

/**
 * Calls that one thread has under way at once; the others wait. On AWS each has an environment of its own: with more, calls
 * would time out on each other's work; with one, they could not race.
 */
const CONCURRENT_CALLS = 16;

/** A bundled Lambda function in a worker thread, which stands for a few environments: calls share module state. */
export class LocalFunction {
  readonly label: string;
  private readonly options: LocalFunctionOptions;
  private readonly waiting = new Map<string, (result: InvocationResult) => void>();
  private readonly queue: (() => void)[] = [];
  private underWay = 0;
  private environment: Promise<Worker> | undefined;
  private stopped = false;

  constructor(options: LocalFunctionOptions) {
    this.label = options.label;
    this.options = options;
  }

  /** Loads the bundle, unless it is loaded. @throws Error if it does not load: a missing variable, a syntax error. */
  async start(): Promise<void> {
    await this.loaded();
  }

  /** Calls the function. What goes wrong in it comes back as a result, as from Lambda. */
  async invoke(event: unknown): Promise<InvocationResult> {
    this.options.onInvoke?.();
    if (this.underWay === CONCURRENT_CALLS) {
      await new Promise<void>((resolve) => this.queue.push(resolve));
    } else {
      this.underWay++;
    }
    try {
      return await this.call(event);
    } finally {
      const next = this.queue.shift();
      if (next === undefined) {
        this.underWay--;
      } else {
        next();
      }
    }
  }

  /** Ends the thread for good; calls under way and calls that wait fail. */
  async stop(): Promise<void> {
    this.stopped = true;
    // A thread that did not load has ended by itself; whoever started it was told why.
    const worker = await this.environment?.catch(() => undefined);
    await worker?.terminate();
  }

  /** Writes a line into the function's log, as the service does around a call. */
  report(line: string): void {
    this.options.onLog(line);
  }

  private loaded(): Promise<Worker> {
    this.environment ??= this.load();
    return this.environment;
  }

  private async load(): Promise<Worker> {
    const { directory, handler, environment, memoryMegabytes, clockMemory, onLog } = this.options;
    const [module, exportName] = handler.split('.');
    const worker = new Worker(WORKER_FILE, {
      workerData: { file: join(directory, `${module}.js`), exportName, clockMemory },
      env: { ...environment },
      // Functions are made for nodejs24.x: what the SDK thinks of this machine's Node is not theirs to say.
      execArgv: ['--no-warnings'],
      resourceLimits: {
        maxYoungGenerationSizeMb: YOUNG_GENERATION_MEGABYTES,
        maxOldGenerationSizeMb: memoryMegabytes - YOUNG_GENERATION_MEGABYTES,
      },
      stdout: true,
      stderr: true,
    });
    forwardLines(worker.stdout, onLog);
    forwardLines(worker.stderr, onLog);
    return await new Promise<Worker>((resolve, reject) => {
      worker.on('message', (message: WorkerMessage) => {
        if ('ready' in message) {
          resolve(worker);
        } else if (message.ok) {
          this.settle(message.id, { ok: true, payload: JSON.parse(message.payload) });
        } else {
          onLog(message.stack ?? `${message.errorType}: ${message.errorMessage}`);
          this.settle(message.id, message);
        }
      });
      worker.on('error', (error) => {
        onLog(`the function ended: ${error.message}`);
        reject(new Error(`the function ${this.label} does not load: ${error.message}`));
      });
      worker.on('exit', () => {
        this.environment = undefined;
        for (const id of [...this.waiting.keys()]) {
          this.settle(id, { ok: false, errorType: 'Runtime.ExitError', errorMessage: 'the function ended' });
        }
      });
    });
  }

  private async call(event: unknown): Promise<InvocationResult> {
    if (this.stopped) {
      return { ok: false, errorType: 'Runtime.ExitError', errorMessage: 'the function was stopped' };
    }
    const worker = await this.loaded();
    const id = randomUUID();
    const { timeoutSeconds, onLog } = this.options;
    return await new Promise<InvocationResult>((resolve) => {
      const timer = setTimeout(() => {
        const errorMessage = `Task timed out after ${timeoutSeconds} seconds`;
        onLog(errorMessage);
        this.settle(id, { ok: false, errorType: 'Sandbox.Timedout', errorMessage });
        // Lambda throws the environment away, with whatever else it was doing.
        void worker.terminate();
      }, timeoutSeconds * 1000);
      this.waiting.set(id, (result) => {
        clearTimeout(timer);
        resolve(result);
      });
      worker.postMessage({ id, event, context: { awsRequestId: id, functionName: this.label } });
    });
  }

  private settle(id: string, result: InvocationResult): void {
    this.waiting.get(id)?.(result);
    this.waiting.delete(id);
  }
}

function forwardLines(stream: Readable, onLine: (line: string) => void): void {
  createInterface({ input: stream }).on('line', onLine);
}
