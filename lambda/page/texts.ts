/** Text of a page, without markup. */
export interface PageText {
  /** The heading and the title of the browser tab. */
  readonly title: string;
  /** What happened. Must not reveal whether the link ever worked. */
  readonly explanation: string;
  /** What the reader can do next. */
  readonly advice: string;
}

/** For a link that cannot be redeemed: unknown, redeemed, expired, revoked or altered. */
export const LINK_GONE: PageText = {
  title: 'This link can’t be opened',
  explanation:
    'A link works once, and for a limited time. This one may have been opened already, may have expired, or may be incomplete.',
  advice:
    'Ask the person who sent it to you for a new one. If you have not opened it yourself and nobody else should have, tell them that too.',
};

/** For an address without a well-formed nonce. */
export const LINK_INCOMPLETE: PageText = {
  title: 'This link is incomplete',
  explanation:
    'Its last part is missing or damaged. That happens when a link is copied by hand or broken across two lines.',
  advice: 'Copy the whole link and open it again, or ask the person who sent it to you for a new one.',
};
