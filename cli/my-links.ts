import { OneTimeLinksError } from '../client/errors';
import { explainApi } from './api';
import type { LinkApi } from './deployment';
import { CliError } from './errors';

/** Whether the API has no `/my-links` routes because the deployment keeps no receipts. */
export function isReceiptsOff(error: unknown): boolean {
  return error instanceof OneTimeLinksError && error.code === 'MissingAuthenticationToken';
}

/** Explains an error from a request to `/my-links`. @returns the error itself if the client did not throw it */
export function explainMyLinks(error: unknown, api: LinkApi): unknown {
  return isReceiptsOff(error)
    ? new CliError('Denied', 'The deployment keeps no receipts: ask for its option receiptRetentionDays.')
    : explainApi(error, api);
}
