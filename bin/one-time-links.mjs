#!/usr/bin/env node
// Runs from any directory, unlike `node --import tsx`, which resolves tsx from the current one.
import { tsImport } from 'tsx/esm/api';

const { main } = await tsImport('./one-time-links.ts', import.meta.url);
await main();
