import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openDynalite } from '../emulator/dynamodb/dynalite';
import { readTable } from '../emulator/dynamodb/table-model';
import { Template } from '../emulator/template/template';
import { benchAssembly } from './assembly';
import { askForLink, openEmulator } from './emulator';
import { type Cell, type Figure, quantile } from './figures';
import { fire } from './load';
import { STUB_ITEM } from './subjects';

/** Links that are opened while the others are there. */
const OPENED = 500;
/** Puts under way at once. */
const LANES = 64;

/**
 * How long opening a link takes by how many there are, on disk. It must not grow: a link is found by its key.
 *
 * @param counts of links that are live.
 */
export async function liveLinkFigures(counts: readonly number[]): Promise<readonly Figure[]> {
  const figures: Figure[] = [];
  for (const links of counts) {
    const directory = await mkdtemp(join(tmpdir(), 'one-time-s3-links-bench-'));
    try {
      // Makes the table.
      await (await openEmulator(directory)).close();
      await fill(join(directory, 'dynamodb'), links);
      figures.push({
        section: 'The emulator, on this machine',
        name: `redeem with ${links.toLocaleString('en-GB')} live links, 1 client: p50, p99 in ms`,
        cells: { ours: await openSome(directory) },
      });
    } finally {
      await rm(directory, { recursive: true });
    }
  }
  return figures;
}

async function openSome(directory: string): Promise<Cell> {
  const emulator = await openEmulator(directory);
  try {
    const { bodies } = await fire(
      Array.from({ length: 2 * OPENED }, () => askForLink(emulator)),
      16,
    );
    const open = bodies.map((url) => ({ method: 'GET', url, status: 302 }) as const);
    // What compiles now would count as well.
    await fire(open.slice(0, OPENED), 16);
    const { latencies } = await fire(open.slice(OPENED), 1);
    const [p50, p99] = [0.5, 0.99].map((share) => Number(quantile(latencies, share).toFixed(1)));
    return { text: `${p50}, ${p99}`, data: { p50, p99 } };
  } finally {
    await emulator.close();
  }
}

/** Fills a table with links, past the door of the emulator. */
async function fill(directory: string, links: number): Promise<void> {
  const { template, stackName } = await benchAssembly();
  const table = readTable(new Template(template, stackName));
  if (table === undefined) {
    throw new Error('the stack has no table');
  }
  const { name: TableName, partitionKey } = table;
  const dynalite = await openDynalite(directory);
  try {
    const { url: _url, count: _count, ...link } = JSON.parse(STUB_ITEM);
    const numbers = Array.from({ length: links }, (_, index) => index).values();
    const lane = async (): Promise<void> => {
      for (const _ of numbers) {
        const key = { [partitionKey.name]: { S: randomBytes(16).toString('base64url') } };
        const { status, body } = await dynalite.call('PutItem', { TableName, Item: { ...link, ...key } });
        if (status !== 200) {
          throw new Error(`the table cannot be filled: ${JSON.stringify(body)}`);
        }
      }
    };
    await Promise.all(Array.from({ length: LANES }, lane));
  } finally {
    await dynalite.close();
  }
}
