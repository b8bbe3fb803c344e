import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** User agent of a machine, with its kind. */
export interface Machine {
  readonly kind: string;
  readonly userAgent: string;
}

const DATA = join(__dirname, '..', 'lambda', 'link', 'data');

/**
 * HTTP libraries and proxies that the list of crawlers also contains. Programs that request direct links send these
 * user agents.
 */
const HTTP_LIBRARY =
  /^(?:AHC|Amazon CloudFront|Apache-HttpClient|axios|curl|CustomAsyncHttpClient|Go-http-client|got|HTTPie|http_get|httpunit|Jersey|Jetty|lwp-trivial|Mechanize|node-fetch|okhttp|Pcore-HTTP|PHP-Curl-Class|python-httpx|python-requests|Python-urllib|Python\/[\d.]+ aiohttp|Wget)(?:[/ ]|$)/;

const LISTED: readonly Machine[] = linesOf('crawlers.txt').map((line) => {
  const [kind = '', userAgent = ''] = line.split('\t');
  return { kind, userAgent };
});

/** Machines that identify themselves: crawlers, link previews, monitors and scanners. */
export const MACHINES = LISTED.filter(({ userAgent }) => !HTTP_LIBRARY.test(userAgent));

/** HTTP libraries in the list of crawlers. */
export const LISTED_HTTP_LIBRARIES = LISTED.map(({ userAgent }) => userAgent).filter((userAgent) =>
  HTTP_LIBRARY.test(userAgent),
);

/** Browsers that people use, and apps with an embedded browser. */
export const BROWSERS = linesOf('browsers.txt');

function linesOf(file: string): readonly string[] {
  const lines = readFileSync(join(DATA, file), 'utf8').split('\n');
  return lines.filter((line) => line !== '' && !line.startsWith('#'));
}
