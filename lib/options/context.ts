// Deleted at the merge, with legacy-config.ts.
export type { DeploymentTarget } from './options';
export { OptionError } from './parsers';
