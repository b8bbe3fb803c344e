import { promises } from 'node:fs';

/**
 * Stands in for `node:fs/promises`, of which the SDK takes this function, to read configuration files. Lambda has none. To
 * load it takes a dozen more modules of Node: here that waits for the first file.
 */
export function readFile(path: string, encoding: BufferEncoding): Promise<string> {
  return promises.readFile(path, encoding);
}
