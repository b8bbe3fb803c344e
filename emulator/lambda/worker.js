// @ts-check Runs one bundled function in a worker thread with its own environment variables. Plain JavaScript, because
// worker threads do not inherit the TypeScript loader in every supported version of Node.js.

const { existsSync, readFileSync } = require('node:fs');
const { Module } = require('node:module');
const { join } = require('node:path');
const { pathToFileURL } = require('node:url');
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
  if (workerData.logFormat === 'Text') {
    break;
  }
  console[method] = (...parts) => {
    const message = parts.length === 1 ? parts[0] : format(...parts);
    process.stdout.write(`${JSON.stringify({ timestamp: new Date().toISOString(), level, message })}\n`);
  };
}

const { directory, inlineCode } = workerData;
const hasPackageJson = existsSync(join(directory, 'package.json'));

/** Files of the function that are CommonJS, even if a `package.json` above the assembly says otherwise: Lambda has none. */
const isCommonJs = (/** @type {string} */ file) =>
  !hasPackageJson && file.startsWith(join(directory, '/')) && !file.includes('/node_modules/');

// `_extensions` and `_compile` are not in the type definitions, but transpilers and test runners rely on them.
const loader = /** @type {any} */ (Module);
const loadJs = loader._extensions['.js'];
loader._extensions['.js'] = (/** @type {any} */ module, /** @type {string} */ file) =>
  isCommonJs(file) ? module._compile(readFileSync(file, 'utf8'), file) : loadJs(module, file);

/**
 * Loads the module of the handler, with the file extensions that Lambda tries.
 *
 * @param {string} name for example `index`
 */
async function load(name) {
  const candidates = ['.js', '.mjs', '.cjs'].map((extension) => join(directory, `${name}${extension}`));
  if (inlineCode !== undefined) {
    const module = new loader(candidates[0], null);
    module.paths = loader._nodeModulePaths(directory);
    module._compile(inlineCode, candidates[0]);
    return module.exports;
  }
  const file = candidates.find((candidate) => existsSync(candidate));
  if (file === undefined) {
    throw new Error(`there is no file ${candidates[0]}`);
  }
  if (isCommonJs(file) && !file.endsWith('.mjs')) {
    return require(file);
  }
  const loaded = await import(pathToFileURL(file).href);
  return { ...loaded.default, ...loaded };
}

async function main() {
  const [, name, exportName] = /^(.*?)\.([^./]+)$/.exec(workerData.handler) ?? [];
  const exported = await load(name ?? '');
  /** @type {(event: unknown, context: unknown) => Promise<unknown>} */
  const handler = exported[exportName ?? ''];
  if (typeof handler !== 'function') {
    throw new Error(`the bundle does not export the function ${exportName}`);
  }

  port?.on('message', async ({ id, event, context, timeoutMilliseconds, marker }) => {
    if (marker !== undefined) {
      process.stdout.write(`${marker}\n`);
      return;
    }
    try {
      const deadline = performance.now() + timeoutMilliseconds;
      const getRemainingTimeInMillis = () => Math.round(deadline - performance.now());
      const payload = await handler(event, { ...context, getRemainingTimeInMillis });
      port.postMessage({ id, ok: true, payload: JSON.stringify(payload ?? null) });
    } catch (error) {
      const { name, message, stack } = error instanceof Error ? error : new Error(String(error));
      port.postMessage({ id, ok: false, errorType: name, errorMessage: message, stack });
    }
  });

  port?.postMessage({ ready: true });
}

void main();
