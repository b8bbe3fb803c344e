import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { unzipSync } from 'fflate';
import { PROJECT } from '../../build/bundling';
import { writeReleaseAssets } from '../../build/release-assets';
import { linkTo, send } from '../support/http';
import { runEmulator } from '../support/running-emulator';

const RELEASE = join(PROJECT, 'cdk.out', 'release');

const temporary = mkdtempSync(join(tmpdir(), 'release-assets-'));
let template: string;

beforeAll(async () => {
  const args = [
    '--silent',
    'run',
    'release-assets',
    '--',
    '-c',
    'organizationName=Acme',
    '-c',
    'issuerRoleArns=["arn:aws:iam::111122223333:role/ci"]',
  ];
  await promisify(execFile)('npm', args, { cwd: PROJECT });
  template = read(RELEASE, 'template.json');
});

afterAll(() => rmSync(temporary, { recursive: true }));

test('the template needs no CDK: its only parameters say where the code is', () => {
  const { Parameters, Rules, Conditions, Resources } = JSON.parse(template);
  expect(Object.keys(Parameters)).toEqual(['AssetsBucket', 'AssetsPrefix']);
  // The rule of the stack itself, which protects issuerRoleArns.
  expect(Object.keys(Rules)).toEqual(['RolesOfThisAccount']);
  expect(Conditions).toBeUndefined();
  expect(Resources).not.toHaveProperty('CDKMetadata');
  expect(template).not.toMatch(/cdk-hnb659fds|cdk-bootstrap|aws:cdk:|aws:asset:/);
});

test('the template has the options of the command line', () => {
  expect(template).toContain('"ORGANIZATION_NAME": "Acme"');
});

test('the template is small enough for CloudFormation and Terraform', () => {
  // https://registry.terraform.io/providers/hashicorp/aws/latest/docs/resources/cloudformation_stack
  expect(Buffer.byteLength(template)).toBeLessThanOrEqual(460_800);
});

test('the folder contains the template, the code that it names, and the Terraform configuration', () => {
  const code = [...template.matchAll(/"\$\{AssetsPrefix\}([^"]+)"/g)].map(([, name]) => name);
  expect(readdirSync(RELEASE).sort()).toEqual([...new Set(code), 'main.tf', 'template.json'].sort());
});

test('the Terraform configuration sets every parameter of the template', () => {
  const [, parameters = ''] = /parameters = \{(.*?)\}/s.exec(read(RELEASE, 'main.tf')) ?? [];
  expect([...parameters.matchAll(/(\w+) +=/g)].map(([, name]) => name)).toEqual(
    Object.keys(JSON.parse(template).Parameters),
  );
});

test('the same assembly always gives the same bytes', () => {
  const again = join(temporary, 'again');
  writeReleaseAssets(join(PROJECT, 'cdk.out', 'release-assembly'), again);
  expect(readdirSync(again)).toEqual(readdirSync(RELEASE));
  const different = readdirSync(again).filter(
    (name) => !readFileSync(join(again, name)).equals(readFileSync(join(RELEASE, name))),
  );
  expect(different).toEqual([]);
});

test('the template and the zip files give a stack whose links work once', async () => {
  unzipAll(RELEASE, temporary);
  const emulator = await runEmulator({
    assembly: { stackName: 'Release', template: JSON.parse(template, withParameters), directory: temporary },
  });
  try {
    const link = await linkTo(emulator);
    expect((await send(link)).status).toBe(302);
    expect((await send(link)).status).toBe(403);
  } finally {
    await emulator.close();
  }
});

/** Replaces the parameters by their values, as CloudFormation does. */
function withParameters(_: string, value: { readonly Ref?: string; readonly 'Fn::Sub'?: string } | null): unknown {
  if (value?.Ref === 'AssetsBucket') {
    return 'assets';
  }
  const { 'Fn::Sub': text } = value ?? {};
  return text?.startsWith('$' + '{AssetsPrefix}') ? text.replace(/^\$\{\w+\}/, '') : value;
}

/** Unzips the code to where the emulator reads it. */
function unzipAll(from: string, to: string): void {
  for (const name of readdirSync(from).filter((file) => file.endsWith('.zip'))) {
    for (const [path, content] of Object.entries(unzipSync(readFileSync(join(from, name)), { filter: isOurs }))) {
      const file = join(to, `asset.${name.replace('.zip', '')}`, path);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, content);
    }
  }
}

/** Whether a file is not part of the AWS CLI, which the emulator does not need. */
function isOurs({ name }: { readonly name: string }): boolean {
  return !name.startsWith('awscli/');
}

function read(directory: string, name: string): string {
  return readFileSync(join(directory, name), 'utf8');
}
