import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { type Zippable, zipSync } from 'fflate';
import { PROJECT } from './bundling';

const OUTPUT = join(PROJECT, 'cdk.out');

/** Parameter with the name of the bucket that contains the code of the functions. */
const BUCKET_PARAMETER = 'AssetsBucket';
/** Parameter with the start of their keys. */
const PREFIX_PARAMETER = 'AssetsPrefix';

/** A file or folder that the stack needs, in the asset manifest of the CDK. */
interface Asset {
  readonly source: { readonly path: string; readonly packaging: 'file' | 'zip' };
  readonly destinations: Readonly<Record<string, { readonly bucketName: string; readonly objectKey: string }>>;
}

interface Artifact {
  readonly type: string;
  readonly properties: { readonly file: string; readonly templateFile: string };
}

/**
 * Writes the files from which the stack can be deployed without the CDK: `template.json`, which has parameters for the location
 * of the code, the code as zip files, and `main.tf`, which deploys them with Terraform. The same input gives the same bytes.
 *
 * @param assembly directory of a cloud assembly with one stack
 * @param directory is replaced
 */
export function writeReleaseAssets(assembly: string, directory: string): void {
  const artifacts: readonly Artifact[] = Object.values(readJson(join(assembly, 'manifest.json')).artifacts);
  const { templateFile } = artifactOf(artifacts, 'aws:cloudformation:stack');
  const { file: manifestFile } = artifactOf(artifacts, 'cdk:asset-manifest');
  const files: readonly Asset[] = Object.values(readJson(join(assembly, manifestFile)).files);
  const assets = files.filter(({ source }) => source.path !== templateFile);

  rmSync(directory, { recursive: true, force: true });
  // Code that is deployed from it must be the owner's.
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  for (const { source, destinations } of assets) {
    for (const { objectKey } of Object.values(destinations)) {
      writeAsset(join(assembly, source.path), source.packaging, join(directory, objectKey));
    }
  }
  const template = plainTemplate(readFileSync(join(assembly, templateFile), 'utf8'), assets);
  writeFileSync(join(directory, 'template.json'), `${JSON.stringify(template, null, 1)}\n`);
  copyFileSync(join(__dirname, 'release-assets.tf'), join(directory, 'main.tf'));
}

function artifactOf(artifacts: readonly Artifact[], type: string): Artifact['properties'] {
  const [artifact, ...others] = artifacts.filter((one) => one.type === type);
  if (artifact === undefined || others.length > 0) {
    throw new Error(`the assembly must have exactly one ${type}`);
  }
  return artifact.properties;
}

/** Replaces the location of the assets, and removes what only the CDK needs. */
function plainTemplate(template: string, assets: readonly Asset[]): unknown {
  const destinations = assets.flatMap((asset) => Object.values(asset.destinations));
  const buckets = new Set(destinations.map(({ bucketName }) => bucketName));
  const keys = new Set(destinations.map(({ objectKey }) => objectKey));
  const { Parameters, Rules, ...sections } = JSON.parse(template, (name, value) => {
    if (name === 'Metadata') {
      return undefined;
    }
    if (buckets.has(value?.['Fn::Sub'])) {
      return { Ref: BUCKET_PARAMETER };
    }
    return keys.has(value) ? { 'Fn::Sub': `\${${PREFIX_PARAMETER}}${value}` } : value;
  });
  const { BootstrapVersion, ...parameters } = Parameters;
  const { CheckBootstrapVersion, ...rules } = Rules;
  return {
    ...sections,
    Parameters: {
      ...parameters,
      [BUCKET_PARAMETER]: {
        Type: 'String',
        Description: 'Bucket with the code of the functions, in the Region of the stack',
      },
      [PREFIX_PARAMETER]: {
        Type: 'String',
        Default: '',
        Description: 'Start of the keys in this bucket, for example one-time-links/',
      },
    },
    ...(Object.keys(rules).length > 0 && { Rules: rules }),
  };
}

function writeAsset(source: string, packaging: Asset['source']['packaging'], target: string): void {
  if (packaging === 'file') {
    copyFileSync(source, target);
    return;
  }
  const entries = readdirSync(source, { recursive: true, withFileTypes: true });
  const paths = entries.filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name));
  const content: Zippable = Object.fromEntries(
    paths.sort().map((path) => [relative(source, path).split(sep).join('/'), readFileSync(path)]),
  );
  // Lambda needs files that everyone can read. The time is in the local time zone, as in a zip file.
  writeFileSync(target, zipSync(content, { mtime: new Date(1980, 0, 1), os: 3, attrs: 0o644 << 16 }));
}

function readJson(path: string) {
  return JSON.parse(readFileSync(path, 'utf8'));
}

/** Synthesizes the stack without what only the CDK needs. @param args of `cdk synth`, for example `-c OPTION=VALUE` */
function synthesize(directory: string, args: readonly string[]): void {
  const cdk = join(PROJECT, 'node_modules', 'aws-cdk', 'bin', 'cdk');
  const flags = ['--quiet', '--no-version-reporting', '--output', directory];
  const { status } = spawnSync(process.execPath, [cdk, 'synth', ...flags, ...args], { cwd: PROJECT, stdio: 'inherit' });
  if (status !== 0) {
    process.exit(1);
  }
}

if (require.main === module) {
  const assembly = join(OUTPUT, 'release-assembly');
  synthesize(assembly, process.argv.slice(2));
  writeReleaseAssets(assembly, join(OUTPUT, 'release'));
  process.stdout.write('Wrote cdk.out/release\n');
}
