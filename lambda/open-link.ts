import type { APIGatewayProxyEvent, APIGatewayProxyResult } from 'aws-lambda';
import { ENVIRONMENT, SECRET_RESPONSE_HEADERS } from './contract';
import { preferredLanguage } from './http/language';
import { headerValues } from './http/request';
import { openLinkPage, type ProtectedPage } from './page/open-link-page';
import { LANGUAGES, type Language } from './page/texts';

// Set by the local emulator.
const localEndpoint = process.env['AWS_ENDPOINT_URL_S3'];
const settings = {
  organizationName: process.env[ENVIRONMENT.organizationName],
  supportContact: process.env[ENVIRONMENT.supportContact],
  s3Origins: localEndpoint ? [localEndpoint] : (JSON.parse(process.env[ENVIRONMENT.s3Origins] ?? '[]') as string[]),
};
const pages = Object.fromEntries(
  LANGUAGES.map((language) => [language, openLinkPage(language, settings)] as const),
) as Readonly<Record<Language, ProtectedPage>>;

const headers = {
  ...SECRET_RESPONSE_HEADERS,
  'Content-Type': 'text/html; charset=utf-8',
  // A page that opens the link keeps no handle on its window.
  'Cross-Origin-Opener-Policy': 'same-origin',
  // For one year, without subdomains. Browsers ignore it over HTTP, as from the local emulator (RFC 6797, 8.1).
  'Strict-Transport-Security': 'max-age=31536000',
  Vary: 'Accept-Language',
};

/**
 * `GET /open-link`: returns the click-through page in the reader's language. Makes no AWS call, and never receives a nonce:
 * browsers do not send the fragment of a URL.
 */
export async function handler(event: APIGatewayProxyEvent): Promise<APIGatewayProxyResult> {
  const language = preferredLanguage(headerValues(event), LANGUAGES);
  const { html, contentSecurityPolicy } = pages[language];
  return {
    statusCode: 200,
    headers: { ...headers, 'Content-Language': language, 'Content-Security-Policy': contentSecurityPolicy },
    body: html,
  };
}
