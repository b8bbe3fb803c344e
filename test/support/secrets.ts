import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** What opens something: nonces, signatures of presigned URLs, session tokens. */
const PATTERNS = [
  /(?<=[?&]nonce=|open-link#)[\w-]{43}(?![\w-])/g,
  /(?<=X-Amz-Signature=)[0-9a-f]{64}/g,
  /(?<=X-Amz-Security-Token=)[^&"\s]+/g,
];

const seen = new Set<string>();

/** Takes down every secret that an answer hands out. */
export function noteSecrets(text: string): void {
  for (const pattern of PATTERNS) {
    for (const [secret] of text.matchAll(pattern)) {
      seen.add(secret);
      seen.add(decodeURIComponent(secret));
    }
  }
}

/** A place to look for secrets in. */
export interface Place {
  readonly name: string;
  readonly content: string;
}

/** Every file below a directory, as places; bytes as Latin-1, so that nothing is lost. */
export function filesIn(directory: string): readonly Place[] {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .map((name) => ({ name, content: `${name}\n${readFileSync(name, 'latin1')}` }));
}

/** @throws Error that names the place, and not the secret, if a secret handed out in this process is in one of them. */
export function expectNoSecrets(places: readonly Place[]): void {
  for (const { name, content } of places) {
    for (const secret of seen) {
      if (content.includes(secret)) {
        throw new Error(`a secret of ${secret.length} characters is in ${name}`);
      }
    }
  }
}

/** How many secrets were taken down; a search for none proves nothing. */
export function secretCount(): number {
  return seen.size;
}
