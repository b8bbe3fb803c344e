import { UnsupportedTemplateError } from '../template/fields';
import type { ApiModel } from './api-model';

const VARIABLE = /\$context\.([A-Za-z]+(?:\.[A-Za-z]+)*)/g;

/**
 * Supported `$context` variables, in addition to `authorizer.*`. `identity.userAgent` is not supported: AWS does not
 * document whether quotes in it are escaped, so it is unsafe in a JSON log format.
 */
const SUPPORTED: ReadonlySet<string> = new Set([
  'domainName',
  'error.message',
  'error.messageString',
  'error.responseType',
  'extendedRequestId',
  'httpMethod',
  'identity.accountId',
  'identity.caller',
  'identity.sourceIp',
  'identity.userArn',
  'integration.requestId',
  'requestId',
  'requestTime',
  'resourcePath',
  'responseLatency',
  'stage',
  'status',
]);

/** Values of `$context` variables for one request, without the prefix. */
export type ContextVariables = Readonly<Record<string, string | undefined>>;

/**
 * Replaces the `$context` variables of a gateway response or an access log format. There is no VTL.
 *
 * @param missing replacement for a variable without a value
 */
export function substitute(text: string, variables: ContextVariables, missing: string): string {
  return text.replace(VARIABLE, (_, name: string) => variables[name] ?? missing);
}

/** @throws UnsupportedTemplateError if the template uses a variable that is not supported */
export function checkVariables(api: ApiModel): void {
  const texts = [
    ['AccessLogSetting.Format', api.accessLogFormat ?? ''] as const,
    ...[...api.gatewayResponses].flatMap(([type, { templates }]) =>
      Object.values(templates).map((template) => [`gateway response ${type}`, template] as const),
    ),
  ];
  for (const [where, text] of texts) {
    for (const [variable, name = ''] of text.matchAll(VARIABLE)) {
      if (!SUPPORTED.has(name) && !name.startsWith('authorizer.')) {
        throw new UnsupportedTemplateError(where, `the local emulator does not support ${variable}`);
      }
    }
  }
}
