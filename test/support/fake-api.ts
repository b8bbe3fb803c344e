import { text } from 'node:stream/consumers';
import { type LocalService, serveOnLoopback } from '../../emulator/loopback';

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

/** A server that sends prepared responses. */
export interface FakeApi extends LocalService {
  /** The responses to the next requests. */
  readonly replies: Reply[];
  /** The requests so far. */
  readonly requests: Received[];
}

/** A problem, as the API returns it. */
export function problem(status: number, code: string, detail = 'Some detail.'): Reply {
  return [status, { type: 'about:blank', title: 'Title', status, detail, code }];
}

export async function startFakeApi(...replies: Reply[]): Promise<FakeApi> {
  const requests: Received[] = [];
  const server = await serveOnLoopback(
    async (request, response) => {
      const { method = '', url = '', rawHeaders } = request;
      requests.push({ method, url, rawHeaders, body: await text(request) });
      const reply = replies.shift() ?? 'reset';
      if (reply === 'reset') {
        request.socket.resetAndDestroy();
      } else if (reply !== 'silence') {
        const [status, body, headers = {}] = reply;
        const content = typeof body === 'string' ? body : JSON.stringify(body);
        response.writeHead(status, { 'Retry-After': '0', ...headers }).end(status === 204 ? undefined : content);
      }
    },
    { port: 0, now: () => new Date() },
  );
  return { endpoint: `${server.endpoint}/prod/`, replies, requests, close: server.close };
}

/** Waits until a server has received some requests. */
export async function untilRequested({ requests }: FakeApi, count = 1): Promise<void> {
  while (requests.length < count) {
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
