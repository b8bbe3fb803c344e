// @ts-check
// Runs one bundled function in a thread of its own, so that it has an environment of its own. Plain JavaScript: a worker
// thread does not inherit the TypeScript loader of its parent on every supported Node.

const { format } = require('node:util');
const { parentPort, workerData } = require('node:worker_threads');

const port = parentPort;
if (port === null) {
  throw new Error('this file runs in a worker thread');
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

// As Lambda's runtime has it with the log format JSON: what goes through the console comes out wrapped. A metric filter that
// is meant for it would not match.
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
  throw new Error(`it has no export ${workerData.exportName}`);
}

port.on('message', async ({ id, event, context }) => {
  try {
    const payload = await handler(event, context);
    port.postMessage({ id, ok: true, payload: JSON.stringify(payload ?? null) });
  } catch (error) {
    const { name, message, stack } = error instanceof Error ? error : new Error(String(error));
    port.postMessage({ id, ok: false, errorType: name, errorMessage: message, stack });
  }
});

port.postMessage({ ready: true });
