import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import type { ConcurrencyLimit } from './concurrency';
import type { FunctionModel } from './function-model';

/** Options of {@link LocalFunction}. */
export interface LocalFunctionOptions {
  readonly model: Pick<
    FunctionModel,
    | 'label'
    | 'name'
    | 'arn'
    | 'handler'
    | 'inlineCode'
    | 'timeoutSeconds'
    | 'memoryMegabytes'
    | 'logGroupName'
    | 'logFormat'
  >;
  /** Directory of the bundled asset. */
  readonly directory: string;
  /**
   * Returns the complete environment. The function does not inherit the emulator's environment. Called when the function is
   * loaded, because it can contain the address of the API, which starts last.
   */
  readonly environment: () => Readonly<Record<string, string>>;
  /** The function's own, or shared with other functions. */
  readonly concurrency: ConcurrencyLimit;
  /** Clock of the function, as in `EmulatorClock`. @default - the machine's clock */
  readonly clockMemory?: SharedArrayBuffer;
  /** Called at each invocation that is not throttled. */
  readonly onInvoke?: (invokedBy: string) => void;
  /** Receives every line that the function writes. */
  readonly onLog: (line: string) => void;
}

/** Result of an invocation. */
export type InvocationResult = (
  | { readonly ok: true; readonly payload: unknown }
  /** The function was throttled, threw, timed out or ended. */
  | { readonly ok: false; readonly errorType: string; readonly errorMessage: string }
) & {
  /** Lambda's request ID; `undefined` if the function was not called. */
  readonly requestId?: string;
};

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

/** Memory of the young generation, in MB. The old generation gets the rest of the function's memory. */
const YOUNG_GENERATION_MEGABYTES = 16;

/** Prefix of a line that is not part of the function's log. */
const FLUSH_MARKER = '\u0000flush ';

/** How long a function that is stopped waits for its running invocations. */
const STOP_MILLISECONDS = 1_000;

const WORKER_FILE = join(__dirname, 'worker.js');

/** Lambda's error for an invocation above the concurrency limit. */
export const THROTTLED = 'TooManyRequestsException';

/**
 * Maximum number of concurrent invocations per thread; further ones wait. On AWS, each invocation has its own execution
 * environment. With a higher limit, invocations would slow each other down until they time out; with a limit of one,
 * there would be no races.
 */
const MAX_CONCURRENCY = 16;

/** A bundled Lambda function in a worker thread. Unlike on AWS, concurrent invocations share module state. */
export class LocalFunction {
  private readonly options: LocalFunctionOptions;
  private readonly waiting = new Map<string, (result: InvocationResult) => void>();
  private readonly queue: (() => void)[] = [];
  private running = 0;
  private environment: Promise<Worker> | undefined;
  private stopped = false;
  private onIdle: (() => void) | undefined;

  constructor(options: LocalFunctionOptions) {
    this.options = options;
  }

  /** Loads the bundle if necessary. @throws Error if it does not load, for example because a variable is missing */
  async start(): Promise<void> {
    await this.loaded();
  }

  /**
   * Invokes the function. Failures are returned as results, as in Lambda.
   *
   * @param invokedBy ARN of a principal, or the name of a service
   */
  async invoke(event: unknown, invokedBy: string): Promise<InvocationResult> {
    const { concurrency, onInvoke } = this.options;
    if (!concurrency.start()) {
      return { ok: false, errorType: THROTTLED, errorMessage: 'Rate Exceeded.' };
    }
    try {
      onInvoke?.(invokedBy);
      return await this.runInTurn(event);
    } finally {
      concurrency.end();
    }
  }

  /** Ends the thread. Running invocations have a moment to end; then they fail, like those that wait. */
  async stop(): Promise<void> {
    this.stopped = true;
    // A thread that failed to load has already ended, and `start` has thrown.
    const worker = await this.environment?.catch(() => undefined);
    // Node.js 20 aborts the process if a thread is terminated while it creates a zlib stream, as `gunzipSync` does.
    await Promise.race([this.idle(), delay(STOP_MILLISECONDS, undefined, { ref: false })]);
    await worker?.terminate();
  }

  /**
   * Waits for the lines that finished invocations wrote to stdout. They arrive separately from the results.
   *
   * A marker follows them through the same stream.
   */
  async flushLog(): Promise<void> {
    const worker = await this.environment?.catch(() => undefined);
    if (worker === undefined || this.stopped) {
      return;
    }
    const marker = `${FLUSH_MARKER}${randomUUID()}`;
    await new Promise<void>((resolve) => {
      this.waiting.set(marker, () => resolve());
      worker.postMessage({ marker });
    });
  }

