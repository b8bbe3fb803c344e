import { stat } from 'node:fs/promises';
import { type Candidate, type Measurement, measure } from './process';
import type { Functions, Scenario } from './scenarios';
import { median, rounded, type Table } from './table';

/** Compares the sizes of the bundles. */
export async function bundleTable({ redeem, issue, redirect }: Functions): Promise<Table> {
  const size = async (file: string): Promise<string> => rounded((await stat(file)).size / 1000, 1);
  return {
    title: 'Bundle, KB',
    columns: ['', 'baseline', 'ours', 'bound'],
    rows: [
      ['redeem', await size(redeem.baseline), await size(redeem.ours), '≤ 230'],
      ['issue', await size(issue.baseline), await size(issue.ours), ''],
      ['redirect', await size(redirect.baseline), await size(redirect.ours), '≤ 45'],
    ],
  };
}

/** Compares cold starts and warm calls. */
export async function timeTables(scenarios: readonly Scenario[], rounds: number): Promise<readonly Table[]> {
  const measurements = await measureInTurns(scenarios, rounds);
  const medianOf = (candidate: Candidate, value: (measurement: Measurement) => number): number =>
    median((measurements.get(candidate) ?? []).map(value));
  const cold = (candidate: Candidate): string => {
    const load = medianOf(candidate, (one) => one.loadMilliseconds);
    const call = medianOf(candidate, (one) => one.firstCallMilliseconds);
    const sum = medianOf(candidate, (one) => one.loadMilliseconds + one.firstCallMilliseconds);
    return `${rounded(sum, 1)} (${rounded(load, 1)} + ${rounded(call, 1)})`;
  };
  const cpu = (candidate: Candidate): number => medianOf(candidate, (one) => one.warmCpuMicroseconds);
  type BoundOf = (scenario: Scenario) => number | undefined;
  const table = (title: string, cellOf: (candidate: Candidate) => string, boundOf: BoundOf): Table => ({
    title,
    columns: ['', 'baseline', 'ours', 'AWS sample', 'bound'],
    rows: scenarios.map((scenario) => {
      const { name, baseline, ours, awsSample } = scenario;
      const cells = [baseline, ours, awsSample].map((candidate) => (candidate ? cellOf(candidate) : '–'));
      const bound = boundOf(scenario);
      return [name, ...cells, bound === undefined ? '' : `≤ ${rounded(bound)}`];
    }),
  });
  return [
    table('Cold start, ms (load + first call)', cold, (scenario) => scenario.maxColdMilliseconds),
    table(
      'Warm call, µs of CPU',
      (candidate) => rounded(cpu(candidate)),
      ({ awsSample, maxWarmRatio }) => awsSample && maxWarmRatio && maxWarmRatio * cpu(awsSample),
    ),
  ];
}

/** Runs every candidate once per round, so that load on the machine affects all of them. */
async function measureInTurns(scenarios: readonly Scenario[], rounds: number) {
  const candidates = scenarios.flatMap(({ baseline, ours, awsSample }) => [baseline, ours, awsSample]);
  const measurements = new Map<Candidate, Measurement[]>();
  for (let round = 0; round < rounds; round++) {
    for (const candidate of candidates.filter((one) => one !== undefined)) {
      measurements.set(candidate, [...(measurements.get(candidate) ?? []), await measure(candidate)]);
    }
  }
  return measurements;
}
