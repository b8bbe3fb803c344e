import type { PageText } from './texts';

/**
 * The texts of the page for uploaders in one language, in addition to those of the click-through page. A name in braces is
 * a placeholder. Each text has only the placeholders that its comment names.
 */
export type SendFileTexts = {
  /** Shown below the title in link previews. The same for every link. */
  readonly preview: string;
  readonly send: {
    readonly choose: string;
    /** Follows the button `choose`. */
    readonly drop: string;
    readonly send: string;
    readonly chooseAnother: string;
    readonly cancel: string;
    /** `{time}`: minutes and seconds. */
    readonly tryAgain: string;
  };
  /** What is asked for, and what was sent. */
  readonly facts: {
    /** `{size}`: the largest size. */
    readonly upTo: string;
    readonly image: string;
    readonly video: string;
    readonly audio: string;
    readonly text: string;
    /** `{done}`, `{size}`: sizes. */
    readonly progress: string;
    /** `{time}`: a number of seconds, minutes or hours. */
    readonly left: string;
    /** `{date}`: day, month and time. */
    readonly sent: string;
  };
  /** Why a file cannot be sent. */
  readonly problem: {
    readonly several: string;
    /** `{size}`: the largest size. */
    readonly size: string;
    /** `{types}`: list of types. */
    readonly type: string;
    readonly unreadable: string;
    /** The service refused the declaration. */
    readonly rejected: string;
  };
  readonly ready: PageText & {
    /** `{from}`: the person who asks. */
    readonly titleFrom: string;
  };
  readonly sending: Omit<PageText, 'advice'>;
  /** The upload failed and can be tried again. */
  readonly failed: PageText & {
    /** The uploader pressed `cancel`. */
    readonly titleCanceled: string;
  };
  readonly received: Omit<PageText, 'title'> & {
    /** `{size}`: size of the file. */
    readonly title: string;
  };
  readonly sentBefore: Omit<PageText, 'title'> & {
    /** `{time}`: time of day. */
    readonly titleToday: string;
    /** `{date}`: day, month and time. */
    readonly titleEarlier: string;
  };
  /** For a link that cannot be redeemed: unknown, redeemed, expired, revoked or altered. */
  readonly unavailable: PageText;
  /** The page was closed or reloaded before the file was received. */
  readonly interrupted: PageText;
  /** An object with this key existed before. */
  readonly exists: Omit<PageText, 'advice'>;
  /** The presigned URL has expired, or S3 refuses it. */
  readonly expired: PageText;
};
