import type { Node } from 'constructs';
import { MAX_STORED_URL_SECONDS } from '../../lambda/contract';
import { OptionError, readBoolean, readContext, readSeconds } from './context';

/** How long links live, and the URLs behind them. */
export interface Lifetimes {
  /**
   * Longest that a link may live, in seconds: 1 to 2,592,000, which are thirty days. A link of more than an hour has its
   * URL signed on opening.
   *
   * @default 604800 - seven days
   */
  readonly maxLinkLifetimeSeconds: number;

  /**
   * Lets callers ask for links whose URL is signed when they are opened. Without it no link lives for more than an hour,
   * and the function that opens links has no permission on S3.
   *
   * @default true
   */
  readonly signOnOpen: boolean;

  /**
   * How long a URL works that was signed on opening, in seconds: 5 to 900. A download that was started in that time goes on.
   *
   * @default 60
   */
  readonly openedUrlLifetimeSeconds: number;
}

/** Thirty days. A link that is not opened in a month is not waited for, and every link is one more that can be stolen. */
const MAX_LINK_LIFETIME_SECONDS = 2_592_000;

/**
 * Reads the options about lifetimes.
 *
 * @throws OptionError that names the option and says what to write instead.
 */
export function readLifetimes(node: Node): Lifetimes {
  const lifetimes = {
    maxLinkLifetimeSeconds: readSeconds(node, 'maxLinkLifetimeSeconds', {
      least: 1,
      most: MAX_LINK_LIFETIME_SECONDS,
      byDefault: 604_800,
    }),
    signOnOpen: readBoolean(node, 'signOnOpen', true),
    openedUrlLifetimeSeconds: readSeconds(node, 'openedUrlLifetimeSeconds', { least: 5, most: 900, byDefault: 60 }),
  };
  if (!lifetimes.signOnOpen) {
    refuseWhatNeedsSigning(node, lifetimes);
  }
  return lifetimes;
}

function refuseWhatNeedsSigning(node: Node, { maxLinkLifetimeSeconds }: Lifetimes): void {
  const given = (name: keyof Lifetimes): boolean => readContext(node, name) !== undefined;
  if (given('maxLinkLifetimeSeconds') && maxLinkLifetimeSeconds > MAX_STORED_URL_SECONDS) {
    throw new OptionError(
      'maxLinkLifetimeSeconds',
      `is more than ${MAX_STORED_URL_SECONDS}, and signOnOpen is false: a URL that is signed beforehand works for an hour. ` +
        'Leave one of the two out',
    );
  }
  if (given('openedUrlLifetimeSeconds')) {
    throw new OptionError('openedUrlLifetimeSeconds', 'is given, and signOnOpen is false: leave one of the two out');
  }
}
