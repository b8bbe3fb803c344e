import dns from 'node:dns';
import { Socket } from 'node:net';
import type * as AuthorizeAccess from '../../../lambda/authorize-access';
import { authorizerEvent } from '../support/events';
import { ENVIRONMENT } from '../support/handler';

const before = { ...process.env };
beforeEach(() => {
  Object.assign(process.env, ENVIRONMENT);
});
afterEach(() => {
  process.env = { ...before };
  jest.restoreAllMocks();
  jest.dontMock('../../../lambda/aws/warm-up');
});

/** Loads the authorizer as in a cold start. */
function load(): typeof AuthorizeAccess {
  let loaded: typeof AuthorizeAccess | undefined;
  jest.isolateModules(() => {
    loaded = jest.requireActual<typeof AuthorizeAccess>('../../../lambda/authorize-access');
  });
  return loaded as typeof AuthorizeAccess;
}

describe('the warm-up of the authorizer', () => {
  test('performs a whole redemption during init, without a network request or a log line', async () => {
    const lookup = jest.spyOn(dns, 'lookup');
    const connect = jest.spyOn(Socket.prototype, 'connect');
    const logged = jest.spyOn(process.stdout, 'write').mockReturnValue(true);

    const [warmUp] = await load().warmedUp;

    expect(warmUp).toMatchObject({ status: 'fulfilled', value: { outcome: 'redeemed' } });
    expect(lookup).not.toHaveBeenCalled();
    expect(connect).not.toHaveBeenCalled();
    expect(logged).not.toHaveBeenCalled();
  });

  const begin = () => {
    throw new Error('no client');
  };
  const send = () => Promise.reject(new Error('no response'));
  test.each([
    ['cannot begin', begin],
    ['fails', () => ({ send })],
  ])('does not affect requests if it %s', async (_, warmUpClient) => {
    jest.spyOn(process.stdout, 'write').mockReturnValue(true);
    jest.doMock('../../../lambda/aws/warm-up', () => ({ warmUpClient }));

    const { handler, warmedUp } = load();

    expect(await warmedUp).toMatchObject([{ status: 'rejected' }]);
    expect(await handler(authorizerEvent('no nonce'))).toMatchObject({ principalId: 'none' });
  });
});
