const SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 };

/**
 * Reads a duration as people write it: `90s`, `30m`, `24h`, `7d`.
 *
 * @returns seconds, or `undefined` if it is none, or is no time at all
 */
export function parseDuration(text: string): number | undefined {
  const [, digits = '', unit = ''] = /^(\d{1,9})([smhd])$/.exec(text) ?? [];
  const seconds = Number(digits) * (SECONDS[unit] ?? 0);
  return seconds > 0 ? seconds : undefined;
}
