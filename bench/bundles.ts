import { join } from 'node:path';
import { build } from 'esbuild';
import { PROJECT_DIRECTORY } from '../emulator/template/assembly';
import { BUNDLING } from '../lib/constructs/bundling';
import { exact, type Figure } from './figures';
import type { Task } from './subjects';

/** Budgets of `test/lib/constructs/bundles.test.ts`, in KB, by the first word of a task. */
const AT_MOST: Readonly<Record<string, number>> = { redeem: 200, issue: 370, redirect: 25 };

/** Bytes of the bundles, and what each step saves of the authorizer's. */
export async function bundleFigures(tasks: readonly Task[]): Promise<readonly Figure[]> {
  const bundles = tasks
    .filter(({ versions }) => versions.some(({ column }) => column === 'floor'))
    .map(({ name, versions }) => ({
      section: 'Bundles',
      name: `${name}, KB`,
      cells: Object.fromEntries(versions.map(({ column, bytes }) => [column, exact(bytes / 1000, 1)])),
      atMost: AT_MOST[name.split(' ')[0] ?? ''] ?? Number.NaN,
    }));
  return [...bundles, ...(await stepFigures())];
}

async function stepFigures(): Promise<readonly Figure[]> {
  const aliases = [BUNDLING.esbuildArgs?.['--alias'] ?? []].flat().map((alias) => String(alias).split('='));
  const { mainFields = [] } = BUNDLING;
  const steps = [
    { name: 'minified, and nothing else', mainFields: [], aliases: [] },
    { name: 'from ES modules', mainFields, aliases: [] },
    ...aliases.map(([module], index) => ({
      name: `without ${module}`,
      mainFields,
      aliases: aliases.slice(0, index + 1),
    })),
  ];
  const figures: Figure[] = [];
  for (const step of steps) {
    const { outputFiles } = await build({
      entryPoints: [join(PROJECT_DIRECTORY, 'lambda', 'authorize-access.ts')],
      absWorkingDir: PROJECT_DIRECTORY,
      bundle: true,
      write: false,
      minify: true,
      platform: 'node',
      format: 'cjs',
      target: 'node24',
      alias: Object.fromEntries(step.aliases),
      ...(step.mainFields.length > 0 && { mainFields: step.mainFields }),
    });
    const kilobytes = (outputFiles[0]?.contents.length ?? Number.NaN) / 1000;
    figures.push({
      section: 'The authorizer, step by step',
      name: `${step.name}, KB`,
      cells: { ours: exact(kilobytes, 1) },
    });
  }
  return figures;
}
