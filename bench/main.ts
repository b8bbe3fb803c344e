import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { cpus, tmpdir, totalmem, type } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { PROJECT_DIRECTORY } from '../emulator/template/assembly';
import { bundleFigures } from './bundles';
import { type Effort, REDEEM_AT_MOST, timingFigures } from './cold-and-warm';
import { writeDocument } from './document';
import type { Figure } from './figures';
import { hasCallgrind, instructionFigures } from './instructions';
import { liveLinkFigures } from './live-links';
import { operationFigures } from './operations';
import { jsonOf, type Report, tableOf } from './report';
import { startFigures } from './starts';
import { openStub } from './stub';
import { prepareTasks, STUB_ITEM } from './subjects';
import { type LoadEffort, throughputFigures } from './throughput';

const USAGE = `Measures the functions and the local emulator.

  npm run bench -- [--json] [--write] [--quick] [--node PATH]

  --json       prints the figures for a program
  --write      writes docs/performance.md and its chart as well
  --quick      measures less often, and no instructions: to see that it works
  --node PATH  the Node that is Lambda's, version 24
               (default: the one of the npm package node, if it is there: npm i --no-save node@24)
  --help       prints this

Where there is valgrind it counts instructions, too; where there is Python with boto3, it measures the pattern's calls.
`;

/** Runtime of the functions. */
const LAMBDA_MAJOR = 24;

interface Efforts {
  readonly timing: Effort;
  readonly load: LoadEffort;
  readonly liveLinks: readonly number[];
  readonly starts: number;
  readonly countsInstructions: boolean;
}

const WHOLE: Efforts = {
  timing: { starts: 21, warmRuns: 5, callsPerWarmRun: 2000 },
  load: { rounds: 3, requestsPerRound: 1000 },
  liveLinks: [1_000, 300_000],
  starts: 9,
  countsInstructions: true,
};
const QUICK: Efforts = {
  timing: { starts: 3, warmRuns: 1, callsPerWarmRun: 300 },
  load: { rounds: 1, requestsPerRound: 200 },
  liveLinks: [100, 3_000],
  starts: 2,
  countsInstructions: false,
};

interface MeasuredNode {
  readonly path: string;
  /** Version, without the letter. */
  readonly name: string;
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      json: { type: 'boolean' },
      write: { type: 'boolean' },
      quick: { type: 'boolean' },
      node: { type: 'string' },
      help: { type: 'boolean' },
    },
  });
  if (values.help) {
    process.stdout.write(USAGE);
    return;
  }
  const lambdaNode = nodeOfLambda(values.node);
  const report = await measure(lambdaNode, values.quick ? QUICK : WHOLE);
  process.stdout.write(`${values.json ? jsonOf(report) : tableOf(report)}\n`);
  if (values.write) {
    await writeDocument(report, lambdaNode.name);
  }
}

async function measure(lambdaNode: MeasuredNode, efforts: Efforts): Promise<Report> {
  const localNode = nodeOfThisMachine();
  const nodes = localNode.name === lambdaNode.name ? [lambdaNode] : [lambdaNode, localNode];
  const tasks = await prepareTasks();
  const directory = await mkdtemp(join(tmpdir(), 'one-time-s3-links-bench-'));
  const figures: Figure[] = [...(await bundleFigures(tasks))];
  try {
    const stub = await openStub(directory, STUB_ITEM);
    try {
      for (const node of nodes) {
        tell(`cold and warm, Node ${node.name} …`);
        const redeemAtMost = node === lambdaNode ? REDEEM_AT_MOST : {};
        figures.push(...(await timingFigures(tasks, node, stub.environment, efforts.timing, redeemAtMost)));
      }
      if (efforts.countsInstructions && hasCallgrind()) {
        tell('instructions …');
        figures.push(...(await instructionFigures(tasks, lambdaNode, stub.environment)));
      }
    } finally {
      await stub.close();
    }
    tell('operations …');
    figures.push(...(await operationFigures()));
    tell('the emulator …');
    figures.push(
      ...(await throughputFigures(efforts.load)),
      ...(await liveLinkFigures(efforts.liveLinks)),
      ...(await startFigures(efforts.starts)),
    );
  } finally {
    await rm(directory, { recursive: true });
  }
  return { date: new Date().toISOString().slice(0, 10), machine: machine(nodes), figures };
}

/** The one that npm itself runs in: a script of npm runs in that of the package `node`, where it is installed. */
function nodeOfThisMachine(): MeasuredNode {
  return measuredNode(process.env['npm_node_execpath'] ?? process.execPath);
}

/** @throws Error that says how to come by one. */
function nodeOfLambda(given: string | undefined): MeasuredNode {
  const fromPackage = join(PROJECT_DIRECTORY, 'node_modules', 'node', 'bin', 'node');
  const candidates = given === undefined ? [fromPackage, process.execPath] : [given];
  const found = candidates
    .filter(existsSync)
    .map(measuredNode)
    .find(({ name }) => name.startsWith(`${LAMBDA_MAJOR}.`));
  if (found !== undefined) {
    return found;
  }
  throw new Error(`there is no Node ${LAMBDA_MAJOR} here, which Lambda runs: npm i --no-save node@${LAMBDA_MAJOR}`);
}

function measuredNode(path: string): MeasuredNode {
  return { path, name: spawnSync(path, ['--version'], { encoding: 'utf8' }).stdout.trim().slice(1) };
}

function machine(nodes: readonly MeasuredNode[]): string {
  const [{ model } = { model: 'unknown processor' }, ...others] = cpus();
  const gigabytes = Math.round(totalmem() / 2 ** 30);
  const versions = nodes.map(({ name }) => name).join(' and ');
  return `${others.length + 1} × ${model.trim()}, ${gigabytes} GB, ${type()}, Node ${versions}`;
}

function tell(what: string): void {
  process.stderr.write(`${what}\n`);
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : error}\n`);
  process.exit(1);
});
