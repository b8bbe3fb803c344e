import { isLoopback } from '../client/endpoint';
import type { IssuedLink } from '../client/links';
import { formatTime } from './format';
import { issuedLinkJson } from './link-json';
import type { Display } from './terminal';

/** Options of the commands that print a new link. */
export interface PrintOptions {
  /** Print the direct link instead of the click-through link. */
  readonly direct?: boolean;
  /** Print the whole response. */
  readonly json?: boolean;
  /** Also show the link as a QR code. */
  readonly qr?: boolean;
}

/**
 * Prints a new link.
 *
 * @param purpose what the link does, for example `report.pdf (1.2 MB) opens once`
 */
export async function printLink(
  issued: IssuedLink,
  purpose: string,
  { direct, json, qr }: PrintOptions,
  display: Display,
): Promise<void> {
  const { url, clickThroughUrl, linkId, expiresAt } = issued;
  const chosen = direct ? url : clickThroughUrl;
  display.tell(`${purpose}, until ${formatTime(expiresAt)}. Link ID: ${linkId}`);
  if (qr) {
    if (isLoopback(chosen)) {
      display.tell('A phone cannot open this link: the local emulator can be reached from this machine only.');
    }
    display.showQrCode(chosen);
  }
  await display.print(`${json ? issuedLinkJson(issued) : chosen}\n`);
}
