import { execFile, spawnSync } from 'node:child_process';
import { promisify } from 'node:util';
import { LOCAL_CALLER } from '../../emulator/iam/credentials';

const { stdout: version } = spawnSync('curl', ['--version'], { encoding: 'utf8' });

/** `test`, skipped without curl 7.75 or later, which signs requests. */
export const testWithCurl = /^curl (?:7\.(?:7[5-9]|[89]\d)|[89]\.)/.test(version ?? '') ? test : test.skip;

/** Runs curl, signing as the local caller, and returns what it prints. @throws Error for a status of 400 or more */
export async function curl(service: string, ...args: readonly string[]): Promise<string> {
  const { accessKeyId, secretAccessKey } = LOCAL_CALLER;
  const signature = ['--aws-sigv4', `aws:amz:us-east-1:${service}`, '--user', `${accessKeyId}:${secretAccessKey}`];
  return (await promisify(execFile)('curl', ['--silent', '--fail', ...signature, ...args])).stdout;
}
