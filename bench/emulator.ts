import { join } from 'node:path';
import { sign } from 'aws4';
import { LOCAL_CALLER } from '../emulator/iam/credentials';
import type { EmulatorAddress } from './emulator-process';
import { startHelper } from './helper-process';
import type { Shot } from './load';

/** An emulator in a process of its own. */
export interface BenchEmulator extends EmulatorAddress {
  /** Time of the processor that it took so far. */
  cpuMilliseconds(): Promise<number>;
  close(): Promise<void>;
}

/** Starts an emulator. @param dataDirectory in memory if absent */
export async function openEmulator(dataDirectory?: string): Promise<BenchEmulator> {
  const data = dataDirectory === undefined ? [] : [dataDirectory];
  const { ready, ask, close } = await startHelper(['--import', 'tsx', join(__dirname, 'emulator-process.ts'), ...data]);
  return {
    ...(JSON.parse(ready) as EmulatorAddress),
    cpuMilliseconds: async () => Number(await ask('cpu')),
    close,
  };
}

/** A signed request for a link to the sample object. */
export function askForLink(emulator: EmulatorAddress, fields: Readonly<Record<string, unknown>> = {}): Shot {
  const url = `${emulator.apiEndpoint}generate-url`;
  const body = JSON.stringify({ bucket_name: emulator.bucketName, object_name: 'S3.png', ...fields });
  const { host, pathname } = new URL(url);
  const headers = { 'Content-Type': 'application/json' };
  const request = { host, path: pathname, method: 'POST', service: 'execute-api', region: 'us-east-1', headers, body };
  const signed = sign(request, LOCAL_CALLER);
  return { method: 'POST', url, headers: signed.headers as Record<string, string>, body, status: 200 };
}
