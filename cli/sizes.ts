const UNITS = ['bytes', 'kB', 'MB', 'GB', 'TB'];

/** Says a size as file managers do, in steps of a thousand: `12.3 MB`. */
export function formatBytes(bytes: number): string {
  if (bytes === 1) {
    return '1 byte';
  }
  const step = Math.min(Math.floor(Math.log10(Math.max(bytes, 1)) / 3), UNITS.length - 1);
  const amount = bytes / 1000 ** step;
  return `${step === 0 || amount >= 100 ? Math.floor(amount) : amount.toFixed(1)} ${UNITS[step]}`;
}
