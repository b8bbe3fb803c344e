// @ts-check
// Loads a bundle and calls it, in a process of its own, and says on its error stream what that took. Plain JavaScript: a
// loader would change what is measured.
//
//   node run-function.js MODE [FILE EVENTS CALLS]
//
// MODE is how far to go: `bare` starts and ends; `load` loads the file; `init` lets the event loop turn, as Lambda does
// before the first event; `call` calls the function with the one event; `warm` calls it CALLS times more.

const { readFileSync, writeSync } = require('node:fs');

const [mode = 'bare', file = '', eventFile = '', calls = '0'] = process.argv.slice(2);
const RESULTS = 2;
const CALLS_TO_WARM_UP = process.env.SLOW_MOTION ? 100 : 300;

// Under an instrument that makes everything fifty times slower no time-out may end a try.
if (process.env.SLOW_MOTION) {
  const { setTimeout } = globalThis;
  // @ts-expect-error the overloads of setTimeout do not take a list
  globalThis.setTimeout = (callback, milliseconds, ...rest) => setTimeout(callback, milliseconds * 1000, ...rest);
}

/** @param {Record<string, number>} results */
function end(results) {
  writeSync(RESULTS, JSON.stringify(results));
  process.exit(0);
}

/** @param {NodeJS.CpuUsage} since */
function cpuMilliseconds(since) {
  const { user, system } = process.cpuUsage(since);
  return (user + system) / 1000;
}

async function main() {
  const event = eventFile === '' ? undefined : JSON.parse(readFileSync(eventFile, 'utf8'));
  const started = performance.now();
  const cpu = process.cpuUsage();
  if (mode === 'bare') {
    return end({ bare: started });
  }
  const { handler } = require(file);
  const load = performance.now() - started;
  const loadCpu = cpuMilliseconds(cpu);
  if (mode === 'load') {
    return end({ load, loadCpu });
  }
  await new Promise(setImmediate);
  await new Promise(setImmediate);
  const init = performance.now() - started;
  const initCpu = cpuMilliseconds(cpu);
  if (mode === 'init') {
    return end({ load, loadCpu, init, initCpu });
  }
  const called = performance.now();
  const callCpu = process.cpuUsage();
  await handler(event);
  const results = { load, loadCpu, init, initCpu, call: performance.now() - called, callCpu: cpuMilliseconds(callCpu) };
  if (mode === 'call') {
    return end(results);
  }
  for (let call = 0; call < CALLS_TO_WARM_UP; call++) {
    await handler(event);
  }
  const warmCpu = process.cpuUsage();
  for (let call = 0; call < Number(calls); call++) {
    await handler(event);
  }
  return end({ warmCpuMicroseconds: (cpuMilliseconds(warmCpu) * 1000) / Number(calls) });
}

main().catch((error) => {
  writeSync(RESULTS, error.stack);
  process.exit(1);
});
