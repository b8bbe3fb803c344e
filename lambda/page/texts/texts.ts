/** Text of a page or of one state of a page, without markup. */
export type PageText = {
  /** The heading and the title of the browser tab. */
  readonly title: string;
  /** What happened. Must not reveal whether the link ever worked. */
  readonly explanation: string;
  /** What the reader can do next. */
  readonly advice: string;
};

/**
 * The texts of the click-through page in one language. A name in braces is a placeholder. Each text has only the placeholder
 * that its comment names.
 */
export type Texts = {
  /** Writing direction of the language. */
  readonly direction: 'ltr' | 'rtl';
  /** Shown below the title in link previews. The same for every link. */
  readonly preview: string;
  /** Precedes the support contact. */
  readonly help: string;
  readonly button: {
    readonly download: string;
    /** Replaces `download` if the file is short text. */
    readonly showText: string;
    /** While the link is being redeemed. */
    readonly working: string;
    readonly tryAgain: string;
    /** `{time}`: minutes and seconds. */
    readonly downloadAgain: string;
    readonly copy: string;
    readonly copied: string;
  };
  readonly card: {
    /** `{date}`: weekday, day, month and time. */
    readonly until: string;
    /** `{date}`: day, month and time. */
    readonly opened: string;
  };
  readonly ready: PageText & {
    /** `{from}`: the sender. */
    readonly titleFrom: string;
    /** For a short text. */
    readonly titleText: string;
    readonly titleTextFrom: string;
  };
  readonly opened: PageText;
  readonly text: PageText;
  readonly openedBefore: Omit<PageText, 'title'> & {
    /** `{time}`: time of day. */
    readonly titleToday: string;
    /** `{date}`: day, month and time. */
    readonly titleEarlier: string;
  };
  /** For a link that cannot be redeemed: unknown, redeemed, expired, revoked or altered. */
  readonly unavailable: PageText;
  /** For an address without a well-formed nonce. */
  readonly incomplete: PageText;
  /** A link can be redeemed although the response was lost (docs/faults.md), so this makes no promise. */
  readonly retry: PageText;
  /** The page was closed or reloaded while the link was being redeemed. */
  readonly interrupted: PageText;
  /** The link was redeemed, but S3 does not return the object. */
  readonly missing: PageText;
  readonly noScript: PageText;
};
