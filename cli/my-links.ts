import { type ApiRequest, type ApiResponse, explainApi } from './api';
import type { LinkApi } from './deployment';
import { CliError } from './errors';

/** Whether the API has no such route, because the deployment keeps no receipts. */
export function isReceiptsOff({ fields }: ApiResponse): boolean {
  return fields['code'] === 'MissingAuthenticationToken';
}

/** Explains a response to a request below `/my-links` that is not the expected one. */
export function explainMyLinks(request: ApiRequest, response: ApiResponse, api: LinkApi): CliError {
  return isReceiptsOff(response)
    ? new CliError('Denied', 'The deployment keeps no receipts: ask for its option receiptRetentionDays.')
    : explainApi(request, response, api);
}
