import { rmSync } from 'node:fs';
import { buildPackage, DIST } from './package';

// Nothing of an earlier build is published.
rmSync(DIST, { recursive: true, force: true });
void buildPackage();
