import { createHash } from 'node:crypto';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { connect as connectSocket, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { S3Client, type S3ClientConfig } from '@aws-sdk/client-s3';
import aws4 from 'aws4';
import { type PolicyStatement, parseStatement } from '../../emulator/iam/policy';
import type { AwsCall, Principal } from '../../emulator/iam/principal';
import { type LocalS3, type S3Options, startS3 } from '../../emulator/s3/server';
import { type HttpResponse, send } from '../support/http';

/** A statement that allows an action. */
export function allow(action: string, resource = '*'): PolicyStatement {
  return parseStatement({ Effect: 'Allow', Action: action, Resource: resource }, 'test');
}

/** A caller with long-term credentials. */
export function principal(name: string, ...statements: readonly PolicyStatement[]): Principal {
  return { arn: `arn:${name}`, accessKeyId: name, secretAccessKey: `${name}-secret`, statements };
}

export function byAccessKey(...principals: readonly Principal[]): Map<string, Principal> {
  return new Map(principals.map((one) => [one.accessKeyId, one]));
}

/** The error of a call; `undefined` if it succeeds. */
export async function failureOf(call: Promise<unknown>): Promise<unknown> {
  return await call.then(
    () => undefined,
    (error: unknown) => error,
  );
}

export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) {
    await delay(10);
  }
}

/** An S3 server with a temporary data directory, and its clients. */
export class S3Fixture {
  readonly calls: AwsCall[] = [];
  /** Replaces the machine's clock. */
  clock: Date | undefined;
  private readonly options: Pick<S3Options, 'buckets' | 'principals'>;
  private readonly owner: Principal;
  private readonly clients: S3Client[] = [];
  /** Data directory. */
  directory = '';
  private server: LocalS3 | undefined;

  /** @param owner signs the requests of {@link send} */
  constructor(options: Pick<S3Options, 'buckets' | 'principals'>, owner: Principal) {
    this.options = options;
    this.owner = owner;
  }

  async start(more: Partial<S3Options> = {}): Promise<LocalS3> {
    this.directory ||= await mkdtemp(join(tmpdir(), 's3-test-'));
    const now = (): Date => this.clock ?? new Date();
    const onCall = (call: AwsCall): void => void this.calls.push(call);
    const common = { dataDirectory: this.directory, port: 0, region: 'us-east-1', now, onCall };
    const server = await startS3({ ...this.options, ...common, ...more });
    this.server ??= server;
    return server;
  }

  async close(): Promise<void> {
    for (const client of this.clients) {
      client.destroy();
    }
    await this.server?.close();
    await rm(this.directory, { recursive: true });
  }

  /** Restarts the server with the same data. */
  async restart(): Promise<void> {
    await this.server?.close();
    this.server = undefined;
    await this.start();
  }

  get endpoint(): string {
    return this.server?.endpoint ?? '';
  }

  client(credentials: Principal, options: S3ClientConfig = {}): S3Client {
    const { endpoint } = this;
    const common = { endpoint, region: 'us-east-1', credentials, forcePathStyle: true, maxAttempts: 1 };
    const client = new S3Client({ ...common, ...options });
    this.clients.push(client);
    return client;
  }

  /** Sends a request that the SDK would not send, signed by aws4. @param sent replaces the signed body */
  async send(
    method: string,
    path: string,
    headers: Record<string, string> = {},
    body: Buffer | string = '',
    sent = body,
  ): Promise<HttpResponse> {
    const hash = createHash('sha256').update(body).digest('hex');
    const signed = this.sign(method, path, { 'x-amz-content-sha256': hash, ...headers }, body);
    return await send(`${this.endpoint}${path}`, { method, headers: signed, body: sent });
  }

  /** Sends the first bytes of a PUT, and leaves the connection open. */
  beginPut(path: string, length: number, bytes: string): Socket {
    const headers = { 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD', 'content-length': String(length) };
    return this.beginRaw('PUT', `${this.endpoint}${path}`, this.sign('PUT', path, headers), bytes);
  }

  /** Sends a request and the first bytes of its body, and leaves the connection open. @param headers including `Host` */
  beginRaw(method: string, url: string, headers: Record<string, string>, bytes: string): Socket {
    const { port, pathname, search } = new URL(url);
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
    const socket = connectSocket(Number(port), '127.0.0.1');
    socket.write(`${method} ${pathname}${search} HTTP/1.1\r\n${lines.join('')}\r\n${bytes}`);
    return socket;
  }

  /** Files below a folder of the data directory. */
  async files(folder = ''): Promise<readonly string[]> {
    return (await readdir(join(this.directory, folder), { recursive: true })).sort();
  }

  private sign(method: string, path: string, headers: Record<string, string>, body?: Buffer | string) {
    const { host } = new URL(this.endpoint);
    const request = { host, service: 's3', region: 'us-east-1', method, path, headers, ...(body ? { body } : {}) };
    return aws4.sign(request, this.owner).headers as Record<string, string>;
  }
}
