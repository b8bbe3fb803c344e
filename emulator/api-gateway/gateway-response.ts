import type { ApiModel } from './api-model';
import { type ContextVariables, substitute } from './context-variables';

/** What goes back to the caller. */
export interface GatewayReply {
  readonly status: number;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: Buffer;
}

/** A refusal of the gateway's own. */
export interface Refusal {
  readonly type: GatewayResponseType;
  /** `null` where API Gateway has nothing to say, as of a failing authorizer. */
  readonly message: string | null;
  /** Overrides the type's own status, where one type stands for several. */
  readonly status?: number;
}

/** https://docs.aws.amazon.com/apigateway/latest/developerguide/supported-gateway-response-types.html */
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

/** Kinds of refusal that the emulator can come to. */
export type GatewayResponseType = keyof typeof DEFAULT_STATUS;

/** Writes a refusal as the template customises it, or as API Gateway has it by default. */
export function gatewayResponse(
  api: ApiModel,
  refusal: Refusal,
  accept: string | undefined,
  variables: ContextVariables,
): GatewayReply {
  const defaultStatus = refusal.status ?? DEFAULT_STATUS[refusal.type];
  const fallback = api.gatewayResponses.get(defaultStatus < 500 ? 'DEFAULT_4XX' : 'DEFAULT_5XX');
  const custom = api.gatewayResponses.get(refusal.type) ?? fallback;
  const [mediaType, template] = chooseTemplate(custom?.templates ?? {}, accept);
  const body = substitute(template, variables, '');
  return {
    status: custom?.status ?? defaultStatus,
    headers: [['Content-Type', mediaType], ...Object.entries(custom?.headers ?? {})],
    body: Buffer.from(body),
  };
}

/** Variables that only a refusal has. */
export function errorVariables(refusal: Refusal): ContextVariables {
  return {
    'error.message': refusal.message ?? '',
    'error.messageString': JSON.stringify(refusal.message),
    'error.responseType': refusal.type,
  };
}

/** The first media type of `Accept` decides; API Gateway looks at no other. No match: the first template. */
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
