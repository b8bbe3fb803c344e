import { join } from 'node:path';
import { askForLink, type BenchEmulator, openEmulator } from './emulator';
import { type Cell, type Figure, median, quantile, spread } from './figures';
import { startHelper } from './helper-process';
import { fire, type Salvo, type Shot } from './load';

/** Clients at once. */
const CLIENTS = [1, 16, 64];
const SECTION = 'The emulator, on this machine';

/** How much to ask of the emulator. */
export interface LoadEffort {
  readonly rounds: number;
  readonly requestsPerRound: number;
}

/** Requests a second and how long they take, by how many ask at once; and what one takes of the processor. */
export async function throughputFigures(effort: LoadEffort): Promise<readonly Figure[]> {
  const emulator = await openEmulator();
  const bareServer = await startHelper([join(__dirname, 'processes', 'bare-server.js')]);
  try {
    // What compiles now would count as the emulator's.
    await issueAndOpen(emulator, 300, 16);
    const figures: Figure[] = [];
    const cpu: Record<string, number[]> = {};
    for (const clients of CLIENTS) {
      const salvos: Record<string, Salvo[]> = {};
      for (let round = 0; round < effort.rounds; round++) {
        const measured = await issueAndOpen(emulator, effort.requestsPerRound, clients);
        for (const [what, { salvo, cpuMilliseconds }] of Object.entries(measured)) {
          salvos[what] = [...(salvos[what] ?? []), salvo];
          cpu[what] = [...(cpu[what] ?? []), cpuMilliseconds];
        }
      }
      const floor = await fire(shotsAt(`http://127.0.0.1:${bareServer.ready}/`, effort.requestsPerRound), clients);
      for (const [what, of] of Object.entries(salvos)) {
        figures.push({
          section: SECTION,
          name: `${what}, ${clients} ${clients === 1 ? 'client' : 'clients'}: a second; p50, p99 in ms`,
          cells: { floor: rate([floor]), ours: rate(of) },
        });
      }
    }
    for (const [what, milliseconds] of Object.entries(cpu)) {
      const ours = spread(milliseconds, 2);
      figures.push({ section: SECTION, name: `${what}: ms of the processor`, cells: { ours } });
    }
    return figures;
  } finally {
    await bareServer.close();
    await emulator.close();
  }
}

/** Issues links, opens each, and tries each once more. */
async function issueAndOpen(
  emulator: BenchEmulator,
  links: number,
  clients: number,
): Promise<Readonly<Record<string, { readonly salvo: Salvo; readonly cpuMilliseconds: number }>>> {
  const measure = async (shots: readonly Shot[]) => {
    const before = await emulator.cpuMilliseconds();
    const salvo = await fire(shots, clients);
    return { salvo, cpuMilliseconds: ((await emulator.cpuMilliseconds()) - before) / links };
  };
  const issue = await measure(Array.from({ length: links }, () => askForLink(emulator)));
  const open = (status: number): readonly Shot[] => issue.salvo.bodies.map((url) => ({ method: 'GET', url, status }));
  return { issue, redeem: await measure(open(302)), 'refused redeem': await measure(open(403)) };
}

function shotsAt(url: string, count: number): readonly Shot[] {
  return Array.from({ length: count }, () => ({ method: 'GET', url, status: 302 }));
}

function rate(salvos: readonly Salvo[]): Cell {
  const perSecond = Math.round(median(salvos.map(({ latencies, seconds }) => latencies.length / seconds)));
  const latencies = salvos.flatMap((salvo) => salvo.latencies);
  const [p50, p99] = [0.5, 0.99].map((share) => Number(quantile(latencies, share).toFixed(1)));
  return { text: `${perSecond}; ${p50}, ${p99}`, data: { perSecond, p50, p99 } };
}
