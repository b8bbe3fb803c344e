// @ts-check
// The least that a Node can do with a request: the floor of the emulator. Plain JavaScript, as the functions.

const { createServer } = require('node:http');

const LOCATION = `https://example.com/?${'a'.repeat(1500)}`;

const server = createServer((request, response) => {
  request.resume().once('end', () => {
    response.writeHead(302, { Location: LOCATION, 'Content-Length': 0 });
    response.end();
  });
});
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  process.stdout.write(`${typeof address === 'object' ? address?.port : ''}\n`);
});
// It must not outlive whoever started it, however that ended.
process.stdin.resume().once('end', () => process.exit(0));
