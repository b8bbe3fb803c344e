const SIZE_UNITS = ['bytes', 'kB', 'MB', 'GB', 'TB'];
const UNIT_BYTES: Readonly<Record<string, number>> = { B: 1, kB: 1e3, KB: 1e3, MB: 1e6, GB: 1e9 };
const UNIT_SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 };

/** Control characters, line separators, direction marks and the byte order mark, which terminals act on. */
const ACTIVE = /[\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/gu;

/** Replaces the characters that a terminal would act on with `_`. */
export function printable(text: string): string {
  return text.replace(ACTIVE, '_');
}

/** Formats JSON in one line, with escapes for the characters that a terminal would act on. */
export function printableJson(value: unknown): string {
  return JSON.stringify(value).replace(
    ACTIVE,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** Formats a size, rounded, in decimal units, such as `12.3 MB`. */
export function formatBytes(bytes: number): string {
  if (bytes === 1) {
    return '1 byte';
  }
  let amount = bytes;
  let step = 0;
  // 999,999 bytes are 1.0 MB, not 1000 kB.
  while (Math.round(amount) >= 1000 && step < SIZE_UNITS.length - 1) {
    amount /= 1000;
    step += 1;
  }
  return `${step === 0 || amount >= 100 ? Math.round(amount) : amount.toFixed(1)} ${SIZE_UNITS[step]}`;
}

interface TimeFormat {
  /** Include the seconds. @default false */
  readonly seconds?: boolean;
  /** IANA name. @default - the time zone of this machine */
  readonly timeZone?: string;
}

/** Formats a time, such as `2026-11-29 18:04 UTC+01:00`. */
export function formatTime(time: Date, { seconds = false, timeZone }: TimeFormat = {}): string {
  const digits = { year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit' } as const;
  const format = new Intl.DateTimeFormat('en', {
    ...digits,
    second: '2-digit',
    hourCycle: 'h23',
    timeZoneName: 'longOffset',
    timeZone,
  });
  const parts = new Map(format.formatToParts(time).map(({ type, value }) => [type, value]));
  const part = (type: Intl.DateTimeFormatPartTypes): string => parts.get(type) ?? '';
  // Node.js prints GMT or GMT+00:00, depending on its version.
  const zone = part('timeZoneName').replace('GMT', 'UTC').replace('+00:00', '');
  const clock = `${part('hour')}:${part('minute')}${seconds ? `:${part('second')}` : ''}`;
  return `${part('year')}-${part('month')}-${part('day')} ${clock} ${zone}`;
}

/** Parses a size in decimal units, such as `500MB` or `1.5GB`. @returns bytes, or `undefined` if it is not one or is zero */
export function parseSize(text: string): number | undefined {
  const [, amount = '', unit = ''] = /^(\d{1,9}(?:\.\d{1,3})?) ?(B|[kK]B|MB|GB)$/.exec(text) ?? [];
  const bytes = Math.round(Number(amount) * (UNIT_BYTES[unit] ?? 0));
  return bytes > 0 ? bytes : undefined;
}

/** Parses a duration such as `90s`, `30m`, `24h` or `7d`. @returns seconds, or `undefined` if it is not one or is zero */
export function parseDuration(text: string): number | undefined {
  const [, digits = '', unit = ''] = /^(\d{1,9})([smhd])$/.exec(text) ?? [];
  const seconds = Number(digits) * (UNIT_SECONDS[unit] ?? 0);
  return seconds > 0 ? seconds : undefined;
}
