#!/usr/bin/env node
// The share command, wherever it is called from: `--import tsx` would look for tsx there.
import { tsImport } from 'tsx/esm/api';

await tsImport('./one-time-links.ts', import.meta.url);
