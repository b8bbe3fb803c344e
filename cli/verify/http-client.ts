import { Agent as HttpAgent, request as requestHttp } from 'node:http';
import { Agent as HttpsAgent, request as requestHttps } from 'node:https';
import type { HttpRequest, HttpResponse } from './check';

/** Connections to each host. A check sends 50 requests at the same time. */
export const MAX_CONNECTIONS = 64;
/** Less than the 60 seconds after which an AWS load balancer closes an idle connection. */
const TIMEOUT_MS = 30_000;

/**
 * Creates an HTTP client that sends a request as it is. `fetch` always adds `Accept`, and the checks also need requests
 * without it.
 */
export function createHttpClient(signal: AbortSignal) {
  const settings = { keepAlive: true, maxSockets: MAX_CONNECTIONS, timeout: TIMEOUT_MS };
  const agents = { http: new HttpAgent(settings), https: new HttpsAgent(settings) };
  return {
    /** @throws Error if there is no response within 30 seconds, without the URL, which may contain a nonce */
    send: (url: string, { method = 'GET', headers = {}, body }: HttpRequest = {}): Promise<HttpResponse> =>
      new Promise((resolve, reject) => {
        const isHttps = url.startsWith('https:');
        const options = { method, headers, signal, agent: isHttps ? agents.https : agents.http };
        const outgoing = (isHttps ? requestHttps : requestHttp)(url, options, (incoming) => {
          const chunks: Buffer[] = [];
          incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
          incoming.on('error', reject);
          incoming.on('end', () =>
            resolve({ status: incoming.statusCode ?? 0, headers: incoming.headers, body: Buffer.concat(chunks) }),
          );
        });
        outgoing.on('timeout', () => outgoing.destroy(new Error(`no response within ${TIMEOUT_MS / 1000} seconds`)));
        outgoing.on('error', reject);
        outgoing.end(body);
      }),
    close(): void {
      agents.http.destroy();
      agents.https.destroy();
    },
  };
}
