// Deleted at the merge, with legacy-config.ts.
export type { HostedZone, OwnAddress } from './legacy-config';
