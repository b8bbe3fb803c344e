import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Extractor, ExtractorConfig, ExtractorLogLevel } from '@microsoft/api-extractor';
import { PROJECT } from './bundling';
import { DIST } from './package';

/** An entry point of the package. */
interface EntryPoint {
  /** File of its reference. */
  readonly document: string;
  readonly title: string;
  /** What consumers import. */
  readonly module: string;
  /** In `dist/`. */
  readonly declarations: string;
}

const ENTRY_POINTS: readonly EntryPoint[] = [
  {
    document: 'construct.md',
    title: 'The construct',
    module: 'one-time-s3-links',
    declarations: 'lib/one-time-links.d.ts',
  },
  {
    document: 'client.md',
    title: 'The client',
    module: 'one-time-s3-links/client',
    declarations: 'client/index.d.ts',
  },
];

/** A declaration in the model of API Extractor: https://api-extractor.com/pages/setup/generating_docs/ */
interface Declaration {
  readonly kind: 'Class' | 'Interface' | 'TypeAlias' | 'Constructor' | 'Method' | 'Property' | 'PropertySignature';
  /** Constructors have none. */
  readonly name?: string;
  readonly docComment: string;
  readonly excerptTokens: readonly { readonly text: string }[];
  readonly propertyTypeTokenRange?: { readonly startIndex: number; readonly endIndex: number };
  readonly isOptional?: boolean;
  readonly members?: readonly Declaration[];
}

/**
 * Returns the reference of an entry point as Markdown, from the docstrings.
 *
 * @throws Error for a public declaration or method without a docstring
 */
function apiReference({ title, module, declarations }: EntryPoint): string {
  const sections = readModel(declarations).map((declaration) =>
    [
      `## ${declaration.name}`,
      code(signatureOf(declaration)),
      prose(declaration),
      ...membersOf(declaration, 'Constructor', 'Method').map((member) =>
        `### ${member.name ?? 'new'}\n\n${code(signatureOf(member))}\n\n${prose(member)}`.trim(),
      ),
      // `name` of an error has no type, only a value.
      table(membersOf(declaration, 'Property', 'PropertySignature').filter((member) => typeOf(member) !== '')),
    ]
      .filter((part) => part !== '')
      .join('\n\n'),
  );
  const imported = `Everything on this page can be imported from \`${module}\`. Generated from the docstrings.`;
  return `${[`# ${title}`, imported, ...sections].join('\n\n')}\n`;
}

/** Public declarations, classes first. */
function readModel(declarations: string): readonly Declaration[] {
  const directory = mkdtempSync(join(tmpdir(), 'api-reference-'));
  try {
    const apiJsonFilePath = join(directory, 'model.api.json');
    const file = join(DIST, declarations);
    const configObject = {
      projectFolder: PROJECT,
      mainEntryPointFilePath: file,
      compiler: {
        overrideTsconfig: {
          compilerOptions: {
            module: 'Node16',
            target: 'ES2023',
            lib: ['ES2023'],
            types: ['node'],
            strict: true,
            skipLibCheck: true,
          },
          files: [file],
        },
      },
      apiReport: { enabled: false, reportFileName: 'unused' },
      docModel: { enabled: true, apiJsonFilePath },
      messages: { extractorMessageReporting: { default: { logLevel: ExtractorLogLevel.None } } },
    };
    const packageJsonFullPath = join(PROJECT, 'package.json');
    const config = ExtractorConfig.prepare({ configObject, configObjectFullPath: undefined, packageJsonFullPath });
    Extractor.invoke(config, {
      localBuild: true,
      messageCallback: (message) => {
        message.handled = true;
      },
    });
    const model = JSON.parse(readFileSync(apiJsonFilePath, 'utf8'));
    const found: readonly Declaration[] = model.members[0].members;
    return [...found.filter(({ kind }) => kind === 'Class'), ...found.filter(({ kind }) => kind !== 'Class')];
  } finally {
    rmSync(directory, { recursive: true });
  }
}

function membersOf({ members = [] }: Declaration, ...kinds: readonly Declaration['kind'][]): readonly Declaration[] {
  return members.filter(({ kind }) => kinds.includes(kind));
}

function signatureOf({ excerptTokens }: Declaration): string {
  const text = excerptTokens.map(({ text }) => text).join('');
  return text.replace(/^export (?:declare )?/, '').trim();
}

function table(members: readonly Declaration[]): string {
  const rows = members.map((member) => {
    const cells = [`\`${member.name}${member.isOptional ? '?' : ''}\``, `\`${typeOf(member)}\``, prose(member)];
    return `| ${cells.map((cell) => cell.replaceAll('|', '\\|').replace(/\s*\n\s*/g, ' ')).join(' | ')} |`;
  });
  return rows.length === 0 ? '' : ['| Property | Type | |', '|---|---|---|', ...rows].join('\n');
}

function typeOf({ excerptTokens, propertyTypeTokenRange }: Declaration): string {
  const { startIndex = 0, endIndex = 0 } = propertyTypeTokenRange ?? {};
  const tokens = excerptTokens.slice(startIndex, endIndex);
  return tokens.map(({ text }) => text).join('');
}

function code(text: string): string {
  return `\`\`\`ts\n${text}\n\`\`\``;
}

/** Kinds that may have no docstring. */
const NAMES_SAY_ENOUGH: ReadonlySet<Declaration['kind']> = new Set(['Constructor', 'Property', 'PropertySignature']);

/** The text of a docstring as Markdown. */
function prose({ kind, name, docComment }: Declaration): string {
  const text = docComment
    .replace(/^\/\*\*|\*\/\s*$/g, '')
    .replace(/^ *\* ?/gm, '')
    // Added by API Extractor to constructors without a docstring.
    .replace(/^\s*Constructs a new instance of the `\w+` class/, '')
    .trim();
  if (text === '' && !NAMES_SAY_ENOUGH.has(kind)) {
    throw new Error(`${name} is public and has no docstring`);
  }
  return text
    .replace(/\{@link (\w+)\}/g, '`$1`')
    .replace(/^@param (\w+)\s+(?:- )?/gm, '`$1`: ')
    .replace(/^@throws\s+(\w+)/gm, 'Throws `$1`:')
    .replace(/^@example\s*/gm, '')
    .replace(/\s*@(?:default -|defaultValue)/g, '\nDefault:')
    .replace(/\s*@default (.+)/g, '\nDefault: `$1`');
}

if (require.main === module) {
  const [, , directory = join(PROJECT, 'docs', 'api')] = process.argv;
  for (const entryPoint of ENTRY_POINTS) {
    writeFileSync(join(directory, entryPoint.document), apiReference(entryPoint));
  }
}
