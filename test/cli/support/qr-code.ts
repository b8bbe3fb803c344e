import jsQR from 'jsqr';

/** Whether the upper and the lower half of a character are drawn. */
const HALVES: Readonly<Record<string, readonly [boolean, boolean]>> = {
  '█': [true, true],
  '▀': [true, false],
  '▄': [false, true],
  ' ': [false, false],
};
const PIXELS_PER_MODULE = 4;

/** Reads a QR code that is drawn in dark half blocks, as a camera would. @returns `null` if there is none */
export function readQrCode(text: string): string | null {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: colors
  const lines = text.replace(/\u001b\[[\d;]*m/g, '').split('\n');
  const rows = lines
    .filter((line) => /^[ █▀▄]+$/.test(line))
    .flatMap((line) => {
      const halves = [...line].map((character) => HALVES[character] ?? [false, false]);
      return [halves.map(([upper]) => upper), halves.map(([, lower]) => lower)];
    });
  const width = (rows[0]?.length ?? 0) * PIXELS_PER_MODULE;
  const height = rows.length * PIXELS_PER_MODULE;
  const pixels = new Uint8ClampedArray(width * height * 4);
  for (let index = 0; index < width * height; index++) {
    const row = rows[Math.floor(index / width / PIXELS_PER_MODULE)];
    const isDark = row?.[Math.floor((index % width) / PIXELS_PER_MODULE)] ?? false;
    pixels.set(isDark ? [0, 0, 0, 255] : [255, 255, 255, 255], index * 4);
  }
  return jsQR(pixels, width, height, { inversionAttempts: 'dontInvert' })?.data ?? null;
}
