const { transformSync } = require('esbuild');
const pageScript = require('../../build/page-script.json');

/** Jest transform that imports a file as text, as in the bundles (build/bundling.ts). */
module.exports = {
  process(/** @type {string} */ source, /** @type {string} */ path) {
    const text = path.endsWith('.client.js') ? transformSync(source, pageScript).code : source;
    return { code: `exports.default = ${JSON.stringify(text)};\nexports.__esModule = true;` };
  },
};
