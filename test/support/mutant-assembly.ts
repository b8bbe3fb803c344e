import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'esbuild';
import { assetDirectory, PROJECT_DIRECTORY } from '../../emulator/template/assembly';
import { type MutableResources, resourceNamed, TEST_ASSEMBLY_DIRECTORY, testAssembly } from './assembly';

/** A change to a copy of the template. */
export type TemplateChange = (resources: MutableResources) => void;

/** Text in a bundle, and its replacement. */
export interface BundleEdit {
  readonly find: string;
  readonly replace: string;
}

/** The functions with mutants. */
type MutableFunction = 'AuthorizeAccess' | 'ManageLink' | 'RecordReceipts' | 'UploadObject';

/**
 * Deploys a function's bundle with one edit.
 *
 * @throws Error unless the text occurs exactly once, because a mutant without a change proves nothing.
 */
export async function edited(
  id: MutableFunction,
  name: string,
  { find, replace }: BundleEdit,
): Promise<TemplateChange> {
  const assembly = await testAssembly();
  const { S3Key: assetKey } = functionNamed(assembly.template.Resources as MutableResources, id).Properties.Code;
  const parts = (await readFile(join(assetDirectory(assembly, assetKey), 'index.js'), 'utf8')).split(find);
  if (parts.length !== 2) {
    throw new Error(`the bundle of ${id} contains this ${parts.length - 1} times, not once: ${find}`);
  }
  return await bundled(id, name, parts.join(replace));
}

/** Deploys the authorizer's bundle with one edit. */
export async function editedAuthorizer(name: string, edit: BundleEdit): Promise<TemplateChange> {
  return await edited('AuthorizeAccess', name, edit);
}

/**
 * Bundles the authorizer with another implementation of `redeemLink`.
 *
 * @param replacement file that exports it.
 */
export async function authorizerRedeemingWith(name: string, replacement: string): Promise<TemplateChange> {
  const replaced: string[] = [];
  const bundle = await build({
    entryPoints: [join(PROJECT_DIRECTORY, 'lambda', 'authorize-access.ts')],
    bundle: true,
    write: false,
    platform: 'node',
    format: 'cjs',
    mainFields: ['module', 'main'],
    logLevel: 'silent',
    plugins: [
      {
        name: 'replace-link-table',
        setup({ onResolve }): void {
          onResolve({ filter: /^\.\/aws\/link-table$/ }, ({ path }) => {
            replaced.push(path);
            return { path: replacement };
          });
        },
      },
    ],
  });
  if (replaced.length !== 1) {
    throw new Error(`the authorizer imports the module that redeems links ${replaced.length} times, not once`);
  }
  return await bundled('AuthorizeAccess', name, bundle.outputFiles[0]?.text ?? '');
}

/** Grants the authorizer one more action on the table. */
export function authorizerMayAlso(action: string): TemplateChange {
  return (resources) => {
    const policy = resourceNamed(resources, 'AWS::IAM::Policy', 'AuthorizeAccessRoleDefaultPolicy');
    const statements: { Action: string | string[] }[] = policy.Properties.PolicyDocument.Statement;
    const onTable = statements.find(({ Action }) => [Action].flat().includes('dynamodb:DeleteItem'));
    if (onTable === undefined) {
      throw new Error('no statement lets the authorizer delete');
    }
    onTable.Action = [onTable.Action, action].flat();
  };
}

/** Caches the authorizer's results for five minutes, API Gateway's default. */
export function authorizerCached(resources: MutableResources): void {
  resourceNamed(resources, 'AWS::ApiGateway::Authorizer', '').Properties.AuthorizerResultTtlInSeconds = 300;
}

/** Removes the denial of overwriting from the policy of the default bucket. */
export function overwritingAllowed(resources: MutableResources): void {
  const { PolicyDocument: document } = resourceNamed(resources, 'AWS::S3::BucketPolicy', '').Properties;
  const kept = document.Statement.filter((one: unknown) => !JSON.stringify(one).includes('s3:if-none-match'));
  if (kept.length !== document.Statement.length - 1) {
    throw new Error('not exactly one statement denies overwriting');
  }
  document.Statement = kept;
}

/** Adds a bundle to the assets of the assembly, and makes a function use it. */
async function bundled(id: MutableFunction, name: string, bundle: string): Promise<TemplateChange> {
  const directory = join(TEST_ASSEMBLY_DIRECTORY, `asset.mutant-${name}`);
  await mkdir(directory, { recursive: true });
  await writeFile(join(directory, 'index.js'), bundle);
  return (resources) => {
    functionNamed(resources, id).Properties.Code.S3Key = `mutant-${name}.zip`;
  };
}

function functionNamed(resources: MutableResources, id: MutableFunction): MutableResources[string] {
  return resourceNamed(resources, 'AWS::Lambda::Function', id);
}
