import type { ApiModel } from './api-model';
import { type ContextVariables, substitute } from './context-variables';

/** A response that API Gateway sends to the caller. */
export interface GatewayReply {
  readonly status: number;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: Buffer;
}

/** A request that API Gateway refuses. */
export interface GatewayError {
  readonly type: GatewayResponseType;
  /** `null` if API Gateway has no message, for example if an authorizer fails. */
  readonly message: string | null;
  /** Overrides the status of the type. */
  readonly status?: number;
}

/** @see https://docs.aws.amazon.com/apigateway/latest/developerguide/supported-gateway-response-types.html */
const DEFAULT_STATUS = {
  ACCESS_DENIED: 403,
  API_CONFIGURATION_ERROR: 500,
  AUTHORIZER_CONFIGURATION_ERROR: 500,
  AUTHORIZER_FAILURE: 500,
  BAD_REQUEST_BODY: 400,
  DEFAULT_5XX: 500,
  INVALID_SIGNATURE: 403,
  MISSING_AUTHENTICATION_TOKEN: 403,
  REQUEST_TOO_LARGE: 413,
  THROTTLED: 429,
  UNAUTHORIZED: 401,
  UNSUPPORTED_MEDIA_TYPE: 415,
} as const;

/** Gateway response types that the emulator uses. */
export type GatewayResponseType = keyof typeof DEFAULT_STATUS;

/** Renders an error, as customized by the template or with API Gateway's default. */
export function gatewayResponse(
  api: ApiModel,
  error: GatewayError,
  accept: string | undefined,
  variables: ContextVariables,
): GatewayReply {
  const defaultStatus = error.status ?? DEFAULT_STATUS[error.type];
  const fallback = api.gatewayResponses.get(defaultStatus < 500 ? 'DEFAULT_4XX' : 'DEFAULT_5XX');
  const custom = api.gatewayResponses.get(error.type) ?? fallback;
  const [mediaType, template] = chooseTemplate(custom?.templates ?? {}, accept);
  const body = substitute(template, variables, '');
  return {
    status: custom?.status ?? defaultStatus,
    headers: [['Content-Type', mediaType], ...Object.entries(custom?.headers ?? {})],
    body: Buffer.from(body),
  };
}

/** `$context` variables of an error. */
export function errorVariables(error: GatewayError): ContextVariables {
  return {
    'error.message': error.message ?? '',
    'error.messageString': JSON.stringify(error.message),
    'error.responseType': error.type,
  };
}

/** Like API Gateway, considers only the first media type of `Accept`. Without a match, uses the first template. */
function chooseTemplate(
  templates: Readonly<Record<string, string>>,
  accept: string | undefined,
): readonly [string, string] {
  const wanted = accept?.split(',')[0]?.split(';')[0]?.trim() ?? 'application/json';
  const entries = Object.entries(templates);
  return (
    entries.find(([mediaType]) => mediaType === wanted) ??
    entries[0] ?? ['application/json', '{"message":$context.error.messageString}']
  );
}
