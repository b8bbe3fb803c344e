/** Jest transform that imports a file as text, like esbuild's loader of that name. */
module.exports = {
  process: (/** @type {string} */ text) => ({
    code: `exports.default = ${JSON.stringify(text)};\nexports.__esModule = true;`,
  }),
};
