import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DEFAULT_THROTTLES } from '../../../lib/limits';
import { OPTIONS, type Option } from '../../../lib/options/options';

function read(file: string): string {
  return readFileSync(join(__dirname, '..', '..', '..', file), 'utf8');
}

/** The rows of the options table. */
function optionRows(text: string): readonly string[] {
  const [, rows = ''] = /^\| option \| default \|.*\n\| --- .*\n((?:\|.*\n)+)/m.exec(text) ?? [];
  return rows.trimEnd().split('\n');
}

test('docs/options.md has the table of options', () => {
  const rows = Object.entries<Option>(OPTIONS).map(([name, option]) => {
    const defaultValue = 'default' in option ? `\`${JSON.stringify(option.default)}\`` : 'none';
    return `| \`${name}\` | ${defaultValue} | ${option.doc} |`;
  });
  expect(optionRows(read('docs/options.md'))).toEqual(rows);
});

test('docs/options.md has the default throttles', () => {
  for (const [name, { rateLimit, burstLimit }] of Object.entries(DEFAULT_THROTTLES)) {
    expect(read('docs/options.md')).toMatch(
      new RegExp(`^\\| \`${name}\` \\| .* \\| ${rateLimit} \\| ${burstLimit} \\|$`, 'm'),
    );
  }
});

test.each(['README.md', 'docs/options.md', 'docs/operations.md'])('%s names no unknown option', (file) => {
  const text = read(file);
  const onCommandLines = [...text.matchAll(/-c '?(\w+)=(?!value)/g)].map(([, name]) => name);
  const inTable = optionRows(text).flatMap((row) => [...(row.split(' | ')[0] ?? '').matchAll(/`(\w+)`/g)]);
  const named = [...onCommandLines, ...inTable.map(([, name]) => name)];
  expect(named.filter((name = '') => !Object.hasOwn(OPTIONS, name))).toEqual([]);
});
