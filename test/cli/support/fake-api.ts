import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

/** A response, a connection that is reset, or no response at all. */
export type Reply =
  | readonly [status: number, body: string | object, headers?: Readonly<Record<string, string>>]
  | 'reset'
  | 'silence';

/** A request that was received. */
export interface Received {
  readonly method: string;
  readonly url: string;
  readonly rawHeaders: readonly string[];
  readonly body: string;
}

/** Starts a server that gives the next of `replies` to each request, and records the requests. */
export async function startFakeApi() {
  const replies: Reply[] = [];
  const requests: Received[] = [];
  const record = async (request: IncomingMessage): Promise<void> => {
    const { method = '', url = '', rawHeaders } = request;
    requests.push({ method, url, rawHeaders, body: await text(request) });
  };
  const server = createServer(async (request, response) => {
    await record(request);
    const reply = replies.shift() ?? 'reset';
    if (reply === 'reset') {
      request.socket.resetAndDestroy();
    } else if (reply !== 'silence') {
      const [status, body, headers = {}] = reply;
      const content = typeof body === 'string' ? body : JSON.stringify(body);
      response.writeHead(status, { 'Retry-After': '0', ...headers }).end(status === 204 ? undefined : content);
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}/prod/`,
    replies,
    requests,
    reset(): void {
      replies.length = 0;
      requests.length = 0;
    },
    close(): void {
      server.close();
      server.closeAllConnections();
    },
  };
}
