import { appendFileSync, cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Assembly, PROJECT_DIRECTORY } from '../../../emulator/template/assembly';
import { synthesiseIfChanged } from '../../../emulator/template/cached-assembly';
import { STACK_NAME } from '../../../lambda/contract';

const INPUTS = ['assets', 'bin', 'cdk.json', 'lambda', 'lib', 'package-lock.json', 'tsconfig.json'];

let directory: string;
let project: string;
let made: number;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'assembly-'));
  project = mkdtempSync(join(tmpdir(), 'project-'));
  for (const input of INPUTS) {
    cpSync(join(PROJECT_DIRECTORY, input), join(project, input), { recursive: true });
  }
  made = 0;
});

afterEach(() => {
  rmSync(directory, { recursive: true });
  rmSync(project, { recursive: true });
});

/** Stands for the synthesis, which takes seconds: what counts here is how often it is asked for. */
async function make(): Promise<Assembly> {
  made++;
  const template = { Resources: {} };
  writeFileSync(join(directory, `${STACK_NAME}.template.json`), JSON.stringify(template));
  writeFileSync(join(directory, 'manifest.json'), JSON.stringify({ artifacts: { [STACK_NAME]: { properties: {} } } }));
  return { stackName: STACK_NAME, template, directory };
}

test('the stack is synthesised once for the same inputs', async () => {
  const first = await synthesiseIfChanged(directory, make, project);

  expect(await synthesiseIfChanged(directory, make, project)).toEqual(first);
  expect(made).toBe(1);
});

test.each([
  'bin/app.ts',
  'cdk.json',
  'lambda/link/nonce.ts',
  'lib/constructs/link-table.ts',
  'package-lock.json',
  'assets/S3.svg',
])('the stack is synthesised again after %s has changed', async (file) => {
  await synthesiseIfChanged(directory, make, project);
  appendFileSync(join(project, file), ' ');
  await synthesiseIfChanged(directory, make, project);

  expect(made).toBe(2);
});

test('a synthesis that broke off is not taken for one that was finished', async () => {
  await synthesiseIfChanged(directory, make, project);
  appendFileSync(join(project, 'cdk.json'), ' ');
  const breakOff = (): Promise<Assembly> => Promise.reject(new Error('interrupted'));

  await expect(synthesiseIfChanged(directory, breakOff, project)).rejects.toThrow('interrupted');
  await synthesiseIfChanged(directory, make, project);
  expect(made).toBe(2);
});
