import { createInterface } from 'node:readline';
import { pipeline, type Readable, Transform } from 'node:stream';
import { CliError } from './errors';
import type { SharedFile } from './shared-file';

/** The argument that represents standard input. */
export const STANDARD_INPUT = '-';

/** Reads the first line. @returns the line without spaces around it; empty if there is none */
export async function readFirstLine(input: Readable, signal: AbortSignal): Promise<string> {
  const lines = createInterface({ input, signal });
  try {
    for await (const line of lines) {
      return line.trim();
    }
    return '';
  } finally {
    lines.close();
  }
}

/** Standard input as a file. Its size is known only after it has been read. */
export function sharedInput(input: Readable, name: string): SharedFile {
  let readBytes = 0;
  let hasEnded = false;
  return {
    name,
    get sizeBytes() {
      return hasEnded ? readBytes : undefined;
    },
    read() {
      const counter = new Transform({
        transform(chunk: Buffer, _encoding, done) {
          readBytes += chunk.length;
          done(null, chunk);
        },
        flush(done) {
          hasEnded = true;
          // A command that failed before the pipe writes nothing.
          done(readBytes === 0 ? new CliError('Usage', 'Standard input is empty: there is nothing to share.') : null);
        },
      });
      // The counter passes errors on, and can be destroyed while the input is silent.
      return pipeline(input, counter, () => {});
    },
    close: async () => {},
  };
}
