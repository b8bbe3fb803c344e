import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { synthesiseIfChanged } from '../../lib/local/cached-assembly';

test('the stack is synthesised again only when something that it is made of has changed', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'assembly-'));
  const template = join(directory, 'PreSignedURLStack.template.json');
  const madeAt = (): number => statSync(template).mtimeMs;
  try {
    const first = await synthesiseIfChanged(directory);
    const made = madeAt();

    expect(await synthesiseIfChanged(directory)).toEqual(first);
    expect(madeAt()).toBe(made);

    writeFileSync(join(directory, 'inputs.sha256'), 'the hash of other inputs');
    await synthesiseIfChanged(directory);
    expect(madeAt()).toBeGreaterThan(made);
    expect(readFileSync(join(directory, 'inputs.sha256'), 'utf8')).toMatch(/^[0-9a-f]{64}$/);
  } finally {
    rmSync(directory, { recursive: true });
  }
});
