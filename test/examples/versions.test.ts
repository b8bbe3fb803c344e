import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PROJECT } from '../../build/bundling';
import { devDependencies, version } from '../../package.json';

const EXAMPLES = readdirSync(join(PROJECT, 'examples'), { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name);

test.each(EXAMPLES)('%s depends on this version of the package, and on the versions that it is tested with', (name) => {
  const example = JSON.parse(read(name, 'package.json'));
  const tested: Readonly<Record<string, string>> = { ...devDependencies, 'one-time-s3-links': version };
  const used = Object.entries({ ...example.dependencies, ...example.devDependencies });
  expect(used).toEqual(used.map(([dependency]) => [dependency, tested[dependency]]));
});

test.each(EXAMPLES)('the README of %s has at most 40 lines, and installs this version', (name) => {
  const readme = read(name, 'README.md');
  expect(readme.split('\n').length).toBeLessThanOrEqual(41);
  expect(readme).toContain(`npm install ../../one-time-s3-links-${version}.tgz\nnpx cdk deploy`);
});

test('the workflow of github-action runs this version', () => {
  expect(read('github-action', '.github/workflows/share-build.yml')).toContain(
    `npx --yes one-time-s3-links@${version} `,
  );
});

function read(example: string, file: string): string {
  return readFileSync(join(PROJECT, 'examples', example, file), 'utf8');
}
