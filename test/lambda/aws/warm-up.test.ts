import dns from 'node:dns';
import { Socket } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type * as AuthorizeAccess from '../../../lambda/authorize-access';
import { rehearsalClient } from '../../../lambda/aws/warm-up';
import { authorizerEvent } from '../support/events';

const ENVIRONMENT = {
  AWS_REGION: 'us-east-1',
  AWS_ACCESS_KEY_ID: 'ASIAROLE',
  AWS_SECRET_ACCESS_KEY: 'secret',
  AWS_SESSION_TOKEN: 'token',
  NONCE_TABLE_NAME: 'links',
};
const before = { ...process.env };

beforeEach(() => {
  process.env = { ...before, ...ENVIRONMENT };
});

afterEach(() => {
  process.env = { ...before };
  jest.restoreAllMocks();
  jest.dontMock('../../../lambda/aws/rehearsal');
});

/** The authorizer as Lambda loads it: afresh. */
function load(): typeof AuthorizeAccess {
  let loaded: typeof AuthorizeAccess | undefined;
  jest.isolateModules(() => {
    loaded = jest.requireActual<typeof AuthorizeAccess>('../../../lambda/authorize-access');
  });
  return loaded as typeof AuthorizeAccess;
}

describe('what the authorizer rehearses while it loads', () => {
  test('is a whole redemption, over in a turn of the event loop, and asks nobody', async () => {
    const lookup = jest.spyOn(dns, 'lookup');
    const connect = jest.spyOn(Socket.prototype, 'connect');
    const logged = jest.spyOn(process.stdout, 'write').mockReturnValue(true);

    const { rehearsed } = load();
    const first = await Promise.race([rehearsed, nextTurn('an event')]);

    expect(first).toMatchObject([{ status: 'fulfilled', value: { outcome: 'opened' } }]);
    expect(lookup).not.toHaveBeenCalled();
    expect(connect).not.toHaveBeenCalled();
    expect(logged).not.toHaveBeenCalled();
  });

  test.each([
    [
      'cannot begin',
      jest.fn().mockImplementation(() => {
        throw new Error('no client');
      }),
    ],
    ['fails', jest.fn().mockReturnValue({ send: () => Promise.reject(new Error('no answer')) })],
  ])('keeps nothing from working if it %s', async (_, rehearsalClient) => {
    jest.spyOn(process.stdout, 'write').mockReturnValue(true);
    jest.doMock('../../../lambda/aws/rehearsal', () => ({ rehearsalClient }));

    const { handler, rehearsed } = load();

    expect(await rehearsed).toMatchObject([{ status: 'rejected' }]);
    expect(rehearsalClient).toHaveBeenCalledTimes(1);
    expect(await handler(authorizerEvent('no nonce'))).toMatchObject({ principalId: 'none' });
  });
});

test('a rehearsing client answers every request by itself', async () => {
  const { config } = rehearsalClient();

  expect(await config.requestHandler.handle({} as never)).toMatchObject({ response: { statusCode: 200 } });
});
