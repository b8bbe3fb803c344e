import { spawnSync } from 'node:child_process';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

/** A stub for S3 and DynamoDB that responds at once, so that only the function's own time is measured. */
export interface Stub {
  /** Environment that makes a function use the stub. */
  readonly environment: Readonly<Record<string, string>>;
  /** Makes every GetItem and DeleteItem return the item that was stored last. */
  serveLastItem(): void;
  close(): void;
}

/** Starts a stub on a free port. It uses TLS like AWS, because the handshake is a large part of the first call. */
export async function startStub(): Promise<Stub> {
  let lastItem: unknown;
  let servedItem: unknown;
  const pem = makeCertificate();
  const server = createServer({ key: pem, cert: pem }, async (request, response) => {
    const operation = request.headers['x-amz-target'];
    const body = await text(request);
    if (operation === undefined) {
      response.writeHead(206, { 'Content-Length': 1, 'Content-Range': 'bytes 0-0/8', ETag: '"0"' }).end('a');
      return;
    }
    if (operation === 'DynamoDB_20120810.PutItem') {
      lastItem = JSON.parse(body).Item;
    }
    response.setHeader('Content-Type', 'application/x-amz-json-1.0');
    response.end(JSON.stringify({ Item: servedItem, Attributes: servedItem }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const endpoint = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    environment: {
      AWS_ENDPOINT_URL_DYNAMODB: endpoint,
      AWS_ENDPOINT_URL_S3: endpoint,
      // The certificate is self-signed.
      NODE_TLS_REJECT_UNAUTHORIZED: '0',
      NODE_NO_WARNINGS: '1',
    },
    serveLastItem(): void {
      servedItem = lastItem;
    },
    close(): void {
      server.close();
      server.closeAllConnections();
    },
  };
}

/** Creates a key and a certificate of the same kind as AWS endpoints use. */
function makeCertificate(): string {
  const options = '-x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=127.0.0.1 -keyout - -out -';
  const { status, stdout, stderr } = spawnSync('openssl', ['req', ...options.split(' ')], { encoding: 'utf8' });
  if (status !== 0) {
    throw new Error(`The benchmark needs openssl to make a certificate. ${stderr ?? ''}`);
  }
  return stdout;
}
