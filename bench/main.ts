import { spawnSync } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type Assembly, PROJECT_DIRECTORY } from '../emulator/template/assembly';
import { synthesizeIfChanged } from '../emulator/template/cached-assembly';
import type { MutableResources } from '../test/support/assembly';
import { unthrottled } from '../test/support/unthrottled';
import { bundleTable, timeTables } from './compare';
import { emulatorTables } from './emulator';
import { prepareFunctions, prepareScenarios } from './scenarios';
import { startStub } from './stub';
import { markdown, type Table, withResults } from './table';

const DOCUMENT = join(PROJECT_DIRECTORY, 'docs', 'performance.md');

/** Prints the tables. `--write` also updates docs/performance.md. `--quick` only checks that the benchmark works. */
async function main(): Promise<void> {
  const { values } = parseArgs({ options: { write: { type: 'boolean' }, quick: { type: 'boolean' } } });
  const hasSample = spawnSync('python3', ['-c', 'import boto3']).status === 0;
  const assembly = await synthesizeIfChanged(join('cdk.out', 'bench'));
  // The emulator enforces the throttles of the stage, which would limit its throughput.
  unthrottled(assembly.template.Resources as MutableResources);
  const tables = [
    ...(await functionTables(assembly, values.quick ? 1 : 11, hasSample)),
    ...(await emulatorTables(assembly)),
  ];
  const results = [heading(hasSample), ...tables.map(markdown)].join('\n\n');
  process.stdout.write(`${results}\n`);
  if (values.write) {
    await writeFile(DOCUMENT, withResults(await readFile(DOCUMENT, 'utf8'), results));
  }
}

async function functionTables(assembly: Assembly, rounds: number, hasSample: boolean): Promise<readonly Table[]> {
  const directory = await mkdtemp(join(tmpdir(), 'one-time-s3-links-bench-'));
  const stub = await startStub();
  try {
    const functions = await prepareFunctions(assembly, directory, stub);
    const scenarios = await prepareScenarios(functions, stub, hasSample);
    return [await bundleTable(functions), ...(await timeTables(scenarios, rounds))];
  } finally {
    stub.close();
    await rm(directory, { recursive: true });
  }
}

function heading(hasSample: boolean): string {
  const [{ model } = { model: 'unknown CPU' }] = cpus();
  const sample = hasSample ? '' : ' AWS sample: not measured, since Python with boto3 is not installed.';
  const date = new Date().toISOString().slice(0, 10);
  return `Measured on ${date} with Node ${process.versions.node} on ${cpus().length} × ${model.trim()}.${sample}`;
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.stack : error}\n`);
  process.exitCode = 1;
});
