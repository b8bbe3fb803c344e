import { renderUnicodeCompact } from 'uqr';

/** Black on white whatever the terminal's colours are, and back to these. */
const BLACK_ON_WHITE = '\u001b[30;107m';
const RESET = '\u001b[0m';
/** Light modules around the code, by which readers find it: https://www.qrcode.com/en/howto/code.html */
const QUIET_ZONE = 4;

/** What a stream shows: a terminal has colours, a file or a pipe has none. */
export type Surface = 'terminal' | 'plain';

/**
 * Draws a QR code in lines of text, two rows of modules a line.
 *
 * @param surface without colours the code is light on dark, as on most terminals: most readers take that as well
 */
export function renderQrCode(text: string, surface: Surface): string {
  const options = { ecc: 'L', border: QUIET_ZONE } as const;
  if (surface === 'plain') {
    return `${renderUnicodeCompact(text, options)}\n`;
  }
  const lines = renderUnicodeCompact(text, { ...options, invert: true }).split('\n');
  return lines.map((line) => `${BLACK_ON_WHITE}${line}${RESET}\n`).join('');
}
