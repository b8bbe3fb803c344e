// @ts-check Runs one bundled function in a worker thread with its own environment variables. Plain JavaScript, because
// worker threads do not inherit the TypeScript loader in every supported version of Node.js.

const { format } = require('node:util');
const { parentPort, workerData } = require('node:worker_threads');

const port = parentPort;
if (port === null) {
  throw new Error('worker.js must run in a worker thread');
}

if (workerData.clockMemory !== undefined) {
  const time = new BigInt64Array(workerData.clockMemory);
  const now = () => Number(Atomics.load(time, 0));
  globalThis.Date = class extends Date {
    /** @param {any[]} parts */
    constructor(...parts) {
      // @ts-expect-error the overloads of Date do not take a list
      super(...(parts.length === 0 ? [now()] : parts));
    }

    static now() {
      return now();
    }
  };
}

// Wraps console output as Lambda does with the JSON log format, so that metric filters match as they do on AWS.
for (const [method, level] of /** @type {const} */ ([
  ['trace', 'TRACE'],
  ['debug', 'DEBUG'],
  ['log', 'INFO'],
  ['info', 'INFO'],
  ['warn', 'WARN'],
  ['error', 'ERROR'],
])) {
  console[method] = (...parts) => {
    const message = parts.length === 1 ? parts[0] : format(...parts);
    process.stdout.write(`${JSON.stringify({ timestamp: new Date().toISOString(), level, message })}\n`);
  };
}

/** @type {(event: unknown, context: unknown) => Promise<unknown>} */
const handler = require(workerData.file)[workerData.exportName];
if (typeof handler !== 'function') {
  throw new Error(`the bundle does not export the function ${workerData.exportName}`);
}

port.on('message', async ({ id, event, context, marker }) => {
  if (marker !== undefined) {
    process.stdout.write(`${marker}\n`);
    return;
  }
  try {
    const payload = await handler(event, context);
    port.postMessage({ id, ok: true, payload: JSON.stringify(payload ?? null) });
  } catch (error) {
    const { name, message, stack } = error instanceof Error ? error : new Error(String(error));
    port.postMessage({ id, ok: false, errorType: name, errorMessage: message, stack });
  }
});

port.postMessage({ ready: true });
