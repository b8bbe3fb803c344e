const { createHash } = require('node:crypto');
const { buildSync } = require('esbuild');
const pageScript = require('../../build/page-script.json');

/** Jest transform that imports a file as text, as in the bundles (build/bundling.ts). */
module.exports = {
  process(/** @type {string} */ source, /** @type {string} */ path) {
    return { code: `exports.default = ${JSON.stringify(textOf(source, path))};\nexports.__esModule = true;` };
  },
  // The text of a script includes the files that it imports.
  getCacheKey(/** @type {string} */ source, /** @type {string} */ path) {
    return createHash('sha256').update(textOf(source, path)).digest('hex');
  },
};

function textOf(/** @type {string} */ source, /** @type {string} */ path) {
  return path.endsWith('.client.js')
    ? buildSync({ ...pageScript, entryPoints: [path], write: false }).outputFiles[0].text
    : source;
}
