import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { issueLink, manageLink, send } from '../support/http';
import { type RunningEmulator, type RunningEmulatorOptions, runEmulator } from '../support/running-emulator';

let dataDirectory: string;
beforeEach(async () => {
  dataDirectory = await mkdtemp(join(tmpdir(), 'rollback-'));
});
afterEach(() => rm(dataDirectory, { recursive: true }));

/** Deploys the stack over the same table, and closes it after `use`. */
async function deployed<T>(
  options: RunningEmulatorOptions,
  use: (emulator: RunningEmulator) => Promise<T>,
): Promise<T> {
  const emulator = await runEmulator({ dataDirectory, ...options });
  try {
    return await use(emulator);
  } finally {
    await emulator.close();
  }
}

function issue(emulator: RunningEmulator, presign: 'now' | 'on_open') {
  return issueLink(emulator, { bucket_name: emulator.bucketName, object_name: 'S3.png', presign, expires_in: 3600 });
}

/** The status of a request to redeem a link at the emulator's current address. */
async function redeem(emulator: RunningEmulator, url: string): Promise<number> {
  return (await send(`${emulator.apiEndpoint}access-object${new URL(url).search}`)).status;
}

test('switching signOnOpen off and on again loses no on_open link, and invalidates no stored URL', async () => {
  const [onOpen, stored] = await deployed({}, async (emulator) => [
    await issue(emulator, 'on_open'),
    await issue(emulator, 'now'),
  ]);

  await deployed({ options: { signOnOpen: false } }, async (emulator) => {
    expect(await redeem(emulator, onOpen.url)).toBe(503);
    await emulator.logged('AuthorizeAccess', '"event":"format_unsupported","format":2', onOpen.link_id);
    expect((await manageLink(emulator, 'GET', onOpen.link_id)).status).toBe(200);
    expect(await redeem(emulator, stored.url)).toBe(302);
  });

  await deployed({}, async (emulator) => {
    expect(await redeem(emulator, onOpen.url)).toBe(302);
    expect(await redeem(emulator, onOpen.url)).toBe(403);
  });
});

test('a link of a newer version is neither redeemed nor lost, and can be revoked', async () => {
  await deployed({}, async (emulator) => {
    const link = await issue(emulator, 'on_open');
    const { tableName: TableName, dynamoDb } = emulator;
    const { Item } = await dynamoDb.send(new GetItemCommand({ TableName, Key: { nonce_id: { S: link.link_id } } }));
    await dynamoDb.send(new PutItemCommand({ TableName, Item: { ...Item, record_format: { N: '4' } } }));

    expect(await redeem(emulator, link.url)).toBe(503);
    expect((await manageLink(emulator, 'GET', link.link_id)).status).toBe(200);
    expect((await manageLink(emulator, 'DELETE', link.link_id)).status).toBe(204);
  });
});
