import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

interface Report {
  readonly diagnostics: readonly {
    readonly category: string;
    readonly severity: string;
    readonly location: { readonly path: string; readonly start: { readonly line: number } };
  }[];
}

/** What a file of each layer may import and what it may not. */
const LAYERS: Readonly<Record<string, { readonly allowed: readonly string[]; readonly refused: readonly string[] }>> = {
  'lambda/link/offender.ts': {
    allowed: ['./nonce', 'content-disposition', 'node:buffer', 'node:crypto', 'node:url', 'node:util', 'node:zlib'],
    refused: [
      ...['../aws/link-table', '../http/responses', '../runtime/log', '../names', '../generate-url', '..'],
      ...['./../aws/link-table', '../../lib/config', '../../lib/local/stand'],
      ...['@aws-sdk/client-s3', '@smithy/types', 'aws-cdk-lib', 'aws-cdk-lib/aws-s3', 'aws-lambda', 'negotiator'],
      ...['node:fs', 'node:fs/promises', 'node:http', 'node:https', 'node:net', 'node:child_process', 'node:dns', 'fs'],
      ...['node:timers', 'node:process', 'node:os'],
    ],
  },
  ...layers(['lambda/aws/offender.ts', 'lambda/http/offender.ts', 'lambda/runtime/offender.ts'], {
    allowed: [
      './sibling',
      '../link/nonce',
      '../names',
      '@aws-sdk/client-s3',
      'aws-lambda',
      'negotiator',
      'node:crypto',
    ],
    refused: [
      ...['../aws/link-table', '../http/responses', '../runtime/log', '../generate-url', '../access-object', '..'],
      ...['../../lib/config', '../../lib/local/stand', '../../bin/app', '../../test/support/http'],
      ...['aws-cdk-lib', 'aws-cdk-lib/aws-s3', '@aws-cdk/anything', 'constructs'],
    ],
  }),
  'lambda/offender.ts': {
    allowed: [
      ...['./link/nonce', './aws/link-table', './http/responses', './runtime/log', './names'],
      ...['@aws-sdk/client-s3', 'aws-lambda', 'node:crypto'],
    ],
    refused: [
      ...[
        './generate-url',
        './access-object',
        './names-of-others',
        '../lib/config',
        '../lib/local/stand',
        '../bin/app',
      ],
      ...['..', '.', 'aws-cdk-lib', 'aws-cdk-lib/aws-s3', '@aws-cdk/anything', 'constructs'],
    ],
  },
  'lambda/names.ts': {
    allowed: [],
    refused: ['./link/nonce', './generate-url', '../lib/config', '@aws-sdk/client-s3', 'aws-cdk-lib', 'node:crypto'],
  },
  'lib/offender.ts': {
    allowed: [
      './config',
      './client/names',
      './config/arn',
      '../lambda/names',
      'aws-cdk-lib',
      'aws-cdk-lib/aws-s3',
      'constructs',
      'node:path',
    ],
    refused: [
      ...['../lambda/link/nonce', '../lambda/aws/link-table', '../lambda/http/responses', '../lambda/generate-url'],
      ...['../lambda', './local/stand', './local/s3/server', './local', './client/share', './client', '../bin/app'],
      ...['../test/support/http'],
    ],
  },
  'lib/config/offender.ts': {
    allowed: ['./arn', 'constructs', 'node:buffer'],
    refused: [
      ...['../config', '../link-api', '..', '../local/stand', '../client/sign', '../../lambda/names', '../../bin/app'],
      ...['aws-cdk-lib', 'aws-cdk-lib/aws-s3', '@aws-cdk/anything', 'node:fs', 'node:fs/promises'],
    ],
  },
  'lib/client/offender.ts': {
    allowed: [
      ...['./sibling', '../local/assembly', '../local/credentials', '../local/outputs-file'],
      ...['../local/template/template', '@aws-sdk/client-s3', 'node:http'],
    ],
    refused: [
      ...[
        '../config',
        '../presigned-url-stack',
        '../shared-bucket',
        '..',
        '../local',
        '../local/stand',
        '../local/sigv4',
      ],
      ...['../../lambda/names', '../../lambda/link/nonce', '../../bin/start', '../../test/support/http'],
      ...['aws-cdk-lib', 'aws-cdk-lib/assertions', '@aws-cdk/anything', 'constructs'],
    ],
  },
  'lib/client/names.ts': {
    allowed: [],
    refused: ['./share', '../local/assembly', '../config', '@aws-sdk/client-s3', 'aws-cdk-lib', 'node:crypto'],
  },
  'lib/local/offender.ts': {
    allowed: ['./sibling', './s3/server', '@aws-sdk/client-s3', 'node:http'],
    refused: [
      ...['../config', '../presigned-url-stack', '../refusal-page', '..', '../client/share', '../client/names'],
      ...['../../lambda/names', '../../lambda/link/nonce', '../../bin/start', '../../test/support/http'],
      ...['aws-cdk-lib', 'aws-cdk-lib/assertions', '@aws-cdk/anything', 'constructs'],
    ],
  },
  'lib/local/s3/offender.ts': {
    allowed: ['./sibling', '../sigv4', '../template/fields', 'node:http'],
    refused: [
      ...['../../config', '../../presigned-url-stack', '../..', '../../client/share'],
      ...['../../../lambda/names', '../../../lambda/link/nonce', '../../../bin/start', '../../../test/support/http'],
      ...['aws-cdk-lib', 'aws-cdk-lib/assertions', '@aws-cdk/anything', 'constructs'],
    ],
  },
  'bin/offender.ts': {
    allowed: ['../lib/local/stand', '../lib/client/share', 'node:util'],
    refused: [
      ...['../lambda/names', '../lambda/link/nonce', '../lambda', '../test/support/http'],
      ...['aws-cdk-lib', 'aws-cdk-lib/aws-s3', 'constructs'],
    ],
  },
  'bin/app.ts': {
    allowed: ['aws-cdk-lib', '../lib/config', '../lib/presigned-url-stack'],
    refused: ['../lambda/names', '../lambda/link/nonce', '../lambda', '../test/support/http'],
  },
};

