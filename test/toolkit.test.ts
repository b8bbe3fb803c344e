import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { STACK_NAME } from '../lambda/contract';
import { TEST_ASSEMBLY_DIRECTORY } from './support/assembly';

const run = promisify(execFile);

interface Manifest {
  readonly version: string;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
}

const PROJECT = join(__dirname, '..');
const CDK = join(PROJECT, 'node_modules', 'aws-cdk', 'bin', 'cdk');
const SYNTH_TIMEOUT_MS = 120_000;

const temporary = mkdtempSync(join(tmpdir(), 'toolkit-'));
afterAll(() => rmSync(temporary, { recursive: true, force: true }));

describe('the toolkit', () => {
  test(
    'synthesizes byte for byte the template that the local emulator serves',
    async () => {
      const output = join(temporary, 'out');
      await cdk(['synth', '--quiet', '--no-notices', '--output', output], PROJECT);
      const templateFile = `${STACK_NAME}.template.json`;
      const ofToolkit = readFileSync(join(output, templateFile), 'utf8');
      expect(ofToolkit).toBe(readFileSync(join(TEST_ASSEMBLY_DIRECTORY, templateFile), 'utf8'));
      expect(JSON.parse(ofToolkit)).toHaveProperty('Resources.CDKMetadata');
    },
    SYNTH_TIMEOUT_MS,
  );

  test('gives only the owner access to its output, because the code in it is deployed', () => {
    expect(statSync(TEST_ASSEMBLY_DIRECTORY).mode & 0o777).toBe(0o700);
  });

  test('is installed in a release that can read the output of this aws-cdk-lib', () => {
    expect(packageJson('.').devDependencies['aws-cdk']).toBe('2.1148.1');
    expect(packageJson('node_modules/aws-cdk').version).toBe('2.1148.1');
  });

  test('gives a new app the feature flags that this app has', async () => {
    const fresh = join(temporary, 'fresh-app');
    mkdirSync(fresh);
    await cdk(['init', 'app', '--language', 'typescript', '--generate-only', '--no-notices'], fresh);
    expect(json(join(PROJECT, 'cdk.json'))).toHaveProperty('context', contextOf(join(fresh, 'cdk.json')));
  });
});

describe('the packages', () => {
  test('are pinned to exact versions, and installed at them', () => {
    const { dependencies, devDependencies } = packageJson('.');
    const pinned = Object.entries({ ...dependencies, ...devDependencies });
    expect(pinned.length).toBeGreaterThan(0);
    expect(pinned.filter(([, version]) => !/^\d+\.\d+\.\d+$/.test(version))).toEqual([]);
    expect(pinned.map(([name]) => [name, packageJson(`node_modules/${name}`).version])).toEqual(pinned);
  });

  test('come from the registry that the user has configured, because the lock file names no host', () => {
    const { packages } = json(join(PROJECT, 'package-lock.json')) as { readonly packages: Record<string, object> };
    expect(Object.keys(packages).length).toBeGreaterThan(100);
    expect(Object.keys(packages).filter((name) => 'resolved' in (packages[name] ?? {}))).toEqual([]);
  });
});

test('no file names a directory of a machine', async () => {
  const { stdout } = await run('git', ['ls-files', '--cached', '--others', '--exclude-standard', '-z'], {
    cwd: PROJECT,
  });
  const files = stdout.split('\0').filter((file) => file !== '' && existsSync(join(PROJECT, file)));
  expect(files).toContain('package.json');
  const machinePath = /[\s"'`(=:]\/(?:Users|home|root|work|workspace|mnt)\/|[A-Z]:\\Users\\/;
  const offenders = files.filter((file) => {
    const text = readFileSync(join(PROJECT, file), 'latin1');
    return machinePath.test(text) || text.includes(PROJECT);
  });
  expect(offenders).toEqual([]);
});

/** Runs the CDK as on a new machine, without credentials, configuration or look-ups. */
async function cdk(args: readonly string[], cwd: string): Promise<void> {
  const home = join(temporary, 'home');
  mkdirSync(home, { recursive: true });
  await run(process.execPath, [CDK, ...args], {
    cwd,
    env: {
      PATH: process.env['PATH'],
      HOME: home,
      CDK_DISABLE_CLI_TELEMETRY: 'true',
      AWS_EC2_METADATA_DISABLED: 'true',
    },
  });
}

function contextOf(file: string): unknown {
  return (json(file) as { readonly context: unknown }).context;
}

function packageJson(directory: string): Manifest {
  return json(join(PROJECT, directory, 'package.json')) as Manifest;
}

function json(file: string): unknown {
  return JSON.parse(readFileSync(file, 'utf8'));
}
