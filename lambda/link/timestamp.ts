/** Formats a time as RFC 3339 requires, without fractions, because links expire on whole seconds. */
export function timestamp(seconds: number): string {
  return wholeSeconds(new Date(seconds * 1000).toISOString());
}

/** Removes the milliseconds from an ISO 8601 time. */
export function wholeSeconds(time: string): string {
  return time.replace(/\.\d{3}Z$/, 'Z');
}
