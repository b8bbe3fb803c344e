import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/** Files in each layer, each with an import that the rule forbids and one that it allows. */
const CASES: readonly { readonly file: string; readonly refused: string; readonly allowed: string }[] = [
  { file: 'lambda/link/a.ts', refused: "import '../aws/link-table';", allowed: "import '../contract';" },
  { file: 'lambda/link/b.ts', refused: "import 'node:fs';", allowed: "import 'node:crypto';" },
  { file: 'lambda/link/c.ts', refused: "import '@aws-sdk/client-s3';", allowed: "import './nonce';" },
  { file: 'lambda/aws/a.ts', refused: "import '../http/responses';", allowed: "import '../link/nonce';" },
  { file: 'lambda/http/a.ts', refused: "import '../../lib/options/options';", allowed: "import 'aws-lambda';" },
  { file: 'lambda/a.ts', refused: "import '../cli/share';", allowed: "import './runtime/log';" },
  { file: 'lambda/b.ts', refused: "import 'aws-cdk-lib';", allowed: "import './aws/link-table';" },
  { file: 'lib/a.ts', refused: "import '../lambda/generate-url';", allowed: "import '../lambda/contract';" },
  {
    file: 'lib/c.ts',
    refused: "import '../lambda/record-receipts';",
    allowed: "import './constructs/record-receipts';",
  },
  { file: 'lib/constructs/a.ts', refused: "import '../../lambda/remove-uploads';", allowed: "import '../limits';" },
  { file: 'lib/b.ts', refused: "import '../lambda/page/open-link-page';", allowed: "import '../lambda/page/render';" },
  { file: 'lambda/page/a.ts', refused: "import '../http/request';", allowed: "import '../contract';" },
  { file: 'lib/options/a.ts', refused: "import '../../cli/share';", allowed: "import '../../lambda/link/nonce';" },
  { file: 'cli/a.ts', refused: "import '../emulator/emulator';", allowed: "import '../lambda/contract';" },
  { file: 'cli/c.ts', refused: "import '../lambda/record-lines';", allowed: "import '../lambda/link/receipt';" },
  { file: 'cli/b.ts', refused: "import 'aws-cdk-lib/aws-s3';", allowed: "import '@aws-sdk/client-s3';" },
  { file: 'cli/d.ts', refused: "import '../lambda/http/problem';", allowed: "import '../client/call-api';" },
  { file: 'client/a.ts', refused: "import '../cli/errors';", allowed: "import '../lambda/contract';" },
  { file: 'client/b.ts', refused: "import 'node:crypto';", allowed: "import './errors';" },
  { file: 'client/c.ts', refused: "import '@aws-sdk/client-s3';", allowed: "import '@smithy/signature-v4';" },
  { file: 'lib/d.ts', refused: "import '../client';", allowed: "import './limits';" },
  { file: 'lib/e.ts', refused: "import '../client/errors';", allowed: "import '../lambda/contract';" },
  { file: 'emulator/b.ts', refused: "import '../lambda/record-receipts';", allowed: "import '../lambda/contract';" },
  { file: 'emulator/c.ts', refused: "import '../lambda/issue-link';", allowed: "import './lambda/function-model';" },
  { file: 'emulator/a.ts', refused: "import '../lib/one-time-links';", allowed: "import './lambda/local-function';" },
  {
    file: 'emulator/s3/a.ts',
    refused: "import '../../lambda/aws/link-table';",
    allowed: "import '../lambda/local-function';",
  },
  {
    file: 'emulator/s3/b.ts',
    refused: "import '../../lambda/remove-uploads';",
    allowed: "import '../../lambda/contract';",
  },
  { file: 'emulator/s3/c.ts', refused: "import '../../bin/emulator';", allowed: "import '../emulator';" },
  { file: 'build/a.ts', refused: "import '../lib/one-time-links';", allowed: "import './bundling';" },
  { file: 'bin/a.ts', refused: "import '../lambda/generate-url';", allowed: "import '../cli/share';" },
  { file: 'lambda/link/d.ts', refused: "import type { a } from '../http/problem';", allowed: "import './nonce';" },
  { file: 'lambda/link/e.ts', refused: "export * from '../http/problem';", allowed: "import './nonce';" },
  { file: 'lambda/link/f.ts', refused: "const a = await import('../http/problem');", allowed: "import './nonce';" },
  { file: 'lambda/link/g.ts', refused: "const a = require('../http/problem');", allowed: "import './nonce';" },
];

/** `file:line` of every import that the linter refuses. The refused import is on line 1, the allowed one on line 2. */
let errors: ReadonlySet<string>;
let directory: string;

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'layers-'));
  for (const { file, refused, allowed } of CASES) {
    mkdirSync(dirname(join(directory, file)), { recursive: true });
    writeFileSync(join(directory, file), `${refused}\n${allowed}\n`);
  }
  errors = lint();
});

afterAll(() => rmSync(directory, { recursive: true, force: true }));

test.each(CASES)('$file is refused $refused', ({ file }) => {
  expect(errors).toContain(`${file}:1`);
});

test.each(CASES)('$file may $allowed', ({ file }) => {
  expect(errors).not.toContain(`${file}:2`);
});

/** Runs the project's linter rules on the files. */
function lint(): ReadonlySet<string> {
  const project = join(__dirname, '..');
  const rules = JSON.parse(readFileSync(join(project, 'biome.json'), 'utf8'));
  writeFileSync(join(directory, 'biome.json'), JSON.stringify({ ...rules, vcs: { enabled: false } }));
  const biome = join(project, 'node_modules', '@biomejs', 'biome', 'bin', 'biome');
  const { stdout } = spawnSync(process.execPath, [biome, 'lint', '--reporter=json', '--max-diagnostics=none', '.'], {
    cwd: directory,
    encoding: 'utf8',
  });
  const { diagnostics } = JSON.parse(stdout) as {
    readonly diagnostics: readonly { category: string; location: { path: string; start: { line: number } } }[];
  };
  return new Set(
    diagnostics
      .filter(({ category }) => /^lint\/style\/(noRestrictedImports|noCommonJs)$/.test(category))
      .map(({ location }) => `${location.path}:${location.start.line}`),
  );
}
