import { findDeployment } from '../../cli/deployment';
import { CHECKS, type Finding, runChecks } from '../../cli/verify/verify';
import { type CliEmulator, runCliEmulator } from '../support/cli-emulator';
import { createTempDir } from '../support/cli-process';

const tempDir = createTempDir();
let emulator: CliEmulator;
let findings: readonly Finding[];

beforeAll(async () => {
  emulator = await runCliEmulator(tempDir, { options: { openedUrlLifetimeSeconds: 5 } });
  const signal = new AbortController().signal;
  const deployment = await findDeployment({ outputs: emulator.outputsFile }, { tell: () => {}, signal });
  findings = await runChecks(deployment, {
    flood: false,
    maxWaitSeconds: 10,
    signal,
    tell: () => {},
    logs: {
      linesWith: async (log, text) =>
        emulator.logs.flatMap((line) =>
          line.startsWith(`${log} `) && line.includes(text) ? [line.slice(log.length + 1)] : [],
        ),
    },
  });
});

afterAll(async () => {
  await emulator.close();
  tempDir.remove();
});

test.each(CHECKS.map(({ id }) => id))('%s', (id) => {
  console.log(findings.find(({ check }) => check.id === id));
});
