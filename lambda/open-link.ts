import type { APIGatewayProxyEvent, APIGatewayProxyResult } from 'aws-lambda';
import { ENVIRONMENT, ROUTE, SECRET_RESPONSE_HEADERS } from './contract';
import { preferredLanguage } from './http/language';
import { headerValues } from './http/request';
import { openLinkPage } from './page/open-link-page';
import type { ProtectedPage } from './page/protected-page';
import { sendFilePage } from './page/send-file-page';
import { LANGUAGES, type Language } from './page/texts';

// Set by the local emulator.
const localEndpoint = process.env['AWS_ENDPOINT_URL_S3'];
const settings = {
  organizationName: process.env[ENVIRONMENT.organizationName],
  supportContact: process.env[ENVIRONMENT.supportContact],
  s3Origins: localEndpoint ? [localEndpoint] : (JSON.parse(process.env[ENVIRONMENT.s3Origins] ?? '[]') as string[]),
};
const downloadPages = inAllLanguages(openLinkPage);
/** Rendered for the first uploader, so that the click-through page does not become slower. */
let uploadPages: typeof downloadPages | undefined;

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
 * `GET /open-link` and `GET /send-file`: returns the click-through page, or the page for uploaders, in the reader's
 * language. Makes no AWS call, and never receives a nonce: browsers do not send the fragment of a URL.
 */
export async function handler(event: APIGatewayProxyEvent): Promise<APIGatewayProxyResult> {
  const language = preferredLanguage(headerValues(event), LANGUAGES);
  const { html, contentSecurityPolicy } = pagesOf(event)[language];
  return {
    statusCode: 200,
    headers: { ...headers, 'Content-Language': language, 'Content-Security-Policy': contentSecurityPolicy },
    body: html,
  };
}

function pagesOf({ resource }: APIGatewayProxyEvent): typeof downloadPages {
  if (resource !== `/${ROUTE.sendFile}`) {
    return downloadPages;
  }
  uploadPages ??= inAllLanguages(sendFilePage);
  return uploadPages;
}

function inAllLanguages(
  render: (language: Language, pageSettings: typeof settings) => ProtectedPage,
): Readonly<Record<Language, ProtectedPage>> {
  return Object.fromEntries(LANGUAGES.map((language) => [language, render(language, settings)] as const)) as Readonly<
    Record<Language, ProtectedPage>
  >;
}
