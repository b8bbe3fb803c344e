import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { OutputFile } from 'esbuild';

/** Writes the files that changed. Each is replaced by renaming, because another process may be reading it. */
export function writeOutput(files: readonly Pick<OutputFile, 'path' | 'contents'>[], mode = 0o644): void {
  for (const { path, contents } of files) {
    if (existsSync(path) && readFileSync(path).equals(contents)) {
      continue;
    }
    mkdirSync(dirname(path), { recursive: true });
    const temporary = `${path}.${process.pid}`;
    writeFileSync(temporary, contents, { mode });
    renameSync(temporary, path);
  }
}
