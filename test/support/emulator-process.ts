import { startEmulator } from '../../emulator/emulator';
import { testAssembly } from './assembly';
import { unthrottled } from './unthrottled';

/** Output of the process when it is ready, as one line of JSON. */
export interface EmulatorAddress {
  readonly apiEndpoint: string;
  readonly bucketName: string;
}

/** Runs an emulator as a process that can be killed: `node --import tsx emulator-process.ts DATA_DIRECTORY`. */
async function main(): Promise<void> {
  const [dataDirectory] = process.argv.slice(2);
  if (dataDirectory === undefined) {
    throw new Error('usage: emulator-process.ts DATA_DIRECTORY');
  }
  const emulator = await startEmulator({ assembly: await testAssembly(unthrottled), port: 0, dataDirectory });
  const address: EmulatorAddress = {
    apiEndpoint: emulator.apiEndpoint,
    bucketName: emulator.outputs['BucketUrl'] ?? '',
  };
  process.stdout.write(`${JSON.stringify(address)}\n`);
  // Exits with the test that started it, even if that test is killed.
  process.stdin.resume().once('end', () => process.exit(1));
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.stack : error}\n`);
  process.exit(1);
});
