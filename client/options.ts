import { CLIENT_ENDPOINT_VARIABLE } from '../lambda/contract';
import { parseEndpoint, regionOfEndpoint } from './endpoint';
import { OneTimeLinksError } from './errors';

/** AWS credentials. The AWS SDK for JavaScript returns this type. */
export interface AwsCredentials {
  /** ID of the access key. */
  readonly accessKeyId: string;
  /** Secret of the access key. */
  readonly secretAccessKey: string;
  /** Token of temporary credentials. */
  readonly sessionToken?: string | undefined;
}

/** Options of a {@link OneTimeLinksClient}. A function that has `grantIssue` or `grantManage` needs none. */
export interface OneTimeLinksClientOptions {
  /**
   * Base URL of the API: https, or http on this machine.
   *
   * @defaultValue the environment variable `ONE_TIME_LINKS_ENDPOINT`
   */
  readonly endpoint?: string;

  /**
   * AWS Region of the API.
   *
   * @defaultValue the Region in the endpoint, otherwise the environment variable `AWS_REGION`
   */
  readonly region?: string;

  /**
   * Credentials, or a function that returns them, such as `fromNodeProviderChain()` of `@aws-sdk/credential-providers`. It is
   * called before each request.
   *
   * @defaultValue the environment variables `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY` and `AWS_SESSION_TOKEN`
   */
  readonly credentials?: AwsCredentials | (() => Promise<AwsCredentials>);

  /**
   * Sends a request, like the global `fetch`.
   *
   * @defaultValue the global `fetch`
   */
  readonly fetch?: typeof globalThis.fetch;
}

/** How to call the API. */
export interface ApiAccess {
  /** Base URL with a trailing slash. */
  readonly endpoint: string;
  readonly region: string;
  /** @throws OneTimeLinksError `NoCredentials` */
  readonly credentials: () => Promise<AwsCredentials>;
  readonly fetch: typeof globalThis.fetch;
}

/** Applies the defaults. @throws OneTimeLinksError `NoEndpoint` or `NoRegion` */
export function resolveOptions(options: OneTimeLinksClientOptions): ApiAccess {
  const endpoint = parseEndpoint(options.endpoint ?? environmentVariable(CLIENT_ENDPOINT_VARIABLE));
  if (endpoint === undefined) {
    const rule = 'an https URL without a query, or an http URL on this machine';
    throw new OneTimeLinksError('NoEndpoint', `The option endpoint or ${CLIENT_ENDPOINT_VARIABLE} must be ${rule}.`);
  }
  const region = options.region || regionOfEndpoint(endpoint) || environmentVariable('AWS_REGION');
  // A malformed header makes `fetch` fail like a lost response.
  if (region === undefined || !/^[a-z0-9-]+$/.test(region)) {
    const remedy = 'use the option region or set AWS_REGION';
    throw new OneTimeLinksError('NoRegion', `There is no AWS Region, or it is malformed: ${remedy}.`);
  }
  return {
    endpoint,
    region,
    credentials: () => resolveCredentials(options.credentials ?? environmentCredentials),
    fetch: options.fetch ?? globalThis.fetch,
  };
}

async function resolveCredentials(
  source: NonNullable<OneTimeLinksClientOptions['credentials']>,
): Promise<AwsCredentials> {
  const { accessKeyId, secretAccessKey, sessionToken }: Partial<AwsCredentials> =
    (await (typeof source === 'function' ? callProvider(source) : source)) ?? {};
  // Errors of `fetch` quote malformed headers.
  const isComplete = isHeaderText(accessKeyId) && isHeaderText(secretAccessKey) && isHeaderText(sessionToken ?? 'none');
  if (!isComplete) {
    const remedy = 'use the option credentials, or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY';
    throw new OneTimeLinksError('NoCredentials', `There are no AWS credentials, or they are malformed: ${remedy}.`);
  }
  return { accessKeyId, secretAccessKey, sessionToken };
}

function isHeaderText(value: unknown): value is string {
  return typeof value === 'string' && /^[!-~]+$/.test(value);
}

async function callProvider(provider: () => Promise<AwsCredentials>): Promise<AwsCredentials> {
  try {
    return await provider();
  } catch (cause) {
    throw new OneTimeLinksError('NoCredentials', 'The function credentials failed: see cause.', { cause });
  }
}

async function environmentCredentials(): Promise<AwsCredentials> {
  return {
    accessKeyId: environmentVariable('AWS_ACCESS_KEY_ID') ?? '',
    secretAccessKey: environmentVariable('AWS_SECRET_ACCESS_KEY') ?? '',
    sessionToken: environmentVariable('AWS_SESSION_TOKEN'),
  };
}

/** @returns `undefined` also for an empty variable, and where there is no environment */
function environmentVariable(name: string): string | undefined {
  return (typeof process === 'undefined' ? undefined : process.env[name]) || undefined;
}
