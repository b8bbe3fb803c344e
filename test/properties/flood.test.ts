import type { LocalService } from '../../emulator/loopback';
import { throttleOf } from '../../lib/limits';
import { nonceNumber } from '../lambda/support/samples';
import { startGate } from '../support/gate';
import { linkTo, send } from '../support/http';
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

test('by default, a flood fits into the 1,000 executions of an ordinary account while a request takes 0.4 seconds', () => {
  const executions = (purpose: 'open' | 'page'): number => {
    const { rateLimit, burstLimit } = throttleOf({}, purpose);
    return burstLimit + rateLimit * 0.4;
  };

  // GET and POST of a direct link have a token bucket each.
  expect(2 * executions('open') + executions('page')).toBeLessThanOrEqual(1_000);
});
