import { OneTimeLinksError } from '../client/errors';
import { OneTimeLinksClient } from '../client/one-time-links-client';
import { type ApiAccess, type OneTimeLinksClientOptions, resolveOptions } from '../client/options';
import type { LinkApi } from './deployment';
import { CliError, type CliErrorCode, errorFacts, unreachable } from './errors';

/** Creates a client of the API. */
export function clientOf(api: LinkApi): OneTimeLinksClient {
  return new OneTimeLinksClient(optionsOf(api));
}

/** For requests that the client does not send. */
export function accessTo(api: LinkApi): ApiAccess {
  return resolveOptions(optionsOf(api));
}

function optionsOf({ apiEndpoint: endpoint, region, credentials }: LinkApi): OneTimeLinksClientOptions {
  return { endpoint, region, credentials };
}

/** Explains an error of the client. @returns the error itself if it is another one */
export function explainApi(error: unknown, { apiEndpoint, s3Endpoint }: LinkApi): unknown {
  if (!(error instanceof OneTimeLinksError)) {
    return error;
  }
  const isEmulator = s3Endpoint !== undefined;
  switch (error.code) {
    case 'NetworkError':
      return unreachable({ name: 'The API', ...(isEmulator && { emulatorEndpoint: apiEndpoint }) });
    case 'NoCredentials':
      return new CliError('Denied', `There are no AWS credentials: ${errorFacts(error.cause ?? error).message}`);
    case 'MissingAuthenticationToken':
    case 'UnexpectedResponse': {
      const remedy = 'check --endpoint, or the outputs of the stack';
      return new CliError('NotFound', `${apiEndpoint} does not respond like the links API: ${remedy}.`);
    }
    default: {
      const message = isEmulator ? error.message.replace(/^The API/, '$& of the local emulator') : error.message;
      return new CliError(kindOf(error), message);
    }
  }
}

function kindOf({ code, status = 0 }: OneTimeLinksError): CliErrorCode {
  if (status === 429 || status >= 500) {
    return 'Unavailable';
  }
  return code === 'InvalidRequest' ? 'Usage' : status === 404 ? 'NotFound' : 'Denied';
}
