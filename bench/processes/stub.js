// @ts-check
// Answers for S3 and DynamoDB at once, over TLS: what is left is what a function takes. Plain JavaScript, as the functions.
//
//   node stub.js KEY_FILE CERTIFICATE_FILE ITEM_FILE
//
// Prints its port. The item is what every delete gives back, in DynamoDB's JSON.

const { readFileSync } = require('node:fs');
const { createServer } = require('node:https');

const [keyFile = '', certificateFile = '', itemFile = ''] = process.argv.slice(2);
const item = readFileSync(itemFile, 'utf8');
const DYNAMODB = 'DynamoDB_20120810.';
const ANSWERS = new Map([
  [`${DYNAMODB}DeleteItem`, `{"Attributes":${item}}`],
  [`${DYNAMODB}GetItem`, `{"Item":${item}}`],
]);

const server = createServer(
  { key: readFileSync(keyFile), cert: readFileSync(certificateFile) },
  (request, response) => {
    request.resume().once('end', () => {
      if (request.method === 'GET') {
        response.writeHead(206, { 'Content-Length': 1, 'Content-Range': 'bytes 0-0/8', ETag: '"0"' });
        response.end('a');
        return;
      }
      const body = ANSWERS.get(String(request.headers['x-amz-target'])) ?? '{}';
      response.writeHead(200, {
        'Content-Type': 'application/x-amz-json-1.0',
        'Content-Length': Buffer.byteLength(body),
        'x-amzn-RequestId': '0',
      });
      response.end(body);
    });
  },
);
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  process.stdout.write(`${typeof address === 'object' ? address?.port : ''}\n`);
});
// It must not outlive whoever started it, however that ended.
process.stdin.resume().once('end', () => process.exit(0));
