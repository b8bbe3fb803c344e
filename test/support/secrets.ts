import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Nonces, signatures of presigned URLs, session tokens. */
const PATTERNS = [
  /(?<=[?&]nonce=|(?:open-link|send-file)#)[\w-]{43}(?![\w-])/g,
  /(?<=X-Amz-Signature=)[0-9a-f]{64}/g,
  /(?<=X-Amz-Security-Token=)[^&"\s]+/g,
];

const seen = new Set<string>();

/** Remembers every secret in a response, for {@link expectNoSecrets}. */
export function noteSecrets(text: string): void {
  for (const pattern of PATTERNS) {
    for (const [secret] of text.matchAll(pattern)) {
      seen.add(secret);
      seen.add(decodeURIComponent(secret));
    }
  }
}

/** A text to search for secrets. */
export interface Place {
  readonly name: string;
  readonly content: string;
}

/** Every file below a directory, decoded as Latin-1 so that no byte is lost. */
export function filesIn(directory: string): readonly Place[] {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .map((name) => ({ name, content: `${name}\n${readFileSync(name, 'latin1')}` }));
}

/** @throws Error if a place contains a secret from a response. The message names the place, not the secret. */
export function expectNoSecrets(places: readonly Place[]): void {
  for (const { name, content } of places) {
    for (const secret of seen) {
      if (content.includes(secret)) {
        throw new Error(`a secret of ${secret.length} characters is in ${name}`);
      }
    }
  }
}

/** Number of secrets to search for. */
export function secretCount(): number {
  return seen.size;
}
