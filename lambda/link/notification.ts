import { EVENT_TYPES } from '../contract';
import type { LinkEvent } from './link-event';

/** An email in plain text. */
export interface Notification {
  /** ASCII, fewer than 100 characters: https://docs.aws.amazon.com/sns/latest/api/API_Publish.html */
  readonly subject: string;
  readonly text: string;
}

/**
 * Writes the email about an event. It has no text that a reader or uploader controls, such as the user agent: anyone with a link
 * could send a message, or another link, to the recipients.
 *
 * @returns `undefined` for events that are not sent by email.
 */
export function notificationOf(event: LinkEvent): Notification | undefined {
  const { at, refused_count: count = 0 } = event.detail;
  switch (event.type) {
    case EVENT_TYPES.redeemed: {
      const refused = count === 0 ? [] : [`Refused attempts since then: ${count}`];
      return {
        subject: 'A one-time link was redeemed',
        text: text('This one-time link was redeemed.', event, `Redeemed: ${readable(at)}`, refused),
      };
    }
    case EVENT_TYPES.received: {
      const size = [`Size: ${event.detail.size_bytes} bytes`];
      return {
        subject: 'A file was received through a one-time link',
        text: text('A file was received through this one-time link.', event, `Received: ${readable(at)}`, size),
      };
    }
    case EVENT_TYPES.refused:
      return {
        subject: 'A one-time link was requested again',
        text: text(REQUESTED_AGAIN, event, `Refused: ${readable(at)}`, [`Refused attempts so far: ${count}`]),
      };
    default:
      return undefined;
  }
}

const REQUESTED_AGAIN =
  'This one-time link was requested after it had ended. The request was refused. This is often harmless, for example a second click. If you do not recognize the IP address, the link may have been forwarded or intercepted.';

function text(title: string, { detail }: LinkEvent, when: string, more: readonly string[]): string {
  const { file_name: fileName } = detail;
  return [
    title,
    '',
    `Link ID: ${detail.link_id}`,
    ...(fileName === undefined ? [] : [`File: ${fileName}`]),
    `Issued: ${readable(detail.created_at)}`,
    `Issued by: ${detail.created_by}`,
    when,
    `IP address: ${detail.source_ip ?? 'unknown'}`,
    ...more,
    `Deployment: ${detail.deployment}`,
  ].join('\n');
}

/** Writes a time such as `2026-11-28T14:03:22Z` as `2026-11-28 14:03:22 UTC`. */
function readable(time: string): string {
  return time.replace('T', ' ').replace('Z', ' UTC');
}
