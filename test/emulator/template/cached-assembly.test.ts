import { appendFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Assembly } from '../../../emulator/template/assembly';
import { synthesizeIfChanged } from '../../../emulator/template/cached-assembly';
import { STACK_NAME } from '../../../lambda/contract';

const FILES = [
  'assets/S3.png',
  'bin/app.ts',
  'bin/emulator.ts',
  'build/bundling.ts',
  'cdk.json',
  'cli/share.ts',
  'emulator/emulator.ts',
  'lambda/link/nonce.ts',
  'lib/constructs/link-table.ts',
  'package-lock.json',
  'tsconfig.json',
];

let directory: string;
let project: string;
let synthesized: number;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'assembly-'));
  project = mkdtempSync(join(tmpdir(), 'project-'));
  for (const file of FILES) {
    mkdirSync(join(project, dirname(file)), { recursive: true });
    writeFileSync(join(project, file), '');
  }
  synthesized = 0;
});

afterEach(() => {
  rmSync(directory, { recursive: true });
  rmSync(project, { recursive: true });
});

async function synthesize(): Promise<Assembly> {
  synthesized++;
  const template = { Resources: {} };
  writeFileSync(join(directory, `${STACK_NAME}.template.json`), JSON.stringify(template));
  writeFileSync(join(directory, 'manifest.json'), JSON.stringify({ artifacts: { [STACK_NAME]: { properties: {} } } }));
  return { stackName: STACK_NAME, template, directory };
}

test.each([
  ['assets/S3.png', 2],
  ['bin/app.ts', 2],
  ['build/bundling.ts', 2],
  ['cdk.json', 2],
  ['lambda/link/nonce.ts', 2],
  ['lib/constructs/link-table.ts', 2],
  ['package-lock.json', 2],
  ['tsconfig.json', 2],
  ['bin/emulator.ts', 1],
  ['cli/share.ts', 1],
  ['emulator/emulator.ts', 1],
])('before and after a change to %s, the stack is synthesized %d times in total', async (file, times) => {
  const first = await synthesizeIfChanged(directory, {}, synthesize, project);
  appendFileSync(join(project, file), ' ');

  expect(await synthesizeIfChanged(directory, {}, synthesize, project)).toEqual(first);
  expect(synthesized).toBe(times);
});

test('the stack is synthesized again with other options', async () => {
  await synthesizeIfChanged(directory, { eventBusName: 'default' }, synthesize, project);
  await synthesizeIfChanged(directory, { eventBusName: 'default' }, synthesize, project);
  expect(synthesized).toBe(1);

  await synthesizeIfChanged(directory, {}, synthesize, project);
  expect(synthesized).toBe(2);
});

test('an interrupted synthesis is not reused', async () => {
  await synthesizeIfChanged(directory, {}, synthesize, project);
  appendFileSync(join(project, 'cdk.json'), ' ');
  const interrupted = (): Promise<Assembly> => Promise.reject(new Error('interrupted'));

  await expect(synthesizeIfChanged(directory, {}, interrupted, project)).rejects.toThrow('interrupted');
  await synthesizeIfChanged(directory, {}, synthesize, project);
  expect(synthesized).toBe(2);
});
