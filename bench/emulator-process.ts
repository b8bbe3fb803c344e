import { createInterface } from 'node:readline';
import { startEmulator } from '../emulator/emulator';
import { benchAssembly } from './assembly';

/** What the process says once it listens, as one line of JSON. */
export interface EmulatorAddress {
  readonly apiEndpoint: string;
  readonly bucketName: string;
}

/**
 * The local emulator in a process of its own: `node --import tsx bench/emulator-process.ts [DATA_DIRECTORY]`. Each line that it
 * reads it answers with the milliseconds of the processor that it took so far.
 */
async function main(): Promise<void> {
  const [dataDirectory] = process.argv.slice(2);
  const emulator = await startEmulator({
    assembly: await benchAssembly(),
    port: 0,
    ...(dataDirectory === undefined ? {} : { dataDirectory }),
  });
  const address: EmulatorAddress = {
    apiEndpoint: emulator.apiEndpoint,
    bucketName: emulator.outputs['BucketUrl'] ?? '',
  };
  process.stdout.write(`${JSON.stringify(address)}\n`);
  for await (const _ of createInterface({ input: process.stdin })) {
    const { user, system } = process.cpuUsage();
    process.stdout.write(`${(user + system) / 1000}\n`);
  }
  await emulator.close();
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.stack : error}\n`);
  process.exit(1);
});
