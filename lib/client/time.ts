/** In the time zone and on the clock of whoever reads it. */
export function formatTime(time: Date): string {
  return new Intl.DateTimeFormat('en-GB', { dateStyle: 'full', timeStyle: 'short' }).format(time);
}
