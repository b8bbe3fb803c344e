import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

/** What stands for S3 and DynamoDB: it answers at once. */
export interface Stub {
  /** Points functions at it. */
  readonly environment: Readonly<Record<string, string>>;
  close(): Promise<void>;
}

/** Starts a stub. */
export async function openStub(directory: string, item: string): Promise<Stub> {
  const itemFile = join(directory, 'item.json');
  await writeFile(itemFile, item);
  const { keyFile, certificateFile } = makeCertificate(directory);
  const child = spawn(process.execPath, [join(__dirname, 'processes', 'stub.js'), keyFile, certificateFile, itemFile]);
  child.stderr.pipe(process.stderr);
  const [port] = await once(createInterface({ input: child.stdout }), 'line');
  const endpoint = `https://127.0.0.1:${port}`;
  return {
    environment: {
      AWS_ENDPOINT_URL_DYNAMODB: endpoint,
      AWS_ENDPOINT_URL_S3: endpoint,
      // The certificate is signed by nobody. All the rest of TLS is done.
      NODE_TLS_REJECT_UNAUTHORIZED: '0',
      NODE_NO_WARNINGS: '1',
    },
    async close(): Promise<void> {
      const ended = once(child, 'exit');
      child.stdin.end();
      await ended;
    },
  };
}

/** A certificate of the kind that AWS has, by openssl; where there is none, the heavier one that dynalite brings for itself. */
function makeCertificate(directory: string): { readonly keyFile: string; readonly certificateFile: string } {
  const made = { keyFile: join(directory, 'stub-key.pem'), certificateFile: join(directory, 'stub-certificate.pem') };
  const { status } = spawnSync('openssl', [
    ...['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj', '/CN=127.0.0.1'],
    ...['-keyout', made.keyFile, '-out', made.certificateFile],
  ]);
  const brought = join(require.resolve('dynalite'), '..', 'ssl');
  return status === 0
    ? made
    : { keyFile: join(brought, 'server-key.pem'), certificateFile: join(brought, 'server-crt.pem') };
}
