import { join } from 'node:path';
import { type BuildOptions, build, type Plugin } from 'esbuild';
import pageScript from './page-script.json';

/** Root of the checkout. */
export const PROJECT = join(__dirname, '..');

/** Modules that are replaced by a shim from `lambda/aws/shims` in every function. */
const SHIMMED = ['@aws-sdk/credential-provider-node', '@smithy/core/event-streams'];

/** Options of all bundles. Nothing is written: see `writeOutput`. */
export const COMMON = {
  absWorkingDir: PROJECT,
  bundle: true,
  metafile: true,
  write: false,
  minify: true,
  platform: 'node',
  // Only ES modules can be tree-shaken.
  mainFields: ['module', 'main'],
  logLevel: 'warning',
} as const satisfies BuildOptions;

/** Bundles and minifies the script of a page, and imports it as text. */
const PAGE_SCRIPT: Plugin = {
  name: 'page-script',
  setup({ onLoad }) {
    onLoad({ filter: /\.client\.js$/ }, async ({ path }) => {
      const { outputFiles } = await build({ ...(pageScript as BuildOptions), entryPoints: [path], write: false });
      return { contents: outputFiles[0]?.contents ?? '', loader: 'text' };
    });
  },
};

/** Options of the functions. Includes the pinned SDK, which loads faster than the runtime's SDK. */
export const FUNCTION_BUNDLE = {
  ...COMMON,
  // An ES module that imports node:http also loads all of undici.
  format: 'cjs',
  target: 'node24',
  plugins: [PAGE_SCRIPT],
  // The other files of the pages.
  loader: { '.css': 'text', '.html': 'text', '.svg': 'text' },
  alias: Object.fromEntries(
    SHIMMED.map((module) => [module, `./lambda/aws/shims/${module.replace(/^.*\//, '')}.ts`] as const),
  ),
} as const satisfies BuildOptions;