  /** Adds a line to the function's log. */
  report(line: string): void {
    this.options.onLog(line);
  }

  private async runInTurn(event: unknown): Promise<InvocationResult> {
    if (this.running === MAX_CONCURRENCY) {
      await new Promise<void>((resolve) => this.queue.push(resolve));
    } else {
      this.running++;
    }
    try {
      return await this.call(event);
    } finally {
      const next = this.queue.shift();
      if (next === undefined) {
        this.running--;
      } else {
        next();
      }
    }
  }

  private loaded(): Promise<Worker> {
    this.environment ??= this.load();
    return this.environment;
  }

  private async load(): Promise<Worker> {
    const { model, directory, environment, clockMemory, onLog } = this.options;
    const { label, handler, inlineCode, memoryMegabytes } = model;
    const worker = new Worker(WORKER_FILE, {
      workerData: { directory, handler, inlineCode, logFormat: model.logFormat, clockMemory },
      env: { ...environment() },
      // Hides the SDK's warning about the local Node.js version. The functions are built for nodejs24.x.
      execArgv: ['--no-warnings'],
      resourceLimits: {
        maxYoungGenerationSizeMb: YOUNG_GENERATION_MEGABYTES,
        maxOldGenerationSizeMb: memoryMegabytes - YOUNG_GENERATION_MEGABYTES,
      },
      stdout: true,
      stderr: true,
    });
    forwardLines(worker.stdout, (line) => this.onOutput(line));
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
        onLog(`The function ended: ${error.message}`);
        reject(new Error(`The function ${label} does not load: ${error.message}`));
      });
      worker.on('exit', () => {
        this.environment = undefined;
        for (const id of [...this.waiting.keys()]) {
          this.settle(id, { ok: false, errorType: 'Runtime.ExitError', errorMessage: 'The function ended' });
        }
      });
    });
  }

  private async call(event: unknown): Promise<InvocationResult> {
    if (this.stopped) {
      return { ok: false, errorType: 'Runtime.ExitError', errorMessage: 'The function was stopped' };
    }
    const worker = await this.loaded().catch((error: Error) => error);
    if (worker instanceof Error) {
      return { ok: false, errorType: 'Runtime.ImportModuleError', errorMessage: worker.message };
    }
    const id = randomUUID();
    const { model, onLog } = this.options;
    const { timeoutSeconds } = model;
    return await new Promise<InvocationResult>((resolve) => {
      const timer = setTimeout(() => {
        const errorMessage = `Task timed out after ${timeoutSeconds} seconds`;
        onLog(errorMessage);
        this.settle(id, { ok: false, errorType: 'Sandbox.Timedout', errorMessage });
        // Lambda discards the execution environment after a timeout.
        void worker.terminate();
      }, timeoutSeconds * 1000);
      this.waiting.set(id, (result) => {
        clearTimeout(timer);
        resolve({ ...result, requestId: id });
      });
      const context = {
        awsRequestId: id,
        functionName: model.name,
        functionVersion: '$LATEST',
        invokedFunctionArn: model.arn,
        memoryLimitInMB: String(model.memoryMegabytes),
        logGroupName: model.logGroupName,
      };
      worker.postMessage({ id, event, context, timeoutMilliseconds: timeoutSeconds * 1000 });
    });
  }

  private onOutput(line: string): void {
    const markerAt = line.lastIndexOf(FLUSH_MARKER);
    const marker = markerAt < 0 ? '' : line.slice(markerAt);
    const isFlushed = this.waiting.has(marker);
    const written = isFlushed ? line.slice(0, markerAt) : line;
    // Text before the marker means that the function's last line is incomplete.
    if (written !== '' || !isFlushed) {
      this.options.onLog(written);
    }
    this.settle(marker, { ok: true, payload: null });
  }

  private settle(id: string, result: InvocationResult): void {
    this.waiting.get(id)?.(result);
    this.waiting.delete(id);
    if (this.waiting.size === 0) {
      this.onIdle?.();
    }
  }

  /** Resolves when no invocation is running. */
  private async idle(): Promise<void> {
    if (this.waiting.size > 0) {
      await new Promise<void>((resolve) => {
        this.onIdle = resolve;
      });
    }
  }
}

function forwardLines(stream: Readable, onLine: (line: string) => void): void {
  createInterface({ input: stream }).on('line', onLine);
}
