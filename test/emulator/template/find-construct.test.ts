import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type App, NestedStack, Stack } from 'aws-cdk-lib';
import { Bucket, type IBucket } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { readFunctions } from '../../../emulator/lambda/function-model';
import { readBuckets } from '../../../emulator/s3/bucket-model';
import type { Assembly } from '../../../emulator/template/assembly';
import { findConstruct } from '../../../emulator/template/find-construct';
import { describeLeftAlone } from '../../../emulator/template/left-alone';
import { Template } from '../../../emulator/template/template';
import { OneTimeLinks } from '../../../lib/one-time-links';
import { TEST_ASSEMBLY_DIRECTORY } from '../../support/assembly';
import { appIn, inlineFunction, WITHOUT_CODE } from '../shop-app';

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'find-construct-'));
});
afterAll(() => rmSync(directory, { recursive: true }));

const NO_CODE = 'exports.handler = async () => {}';

/** Synthesizes an app without the code of the functions. */
function synthesize(build: (app: App) => void, context: Readonly<Record<string, unknown>> = {}): string {
  const app = appIn(directory, { ...WITHOUT_CODE, ...context });
  build(app);
  return app.synth().directory;
}

function templateOf({ template, stackName, app }: Assembly): Template {
  return new Template(template, stackName, app);
}

/** Names of the buckets that the construct shares from. */
function allowedBuckets(template: Template): unknown {
  const issuer = readFunctions(template).find(({ label }) => label.endsWith('GenerateUrl'));
  return issuer?.environment['ALLOWED_BUCKETS'];
}

describe('with two constructs in one stack and one in another,', () => {
  let assembly: string;
  beforeAll(() => {
    assembly = synthesize((app) => {
      const web = new Stack(app, 'Web');
      new OneTimeLinks(web, 'Links');
      new OneTimeLinks(web, 'Internal', { manageApiGatewayAccount: false });
      new OneTimeLinks(new Stack(app, 'Back'), 'Default');
    });
  });

  test('one must be chosen', async () => {
    await expect(findConstruct(assembly)).rejects.toThrow(
      `${assembly} contains 3 constructs OneTimeLinks. Choose one of its constructs:
  --construct Web/Links
  --construct Web/Internal
  --construct Back/Default`,
    );
    await expect(findConstruct(assembly, 'Web')).rejects.toThrow(
      `${assembly} contains no construct OneTimeLinks with the path Web. Choose one`,
    );
  });

  test('the others are left alone', async () => {
    const template = templateOf(await findConstruct(assembly, 'Web/Internal'));

    expect(template.single('AWS::ApiGateway::RestApi').path).toBe('Web/Internal/LinkApi/Api');
    const labels = readFunctions(template).map(({ label }) => label);
    expect(labels).toContain('InternalGenerateUrl');
    expect(labels.filter((label) => label.startsWith('Web/Links'))).toEqual([]);
    expect(describeLeftAlone(template.leftAlone)).toContain('OneTimeLinks (2): Web/Links, Back/Default');
  });
});

test.each(['strong', 'weak', 'both'])('%s references to a bucket in another stack are resolved', async (strength) => {
  const assembly = synthesize(
    (app) => {
      const bucket = new Bucket(new Stack(app, 'Data'), 'Reports');
      new OneTimeLinks(new Stack(app, 'Web'), 'Links', { buckets: [bucket as IBucket] });
    },
    { '@aws-cdk/core:defaultCrossStackReferences': strength },
  );
  const template = templateOf(await findConstruct(assembly));

  expect(readBuckets(template).map(({ name }) => name)).toEqual(['data-reports65402a0a']);
  expect(allowedBuckets(template)).toBe('[{"name":"data-reports65402a0a"}]');
});

test('the scope of a construct can have the name of its table', async () => {
  const assembly = synthesize((app) => {
    new OneTimeLinks(new Construct(new Stack(app, 'Web'), 'LinkTable'), 'Links');
  });

  expect((await findConstruct(assembly)).app?.constructs.served).toBe('Web/LinkTable/Links');
});

test('stacks that have nothing to do with the construct are not served', async () => {
  const assembly = synthesize((app) => {
    const links = new OneTimeLinks(new Stack(app, 'Web'), 'Links');
    inlineFunction(new Stack(app, 'Back'), 'Issue', NO_CODE, { LINKS: links.url });
    inlineFunction(new Stack(app, 'Other'), 'Report', NO_CODE);
  });
  const labels = readFunctions(templateOf(await findConstruct(assembly))).map(({ label }) => label);

  expect(labels).toContain('Back/Issue');
  expect(labels).not.toContain('Other/Report');
});

test('names in the template are kept, and generated names of buckets stay unique', async () => {
  const assembly = synthesize((app) => {
    const web = new Stack(app, 'Web');
    new OneTimeLinks(web, 'Links', { defaultBucket: true });
    new Bucket(web, 'Named', { bucketName: `reports-${web.account}` });
    new Bucket(web, 'TheInvoicesOfTheWholeYearForTheDepartmentOfFinanceOne');
    new Bucket(web, 'TheInvoicesOfTheWholeYearForTheDepartmentOfFinanceTwo');
  });
  const names = readBuckets(templateOf(await findConstruct(assembly))).map(({ name }) => name);

  expect(names).toContain('reports-123456789012');
  expect(new Set(names).size).toBe(4);
  expect(names.filter((name) => name.length > 63)).toEqual([]);
});

test("this project's own assembly is served completely", async () => {
  const template = templateOf(await findConstruct(TEST_ASSEMBLY_DIRECTORY));
  readFunctions(template);
  readBuckets(template);

  expect(template.leftAlone).toEqual([]);
});

test('a construct in a nested stack is not found', async () => {
  const assembly = synthesize((app) => {
    new OneTimeLinks(new NestedStack(new Stack(app, 'Web'), 'Nested'), 'Links');
  });

  await expect(findConstruct(assembly)).rejects.toThrow(
    `${assembly} contains no stack with the construct OneTimeLinks. The emulator does not search nested stacks`,
  );
});

test('a directory without a manifest is not an assembly', async () => {
  await expect(findConstruct(directory)).rejects.toThrow(
    `${directory} is not a cloud assembly, which \`cdk synth\` writes: `,
  );
});
