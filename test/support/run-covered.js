// @ts-check
// Runs a bundle in a process of its own, and says what of it ran. Plain JavaScript: a loader would change what is measured.

const { Session } = require('node:inspector/promises');

process.once('message', async (/** @type {{ file: string, events: readonly unknown[] }} */ { file, events }) => {
  const session = new Session();
  session.connect();
  await session.post('Profiler.enable');
  await session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true });
  const { handler } = require(file);
  const answers = [];
  for (const event of events) {
    answers.push(await handler(event));
  }
  const { result } = await session.post('Profiler.takePreciseCoverage');
  const functions = result.find(({ url }) => url.endsWith(file))?.functions;
  process.send?.({ answers, functions }, () => process.exit(0));
});
