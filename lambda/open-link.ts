import type { APIGatewayProxyResult } from 'aws-lambda';
import { SECRET_RESPONSE_HEADERS } from './contract';
import { openLinkPage } from './page/open-link-page';

const { html, contentSecurityPolicy } = openLinkPage();
const headers = {
  ...SECRET_RESPONSE_HEADERS,
  'Content-Security-Policy': contentSecurityPolicy,
  'Content-Type': 'text/html; charset=utf-8',
  // A page that opens the link keeps no handle on its window.
  'Cross-Origin-Opener-Policy': 'same-origin',
  // For one year, without subdomains. Browsers ignore it over HTTP, as from the local emulator (RFC 6797, 8.1).
  'Strict-Transport-Security': 'max-age=31536000',
};

/**
 * `GET /open-link`: returns the click-through page. Makes no AWS call, and never receives a nonce: browsers do not send the
 * fragment of a URL.
 */
export async function handler(): Promise<APIGatewayProxyResult> {
  return { statusCode: 200, headers, body: html };
}
