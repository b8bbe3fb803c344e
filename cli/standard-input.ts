import { isUtf8 } from 'node:buffer';
import { createInterface } from 'node:readline';
import { addAbortSignal, pipeline, Readable, Transform } from 'node:stream';
import { MAX_TEXT_BYTES } from '../lambda/contract';
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

const SNIPPET_NAME = 'snippet.txt';

/** For example, because the command before the pipe failed. */
function emptyInput(): CliError {
  return new CliError('Usage', 'Standard input is empty: there is nothing to share.');
}

function missingName(): CliError {
  const limit = `${MAX_TEXT_BYTES.toLocaleString('en-US')} bytes`;
  const message = `Standard input has no file name: add --as NAME. Only UTF-8 text of at most ${limit} needs none.`;
  return new CliError('Usage', message);
}

/** Control characters that text does not contain: all but tabs, line feeds, form feeds and carriage returns. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: the expression searches for control characters
const NOT_TEXT = /[\u0000-\u0008\u000b\u000e-\u001f\u007f-\u009f]/;

/**
 * Reads a snippet: UTF-8 text of at most {@link MAX_TEXT_BYTES} bytes.
 *
 * @throws CliError if the input is empty, longer, or not text; or the error of the input stream
 */
export async function readSnippet(input: Readable, signal: AbortSignal): Promise<SharedFile> {
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  for await (const chunk of addAbortSignal(signal, input)) {
    chunks.push(chunk);
    sizeBytes += chunk.length;
    if (sizeBytes > MAX_TEXT_BYTES) {
      throw missingName();
    }
  }
  const content = Buffer.concat(chunks);
  if (sizeBytes === 0) {
    throw emptyInput();
  }
  if (!isUtf8(content) || NOT_TEXT.test(content.toString('utf8'))) {
    throw missingName();
  }
  return {
    name: SNIPPET_NAME,
    sizeBytes,
    isSnippet: true,
    read: () => Readable.from([content], { objectMode: false }),
    close: async () => {},
  };
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
          done(readBytes === 0 ? emptyInput() : null);
        },
      });
      // The counter passes errors on, and can be destroyed while the input is silent.
      return pipeline(input, counter, () => {});
    },
    close: async () => {},
  };
}
