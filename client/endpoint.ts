/** Parses a base URL: https, or plain http on this machine. @returns it with a trailing slash; `undefined` for any other */
export function parseEndpoint(value: unknown): string | undefined {
  const url = typeof value === 'string' && URL.canParse(value) ? new URL(value) : undefined;
  if (url === undefined || `${url.origin}${url.pathname}` !== url.href) {
    return undefined;
  }
  const isSafe = url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback(url.href));
  // The lookbehind keeps this linear for any number of slashes.
  return isSafe ? url.href.replace(/(?<!\/)\/*$/, '/') : undefined;
}

/** Whether a URL addresses this machine. */
export function isLoopback(url: string): boolean {
  return /^(?:127(?:\.\d{1,3}){3}|localhost|\[::1\])$/.test(new URL(url).hostname);
}

/** The Region in a default endpoint of API Gateway; `undefined` for a custom domain. */
export function regionOfEndpoint(endpoint: string): string | undefined {
  return /\.execute-api\.([a-z0-9-]+)\./.exec(new URL(endpoint).hostname)?.[1];
}
