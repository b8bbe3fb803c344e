import { type ApiRequest, type ApiResponse, explainApi } from './api';
import type { LinkApi } from './deployment';
import { CliError } from './errors';

/** Whether the API has no `/my-links` routes because the deployment keeps no receipts. */
export function isReceiptsOff({ fields }: ApiResponse): boolean {
  return fields['code'] === 'MissingAuthenticationToken';
}

/** Explains an unexpected response to a `/my-links` request. */
export function explainMyLinks(request: ApiRequest, response: ApiResponse, api: LinkApi): CliError {
  return isReceiptsOff(response)
    ? new CliError('Denied', 'The deployment keeps no receipts: ask for its option receiptRetentionDays.')
    : explainApi(request, response, api);
}
