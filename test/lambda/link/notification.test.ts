import type { EventType } from '../../../lambda/contract';
import type { LinkEvent } from '../../../lambda/link/link-event';
import { linkIdOf } from '../../../lambda/link/nonce';
import { notificationOf } from '../../../lambda/link/notification';
import { nonceNumber } from '../support/samples';

const LINK_ID = linkIdOf(nonceNumber(0));

function event(type: EventType, detail: Partial<LinkEvent['detail']> = {}): LinkEvent {
  return {
    type,
    at: '2026-11-28T14:03:22.456Z',
    detail: {
      version: 1,
      event_id: 'event-1',
      deployment: 'PreSignedURLStack',
      link_id: LINK_ID,
      operation: 'download',
      created_by: 'arn:aws:sts::123456789012:assumed-role/Sharer/ada@example.com',
      created_at: '2026-11-28T14:00:00Z',
      expires_at: '2026-11-29T14:00:00Z',
      file_name: undefined,
      at: '2026-11-28T14:03:22Z',
      source_ip: '203.0.113.7',
      user_agent: 'Mozilla/5.0',
      revoked_by: undefined,
      refused_count: 0,
      bucket_name: undefined,
      object_name: undefined,
      size_bytes: undefined,
      checksum_algorithm: undefined,
      checksum: undefined,
      ...detail,
    },
  };
}

test('the email about a redemption has the link ID, issuer, times and IP address', () => {
  expect(notificationOf(event('Link Redeemed'))).toEqual({
    subject: 'A one-time link was redeemed',
    text: `This one-time link was redeemed.

Link ID: ${LINK_ID}
Issued: 2026-11-28 14:00:00 UTC
Issued by: arn:aws:sts::123456789012:assumed-role/Sharer/ada@example.com
Redeemed: 2026-11-28 14:03:22 UTC
IP address: 203.0.113.7
Deployment: PreSignedURLStack`,
  });
});

test('it has the number of later attempts, and the file name if it is recorded', () => {
  const { text } = notificationOf(event('Link Redeemed', { refused_count: 2, file_name: 'q3.pdf' })) ?? { text: '' };

  expect(text).toContain('\nRefused attempts since then: 2\n');
  expect(text).toContain('\nFile: q3.pdf\n');
});

test('the email about a later attempt explains it', () => {
  expect(notificationOf(event('Link Refused', { refused_count: 3 }))).toEqual({
    subject: 'A one-time link was requested again',
    text: `This one-time link was requested after it had ended. The request was refused. This is often harmless, for example a second click. If you do not recognize the IP address, the link may have been forwarded or intercepted.

Link ID: ${LINK_ID}
Issued: 2026-11-28 14:00:00 UTC
Issued by: arn:aws:sts::123456789012:assumed-role/Sharer/ada@example.com
Refused: 2026-11-28 14:03:22 UTC
IP address: 203.0.113.7
Refused attempts so far: 3
Deployment: PreSignedURLStack`,
  });
});

const RECEIVED: Partial<LinkEvent['detail']> = {
  operation: 'upload',
  bucket_name: 'shared-bucket',
  object_name: 'inbox/id/VISIT https://evil.example.jpg',
  size_bytes: 1_234_567,
  checksum_algorithm: 'SHA256',
  checksum: 'ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=',
  user_agent: undefined,
  refused_count: undefined,
};

test('the email about a received file has its size, but no text that the uploader controls', () => {
  expect(notificationOf(event('Object Received', RECEIVED))).toEqual({
    subject: 'A file was received through a one-time link',
    text: `A file was received through this one-time link.

Link ID: ${LINK_ID}
Issued: 2026-11-28 14:00:00 UTC
Issued by: arn:aws:sts::123456789012:assumed-role/Sharer/ada@example.com
Received: 2026-11-28 14:03:22 UTC
IP address: 203.0.113.7
Size: 1234567 bytes
Deployment: PreSignedURLStack`,
  });
});

test('it says so if the IP address is unknown', () => {
  const { text = '' } = notificationOf(event('Object Received', { ...RECEIVED, source_ip: undefined })) ?? {};

  expect(text).toContain('\nIP address: unknown\n');
});

test.each<EventType>(['Link Issued', 'Link Revoked'])('there is no email about %s', (type) => {
  expect(notificationOf(event(type))).toBeUndefined();
});
