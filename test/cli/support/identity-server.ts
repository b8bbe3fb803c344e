import { proveIdentity } from '../../../emulator/identity';
import { type LocalService, serveOnLoopback } from '../../../emulator/loopback';

/** A server that proves the identity of a local emulator, and does nothing else. */
export async function startIdentityServer(token: string): Promise<LocalService> {
  return await serveOnLoopback(
    async (request, response) => {
      response.end(proveIdentity(token, request.url) ?? 'something else');
    },
    { port: 0, now: () => new Date() },
  );
}
