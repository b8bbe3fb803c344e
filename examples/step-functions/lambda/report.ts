import { PublishCommand, SNSClient } from '@aws-sdk/client-sns';
import { OneTimeLinksClient } from 'one-time-s3-links/client';

const links = new OneTimeLinksClient();
const sns = new SNSClient();

/** The report to send, or the link that was sent. */
type Input = { readonly key: string } | { readonly linkId: string };

/**
 * Sends a link to a report, or looks up its status. One function does both, because `describe` finds only links that the
 * same function issued.
 */
export async function handler(input: Input): Promise<{ readonly linkId: string; readonly status: string }> {
  if ('linkId' in input) {
    const { linkId, status } = await links.describe(input.linkId);
    return { linkId, status };
  }
  const { BUCKET: bucket = '', TOPIC_ARN } = process.env;
  const { clickThroughUrl, linkId } = await links.issue({
    bucket,
    key: input.key,
    expiresInSeconds: 24 * 60 * 60,
    from: 'Example Accounting',
  });
  const Message = `The report is ready. This link works once, within 24 hours:\n\n${clickThroughUrl}`;
  await sns.send(new PublishCommand({ TopicArn: TOPIC_ARN, Subject: 'Your report', Message }));
  // Without the link: every reader of the execution history could redeem it.
  return { linkId, status: 'active' };
}
