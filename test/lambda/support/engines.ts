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
import type { ReceiptTable } from '../../../lambda/aws/receipt-table';
import { LINKS, RECEIPTS } from '../../support/tables';
import { sessionToken } from './samples';

const REGION = 'us-east-1';

const SECRETS = { secretAccessKey: 'secret-key-of-the-role', sessionToken: sessionToken(1_100) };

/** A function's role, with temporary credentials that include a session token. */
function role(accessKeyId: string, ...actions: readonly string[]): Principal {
  const arn = 'arn:aws:sts::123456789012:assumed-role/GenerateUrlRole/generate-url';
  return { arn, accessKeyId, ...SECRETS, statements: [{ effect: 'Allow', actions, resources: ['*'] }] };
}
export const ROLE = role('ASIAROLE', '*');
export const NO_LISTER = role('ASIANOLISTER', 's3:GetObject', 's3:GetObjectVersion');
export const NO_READER = role('ASIANOREADER', 's3:ListBucket');
export const NO_VERSIONS = role('ASIANOVERSIONS', 's3:GetObject', 's3:ListBucket');
/** The credentials of {@link ROLE}, to sign with. */
export const ROLE_CREDENTIALS = { accessKeyId: ROLE.accessKeyId, ...SECRETS };
const PRINCIPALS = new Map([ROLE, NO_LISTER, NO_READER, NO_VERSIONS].map((each) => [each.accessKeyId, each]));

/** A local DynamoDB with empty tables. */
export interface TableEngine {
  readonly endpoint: string;
  readonly links: LinkTable;
  readonly receipts: ReceiptTable;
  close(): Promise<void>;
}

/** Starts the local emulator's DynamoDB. */
export async function startTable(): Promise<TableEngine> {
  const service = await startDynamoDb({
    tables: [LINKS, RECEIPTS],
    port: 0,
    region: REGION,
    principals: PRINCIPALS,
    now: () => new Date(),
  });
  const dynamoDb = new DynamoDBClient({
    endpoint: service.endpoint,
    region: REGION,
    credentials: ROLE_CREDENTIALS,
    // The server may close a kept-alive connection just as it is reused, and a retry would make the result of a race
    // unclear.
    maxAttempts: 1,
    requestHandler: { httpAgent: { keepAlive: false } },
  });
  const client = DynamoDBDocumentClient.from(dynamoDb);
  return {
    endpoint: service.endpoint,
    links: { client, name: 'links' },
    receipts: { client, name: 'receipts' },
    async close() {
      client.destroy();
      await service.close();
    },
  };
}

/** A local S3 with two buckets. */
export interface BucketEngine {
  readonly endpoint: string;
  /** Sets the time that requests are checked against. @default the system clock */
  setClock(now: Date | undefined): void;
  connect(principal: Principal): S3Client;
  close(): Promise<void>;
}

/** Starts the local emulator's S3, with the buckets `plain` and `versioned`. */
export async function startBuckets(): Promise<BucketEngine> {
  const dataDirectory = await mkdtemp(join(tmpdir(), 'object-store-test-'));
  let clock: Date | undefined;
  const service = await startS3({
    buckets: [
      { name: 'plain', arn: 'arn:aws:s3:::plain', versioned: false },
      { name: 'versioned', arn: 'arn:aws:s3:::versioned', versioned: true },
    ],
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
