import { UnsupportedTemplateError } from '../template/fields';
import type { ApiModel } from './api-model';

const VARIABLE = /\$context\.([A-Za-z]+(?:\.[A-Za-z]+)*)/g;

/**
 * The `$context` variables that the emulator can fill in; those of the authorizer's own context besides. Not
 * `identity.userAgent`: whether API Gateway escapes its quotes in a log format is not documented, so the emulator cannot do as
 * it does. A line of JSON would not be safe from readers either way.
 */
const KNOWN: ReadonlySet<string> = new Set([
  'error.message',
  'error.messageString',
  'error.responseType',
  'extendedRequestId',
  'httpMethod',
  'identity.accountId',
  'identity.caller',
  'identity.sourceIp',
  'identity.userArn',
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
 * Fills in the `$context` variables of a gateway response or an access log format. It is plain substitution, no VTL.
 *
 * @param missing what stands for a variable without a value.
 */
export function substitute(text: string, variables: ContextVariables, missing: string): string {
  return text.replace(VARIABLE, (_, name: string) => variables[name] ?? missing);
}

/** @throws UnsupportedTemplateError if the template uses a variable that the emulator cannot fill in. */
export function checkVariables(api: ApiModel): void {
  const texts = [
    ['AccessLogSetting.Format', api.accessLogFormat ?? ''] as const,
    ...[...api.gatewayResponses].flatMap(([type, { templates }]) =>
      Object.values(templates).map((template) => [`gateway response ${type}`, template] as const),
    ),
  ];
  for (const [where, text] of texts) {
    for (const [variable, name = ''] of text.matchAll(VARIABLE)) {
      if (!KNOWN.has(name) && !name.startsWith('authorizer.')) {
        throw new UnsupportedTemplateError(where, `the local emulator does not know ${variable}`);
      }
    }
  }
}