/** Ways to import something; each must be seen through. */
const FORMS: Readonly<Record<string, string>> = {
  'for its types': "import type { a } from '../aws/link-table';",
  'for its side effects': "import '../aws/link-table';",
  'to export it again': "export { a } from '../aws/link-table';",
  'to export all of it again': "export * from '../aws/link-table';",
  'when it is needed': "const a = await import('../aws/link-table');",
  'the old way': "const a = require('../aws/link-table');",
};
const FORMS_FILE = 'lambda/link/forms.ts';

/** `file:line` of all that the linter refuses. */
let refused: ReadonlySet<string>;
let directory: string;

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'layers-'));
  for (const [file, { allowed, refused }] of Object.entries(LAYERS)) {
    write(
      file,
      [...allowed, ...refused].map((name) => `import '${name}';`),
    );
  }
  write(FORMS_FILE, Object.values(FORMS));
  refused = lint();
});

afterAll(() => rmSync(directory, { recursive: true, force: true }));

describe.each(Object.entries(LAYERS))('%s', (file, { allowed, refused: forbidden }) => {
  if (allowed.length > 0) {
    test.each(allowed.map((name, index) => [name, index + 1] as const))('may import %s', (_name, line) => {
      expect(refused).not.toContain(`${file}:${line}`);
    });
  }

  test.each(forbidden.map((name, index) => [name, allowed.length + index + 1] as const))(
    'may not import %s',
    (_name, line) => {
      expect(refused).toContain(`${file}:${line}`);
    },
  );
});

test.each(Object.keys(FORMS).map((form, index) => [form, index + 1] as const))(
  'a file of another layer is refused when it is imported %s',
  (_form, line) => {
    expect(refused).toContain(`${FORMS_FILE}:${line}`);
  },
);

function layers<Rules>(files: readonly string[], rules: Rules): Readonly<Record<string, Rules>> {
  return Object.fromEntries(files.map((file) => [file, rules]));
}

function write(file: string, lines: readonly string[]): void {
  mkdirSync(dirname(join(directory, file)), { recursive: true });
  writeFileSync(join(directory, file), `${lines.join('\n')}\n`);
}

/** Lints the files, in a directory of their own, by the project's rules. */
function lint(): ReadonlySet<string> {
  const project = join(__dirname, '..', '..');
  const rules = JSON.parse(readFileSync(join(project, 'biome.json'), 'utf8'));
  writeFileSync(join(directory, 'biome.json'), JSON.stringify({ ...rules, vcs: { enabled: false } }));
  const biome = join(project, 'node_modules', '@biomejs', 'biome', 'bin', 'biome');
  const { stdout } = spawnSync(
    process.execPath,
    [biome, 'lint', '--reporter=json', '--max-diagnostics=none', '--diagnostic-level=error', '.'],
    { cwd: directory, encoding: 'utf8' },
  );
  const { diagnostics }: Report = JSON.parse(stdout);
  const layerRules = /^lint\/style\/(noRestrictedImports|noCommonJs)$/;
  return new Set(
    diagnostics
      .filter(({ category, severity }) => severity === 'error' && layerRules.test(category))
      .map(({ location }) => `${location.path}:${location.start.line}`),
  );
}
