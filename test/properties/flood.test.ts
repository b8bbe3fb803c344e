import { GetItemCommand } from '@aws-sdk/client-dynamodb';
import type { LocalService } from '../../emulator/loopback';
import { throttleOf } from '../../lib/limits';
import { nonceNumber } from '../lambda/support/samples';
import { startGate } from '../support/gate';
import { issueLink, linkTo, send } from '../support/http';
import { runEmulator, until } from '../support/running-emulator';
import { unthrottled } from '../support/unthrottled';

const ACCOUNT_CONCURRENCY = 4;

/**
 * Redeems a link while a flood takes every execution that it can get, just after the authorizer has redeemed the link.
 *
 * @returns the status of the response, and of a second attempt after the flood.
 */
async function redeemDuringFlood(options: Readonly<Record<string, unknown>>): Promise<readonly [number, number]> {
  let executions = 0;
  let gate: LocalService | undefined;
  let flood: readonly Promise<unknown>[] = [];
  let endFlood = () => {};
  const floodEnd = new Promise<void>((resolve) => {
    endFlood = resolve;
  });
  const emulator = await runEmulator({
    options,
    accountConcurrency: ACCOUNT_CONCURRENCY,
    change: unthrottled,
    onCall: ({ action }) => {
      executions += action === 'lambda:InvokeFunction' ? 1 : 0;
    },
    // While the flood's deletes wait, so do their authorizers.
    between: async (service, endpoint) => {
      if (service === 's3') {
        return endpoint;
      }
      gate = await startGate(endpoint, { admit: () => (flood.length > 0 ? floodEnd : Promise.resolve()) });
      return gate.endpoint;
    },
    onAuthorized: async () => {
      executions = 0;
      let throttled = 0;
      flood = Array.from({ length: ACCOUNT_CONCURRENCY }, async (_, number) => {
        const { status } = await send(`${emulator.apiEndpoint}access-object?nonce=${nonceNumber(number)}`);
        throttled += status === 503 ? 1 : 0;
      });
      await until(() => (executions + throttled >= ACCOUNT_CONCURRENCY ? true : undefined));
    },
  });
  try {
    const link = await linkTo(emulator);
    const { status } = await send(link);
    endFlood();
    await Promise.all(flood);
    flood = [];
    return [status, (await send(link)).status];
  } finally {
    await gate?.close();
    await emulator.close();
  }
}

test('a flood that fills the account loses a link, because no execution is left to redirect its reader', async () => {
  expect(await redeemDuringFlood({})).toEqual([503, 403]);
});

test('with executions reserved for the authorizer, the same flood loses no link', async () => {
  expect(await redeemDuringFlood({ authorizerReservedConcurrency: 2 })).toEqual([302, 403]);
});

test('a flood of requests for a redeemed link causes at most one write per batch, and publishes nothing once the receipt is full', async () => {
  const calls: string[] = [];
  const emulator = await runEmulator({
    options: { eventBusName: 'default' },
    change: unthrottled,
    onCall: ({ action, resource }) => calls.push(`${action} ${resource}`),
  });
  const number = (pattern: RegExp): number => calls.filter((call) => pattern.test(call)).length;
  const flood = async (urls: readonly string[]): Promise<void> => {
    calls.length = 0;
    await Promise.all(Array.from({ length: 100 }, (_, index) => send(urls[index % urls.length] ?? '')));
    await emulator.delivered();
    expect(number(/UpdateItem/)).toBeLessThanOrEqual(urls.length * number(/InvokeFunction .*RecordReceipts/));
  };
  try {
    const { url, link_id: linkId } = await issueLink(emulator, {
      bucket_name: emulator.bucketName,
      object_name: 'S3.png',
    });
    await send(url);
    await emulator.delivered();
    await flood([url]);
    const key = { TableName: emulator.receiptTableName, Key: { link_id: { S: linkId } } };
    const { Item: full } = await emulator.dynamoDb.send(new GetItemCommand(key));
    expect(full?.['refused']?.SS?.length).toBeGreaterThanOrEqual(20);
    expect(full?.['refused']?.SS?.length).toBeLessThan(40);

    await flood([url]);
    expect(number(/PutEvents/)).toBe(0);
    await flood([1, 2, 3, 4].map((unknown) => `${emulator.apiEndpoint}access-object?nonce=${nonceNumber(unknown)}`));
    expect(number(/PutEvents/)).toBe(0);
    expect((await emulator.dynamoDb.send(new GetItemCommand(key))).Item).toEqual(full);
  } finally {
    await emulator.close();
  }
});

test('by default, a flood fits into the 1,000 executions of an ordinary account while a request takes 0.4 seconds', () => {
  const executions = (purpose: 'open' | 'upload' | 'page' | 'describe'): number => {
    const { rateLimit, burstLimit } = throttleOf({}, purpose);
    return burstLimit + rateLimit * 0.4;
  };

  // GET and POST of a direct link have a token bucket each, and so do the two pages.
  const downloads = 2 * executions('open') + executions('page') + executions('describe');
  const uploads = executions('upload') + executions('page');
  expect(downloads + uploads).toBeLessThanOrEqual(1_000);
});
