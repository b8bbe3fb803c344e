/** The time that an answer names. @returns `undefined` if it names none */
export function parseTime(value: unknown): Date | undefined {
  const time = new Date(typeof value === 'string' ? value : Number.NaN);
  return Number.isNaN(time.getTime()) ? undefined : time;
}

/** In the time zone and on the clock of whoever reads it. */
export function formatTime(time: Date): string {
  return new Intl.DateTimeFormat('en-GB', { dateStyle: 'full', timeStyle: 'short' }).format(time);
}
