import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { S3Client } from '@aws-sdk/client-s3';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { startDynamoDb } from '../../../emulator/dynamodb/server';
import type { Principal } from '../../../emulator/iam/principal';
import { startS3 } from '../../../emulator/s3/server';
import type { LinkTable } from '../../../lambda/aws/link-table';
import { sessionToken } from './samples';

const REGION = 'us-east-1';

/** Role of a function: temporary credentials with a session token. */
export const ROLE: Principal = {
  arn: 'arn:aws:sts::123456789012:assumed-role/GenerateUrlRole/generate-url',
  accessKeyId: 'ASIAROLE',
  secretAccessKey: 'secret-key-of-the-role',
  sessionToken: sessionToken(1_100),
  statements: [{ effect: 'Allow', actions: ['*'], resources: ['*'] }],
};
/** The credentials of {@link ROLE}, to sign with. */
export const ROLE_CREDENTIALS = {
  accessKeyId: ROLE.accessKeyId,
  secretAccessKey: ROLE.secretAccessKey,
  sessionToken: ROLE.sessionToken ?? '',
};
/** May read objects, but not list them. */
export const NO_LISTER: Principal = {
  ...ROLE,
  accessKeyId: 'ASIANOLISTER',
  statements: [{ effect: 'Allow', actions: ['s3:GetObject', 's3:GetObjectVersion'], resources: ['*'] }],
};
/** May list objects, but not read them. */
export const NO_READER: Principal = {
  ...ROLE,
  accessKeyId: 'ASIANOREADER',
  statements: [{ effect: 'Allow', actions: ['s3:ListBucket'], resources: ['*'] }],
};
/** May read and list objects, but not read versions by ID. */
export const NO_VERSIONS: Principal = {
  ...ROLE,
  accessKeyId: 'ASIANOVERSIONS',
  statements: [{ effect: 'Allow', actions: ['s3:GetObject', 's3:ListBucket'], resources: ['*'] }],
};
const PRINCIPALS = new Map(
  [ROLE, NO_LISTER, NO_READER, NO_VERSIONS].map((principal) => [principal.accessKeyId, principal]),
);

/** A DynamoDB with an empty table. */
export interface TableEngine {
  readonly endpoint: string;
  readonly links: LinkTable;
  close(): Promise<void>;
}

/** Starts the DynamoDB of the local emulator. */
export async function startTable(): Promise<TableEngine> {
  const tableName = 'links';
  const arn = `arn:aws:dynamodb:${REGION}:123456789012:table/${tableName}`;
  const service = await startDynamoDb({
    tables: [{ name: tableName, arn, partitionKey: { name: 'nonce_id', type: 'S' } }],
    port: 0,
    region: REGION,
    principals: PRINCIPALS,
    now: () => new Date(),
  });
  const client = new DynamoDBClient({
    endpoint: service.endpoint,
    region: REGION,
    credentials: ROLE_CREDENTIALS,
    // A kept connection may be closed by the server just when it is used again; a retry would blur who won a race.
    maxAttempts: 1,
    requestHandler: { httpAgent: { keepAlive: false } },
  });
  return {
    endpoint: service.endpoint,
    links: { client: DynamoDBDocumentClient.from(client), name: tableName },
    async close() {
      client.destroy();
      await service.close();
    },
  };
}

/** An S3 with two buckets. */
export interface BucketEngine {
  readonly endpoint: string;
  /** Sets the time that requests are checked against. @default the system clock */
  setClock(now: Date | undefined): void;
  connect(principal: Principal): S3Client;
  close(): Promise<void>;
}

/** Starts the S3 of the local emulator, with the buckets `plain` and `versioned`. */
export async function startBuckets(): Promise<BucketEngine> {
  const dataDirectory = await mkdtemp(join(tmpdir(), 'object-store-test-'));
  let clock: Date | undefined;
  const service = await startS3({
    buckets: ['plain', 'versioned'].map((name) => ({
      name,
      arn: `arn:aws:s3:::${name}`,
      versioned: name === 'versioned',
    })),
    dataDirectory,
    port: 0,
    region: REGION,
    principals: PRINCIPALS,
    now: () => clock ?? new Date(),
  });
  const clients: S3Client[] = [];
  return {
    endpoint: service.endpoint,
    setClock(now) {
      clock = now;
    },
    connect(principal) {
      const client = new S3Client({
        endpoint: service.endpoint,
        region: REGION,
        credentials: principal,
        requestChecksumCalculation: 'WHEN_REQUIRED',
        responseChecksumValidation: 'WHEN_REQUIRED',
      });
      clients.push(client);
      return client;
    },
    async close() {
      for (const client of clients) {
        client.destroy();
      }
      await service.close();
      await rm(dataDirectory, { recursive: true });
    },
  };
}
