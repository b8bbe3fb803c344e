import { Agent, request } from 'node:http';

/** A request to send, and the status that it must be answered with. */
export interface Shot {
  readonly method: 'GET' | 'POST';
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly status: number;
}

/** What came of a number of requests. */
export interface Salvo {
  /** Of each, in milliseconds, in the order they were answered. */
  readonly latencies: readonly number[];
  readonly bodies: readonly string[];
  readonly seconds: number;
}

/**
 * Sends requests as so many clients do that each wait for an answer before they send another, on connections of their own.
 *
 * @throws Error if one is answered with another status than it must be.
 */
export async function fire(shots: readonly Shot[], clients: number): Promise<Salvo> {
  const agent = new Agent({ keepAlive: true, maxSockets: clients });
  const latencies: number[] = [];
  const bodies: string[] = [];
  const queue = shots.values();
  const client = async (): Promise<void> => {
    for (const shot of queue) {
      const sent = performance.now();
      bodies.push(await send(shot, agent));
      latencies.push(performance.now() - sent);
    }
  };
  const started = performance.now();
  try {
    await Promise.all(Array.from({ length: clients }, client));
    return { latencies, bodies, seconds: (performance.now() - started) / 1000 };
  } finally {
    agent.destroy();
  }
}

async function send({ method, url, headers, body, status }: Shot, agent: Agent): Promise<string> {
  return await new Promise((resolve, reject) => {
    const outgoing = request(url, { method, agent, ...(headers && { headers }) }, (incoming) => {
      let text = '';
      incoming.setEncoding('utf8');
      incoming.on('data', (chunk: string) => {
        text += chunk;
      });
      incoming.on('error', reject);
      incoming.on('end', () => {
        if (incoming.statusCode === status) {
          resolve(text);
        } else {
          reject(new Error(`${method} was answered with ${incoming.statusCode} and not ${status}: ${text}`));
        }
      });
    });
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}
