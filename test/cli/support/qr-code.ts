import jsQR from 'jsqr';

/** What stands for one colour in a character of a QR code, upper half and lower half. */
const HALVES: Readonly<Record<string, readonly [boolean, boolean]>> = {
  '█': [true, true],
  '▀': [true, false],
  '▄': [false, true],
  ' ': [false, false],
};
const PIXELS_PER_MODULE = 4;

/** Reads a QR code that is drawn in half blocks, as a camera would. @returns `null` if there is none to read. */
export function readQrCode(text: string, colours: 'dark on light' | 'light on dark'): string | null {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: colours
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
    const drawn = row?.[Math.floor((index % width) / PIXELS_PER_MODULE)] ?? false;
    const isDark = drawn === (colours === 'dark on light');
    pixels.set(isDark ? [0, 0, 0, 255] : [255, 255, 255, 255], index * 4);
  }
  return jsQR(pixels, width, height, { inversionAttempts: 'dontInvert' })?.data ?? null;
}
