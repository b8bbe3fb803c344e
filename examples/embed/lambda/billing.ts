import { OneTimeLinksClient } from 'one-time-s3-links/client';

const links = new OneTimeLinksClient();

/** Issues a link to an invoice. Do not log the result: anyone with the link can redeem it. */
export async function handler({ invoice }: { readonly invoice: string }) {
  const { clickThroughUrl, linkId, expiresAt } = await links.issue({
    bucket: process.env.INVOICES_BUCKET ?? '',
    key: `${invoice}.pdf`,
    expiresInSeconds: 7 * 24 * 60 * 60,
    downloadAs: `Invoice ${invoice}.pdf`,
    from: 'Example Shop',
  });
  return { clickThroughUrl, linkId, expiresAt };
}
