import { rmSync } from 'node:fs';
import { buildPackage, DIST } from './package';

// Files of earlier builds would be published, too.
rmSync(DIST, { recursive: true, force: true });
void buildPackage();
