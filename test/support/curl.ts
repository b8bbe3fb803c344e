import { execFile, spawnSync } from 'node:child_process';
import { promisify } from 'node:util';
import { LOCAL_CALLER } from '../../emulator/iam/credentials';

const { stdout: version } = spawnSync('curl', ['--version'], { encoding: 'utf8' });

const [, major = 0, minor = 0] = (/^curl (\d+)\.(\d+)/.exec(version ?? '') ?? []).map(Number);

/** `test`, skipped without curl 7.87 or later, which signs requests and has `--url-query`. */
export const testWithCurl = major > 7 || (major === 7 && minor >= 87) ? test : test.skip;

/** Runs curl, signing as the local caller, and returns what it prints. @throws Error for a status of 400 or more */
export async function curl(service: string, ...args: readonly string[]): Promise<string> {
  const { accessKeyId, secretAccessKey } = LOCAL_CALLER;
  const signature = ['--aws-sigv4', `aws:amz:us-east-1:${service}`, '--user', `${accessKeyId}:${secretAccessKey}`];
  return (await promisify(execFile)('curl', ['--silent', '--fail', ...signature, ...args])).stdout;
}
