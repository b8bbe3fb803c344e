import { createHmac, randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { isObject, parseJsonObject } from '../client/json';
import { readText } from '../client/read-text';
import { LOCAL_EMULATOR } from '../lambda/contract';

/** The local emulator that wrote an outputs file, as recorded in the file. */
export interface EmulatorRecord {
  readonly apiEndpoint: string;
  readonly processId: string;
  /** Only the emulator and its user can read it. */
  readonly token: string;
}

const TIMEOUT_MS = 10_000;

/** Reads the record from the outputs of a stack. @returns `undefined` if no local emulator wrote them */
export function emulatorRecord(outputs: unknown): EmulatorRecord | undefined {
  const { ApiGatewayEndpoint, EmulatorPid, EmulatorToken } = isObject(outputs) ? outputs : {};
  const isComplete =
    typeof ApiGatewayEndpoint === 'string' &&
    URL.canParse(ApiGatewayEndpoint) &&
    typeof EmulatorPid === 'string' &&
    /^\d+$/.test(EmulatorPid) &&
    typeof EmulatorToken === 'string' &&
    EmulatorToken !== '';
  return isComplete ? { apiEndpoint: ApiGatewayEndpoint, processId: EmulatorPid, token: EmulatorToken } : undefined;
}

/**
 * Whether the emulator that wrote the record is running. Another process may listen on its ports by now, so the
 * emulator must prove that it knows the token. Nothing else is sent to it.
 */
export async function isRunning({ apiEndpoint, token }: EmulatorRecord): Promise<boolean> {
  const challenge = randomBytes(32).toString('base64url');
  // A custom domain may not resolve to this machine.
  const address = `http://127.0.0.1:${new URL(apiEndpoint).port}${LOCAL_EMULATOR.identityPath}?challenge=${challenge}`;
  try {
    const response = await fetch(address, { redirect: 'error', signal: AbortSignal.timeout(TIMEOUT_MS) });
    const proof = createHmac('sha256', token).update(challenge).digest('base64url');
    return (await readText(response, proof.length)) === proof;
  } catch {
    return false;
  }
}

/** Whether the emulator that wrote an outputs file is running; `false` if the file is missing or malformed. */
export async function isEmulatorRunning(outputsFile: string): Promise<boolean> {
  const text = await readFile(outputsFile, 'utf8').catch(() => '');
  const record = emulatorRecord(Object.values(parseJsonObject(text) ?? {})[0]);
  return record !== undefined && (await isRunning(record));
}
