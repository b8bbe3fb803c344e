import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { LINK_ATTRIBUTE } from '../../lambda/contract';
import type { Assembly } from './assembly';
import { isRecord } from './fields';
import { LOCAL_ACCOUNT, LOCAL_REGION } from './identity';
import { type CloudFormationTemplate, pathOf, type StackTemplate } from './template';

/** A stack in a cloud assembly. */
interface FoundStack extends StackTemplate {
  /** ID in its manifest. */
  readonly id: string;
  /** IDs of the artifacts that are deployed before it. */
  readonly dependencies: readonly string[];
  /** Directory of the manifest: the assembly, or the part of it for a stage. */
  readonly directory: string;
  readonly account: string;
  readonly region: string;
}

/** Path of a link table, which starts with that of the construct. */
const LINK_TABLE = /^(.+)\/LinkTable\//;

/**
 * Finds the construct in the cloud assembly of any app, also in stages, but not in nested stacks.
 *
 * @param path path of the construct, for example `WebStack/Links`; required if there are several
 * @throws Error unless there is exactly one construct, or one with this path
 */
export async function findConstruct(directory: string, path?: string): Promise<Assembly> {
  const stacks = await stacksIn(resolve(directory));
  const found = stacks.flatMap((stack) => constructsIn(stack).map((served) => ({ stack, served })));
  const paths = found.map(({ served }) => served);
  const candidates = path === undefined ? found : found.filter(({ served }) => served === path);
  const [only, ...more] = candidates;
  if (only === undefined || more.length > 0) {
    throw new Error(problemOf(directory, paths, path));
  }
  const { stack, served } = only;
  const related = relatedTo(stack, stacks);
  const [main, ...otherStacks] = [stack, ...related].map((one) => relocate(one, [stack, ...related]));
  const { stackName, template } = main ?? stack;
  const app = { constructs: { served, others: paths.filter((one) => one !== served) }, otherStacks };
  return { stackName, template, directory: resolve(directory), app };
}

function problemOf(directory: string, paths: readonly string[], path: string | undefined): string {
  if (paths.length === 0) {
    return (
      `${directory} contains no stack with the construct OneTimeLinks. The emulator does not search nested stacks, and ` +
      'needs the paths that `cdk synth` adds to the template by default.'
    );
  }
  const choice = `Choose one of its constructs:\n${paths.map((one) => `  --construct ${one}`).join('\n')}`;
  return path === undefined
    ? `${directory} contains ${paths.length} constructs OneTimeLinks. ${choice}`
    : `${directory} contains no construct OneTimeLinks with the path ${path}. ${choice}`;
}

/** The paths of the constructs in a stack. Each has a link table. */
function constructsIn({ template }: FoundStack): readonly string[] {
  return Object.values(template.Resources).flatMap((resource) => {
    const [, construct] = LINK_TABLE.exec(pathOf(resource) ?? '') ?? [];
    const properties = isRecord(resource) && isRecord(resource['Properties']) ? resource['Properties'] : {};
    const [key] = Array.isArray(properties['KeySchema']) ? properties['KeySchema'] : [];
    const isLinkTable = isRecord(key) && key['AttributeName'] === LINK_ATTRIBUTE.linkId;
    return isLinkTable && construct !== undefined ? [construct] : [];
  });
}

/** All stacks of an assembly and its stages. */
async function stacksIn(directory: string): Promise<readonly FoundStack[]> {
  const { artifacts } = await readManifest(directory);
  const found = Object.entries(artifacts).map(async ([id, artifact]): Promise<readonly FoundStack[]> => {
    const { type, properties, environment, dependencies = [] } = artifact;
    if (type === 'cdk:cloud-assembly') {
      return await stacksIn(join(directory, String(properties?.['directoryName'])));
    }
    if (type !== 'aws:cloudformation:stack') {
      return [];
    }
    const content: object = await readJson(join(directory, String(properties?.['templateFile'])));
    // The CDK omits `Resources` if a stack has none.
    const template: CloudFormationTemplate = { Resources: {}, ...content };
    const stackName = String(properties?.['stackName'] ?? id);
    const [, account = '', region = ''] = /^aws:\/\/([^/]+)\/(.+)$/.exec(environment ?? '') ?? [];
    return [{ id, stackName, template, directory, account, region, dependencies }];
  });
  return (await Promise.all(found)).flat();
}

/** The part of a manifest that is read here: https://docs.aws.amazon.com/cdk/api/v2/docs/cloud-assembly-schema-readme.html */
interface Manifest {
  readonly artifacts: Readonly<
    Record<
      string,
      {
        readonly type: string;
        readonly environment?: string;
        readonly dependencies?: readonly string[];
        readonly properties?: Readonly<Record<string, unknown>>;
      }
    >
  >;
}

async function readManifest(directory: string): Promise<Manifest> {
  try {
    return await readJson(join(directory, 'manifest.json'));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`${directory} is not a cloud assembly, which \`cdk synth\` writes: ${reason}`);
  }
}

async function readJson<T>(file: string): Promise<T> {
  return JSON.parse(await readFile(file, 'utf8'));
}

/** The stacks that a stack depends on, and those that depend on it, directly or not. */
function relatedTo(stack: FoundStack, stacks: readonly FoundStack[]): readonly FoundStack[] {
  const siblings = stacks.filter(({ directory }) => directory === stack.directory);
  const related = [...reach(stack, (one) => siblings.filter(({ id }) => one.dependencies.includes(id)))];
  const dependents = [...reach(stack, (one) => siblings.filter(({ dependencies }) => dependencies.includes(one.id)))];
  return [...new Set([...related, ...dependents])].filter((one) => one !== stack);
}

/** A stack, and all stacks that can be reached from it with `next`. */
function reach(
  stack: FoundStack,
  next: (stack: FoundStack) => readonly FoundStack[],
  seen: Set<FoundStack> = new Set(),
): ReadonlySet<FoundStack> {
  if (!seen.has(stack)) {
    seen.add(stack);
    for (const one of next(stack)) {
      reach(one, next, seen);
    }
  }
  return seen;
}

/**
 * Replaces the accounts and Regions of the stacks with the emulator's. The CDK writes them into ARNs and host names if the
 * app sets `env`.
 */
function relocate({ stackName, template }: FoundStack, stacks: readonly FoundStack[]): StackTemplate {
  const known = (value: string): boolean => !value.startsWith('unknown-');
  const accounts = stacks.map(({ account }) => account).filter(known);
  const regions = stacks.map(({ region }) => region).filter(known);
  let text = JSON.stringify(template);
  for (const account of accounts) {
    text = text.replaceAll(new RegExp(`(?<!\\d)${account}(?!\\d)`, 'g'), LOCAL_ACCOUNT);
  }
  for (const region of regions) {
    // Not in names, such as `reports-eu-west-1`.
    text = text.replaceAll(new RegExp(`(?<![\\w-])${region}(?![\\w-])`, 'g'), LOCAL_REGION);
  }
  return { stackName, template: JSON.parse(text) };
}
