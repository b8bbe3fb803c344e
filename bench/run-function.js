// @ts-check Loads a function, calls it, and prints the times on stderr. Reads `{file, event}` as JSON from stdin. Plain
// JavaScript, because a loader would distort the measurement.

const { readFileSync, writeSync } = require('node:fs');

const WARM_UP_CALLS = 300;
const WARM_CALLS = 2000;

async function main() {
  const { file, event } = JSON.parse(readFileSync(0, 'utf8'));
  const started = performance.now();
  const { handler } = require(file);
  // As in Lambda, the event loop runs before the first event, so the warm-up runs now.
  await new Promise(setImmediate);
  await new Promise(setImmediate);
  const loaded = performance.now();
  let response = await handler(event);
  const called = performance.now();
  for (let call = 0; call < WARM_UP_CALLS; call++) {
    await handler(event);
  }
  const before = process.cpuUsage();
  for (let call = 0; call < WARM_CALLS; call++) {
    response = await handler(event);
  }
  const { user, system } = process.cpuUsage(before);
  const measurement = {
    loadMilliseconds: loaded - started,
    firstCallMilliseconds: called - loaded,
    warmCpuMicroseconds: (user + system) / WARM_CALLS,
    response,
  };
  writeSync(2, JSON.stringify(measurement));
  process.exit(0);
}

main().catch((error) => {
  writeSync(2, error.stack);
  process.exit(1);
});
