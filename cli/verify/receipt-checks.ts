import { isObject, parseJsonObject } from '../../client/json';
import { parseLinkState } from '../../client/links';
import { ROUTE } from '../../lambda/contract';
import { type Check, type CheckResult, type HttpResponse, resultOf, skipped, type VerifyContext } from './check';

const POLL_MS = 2000;
/** CloudWatch Logs usually delivers within three minutes. */
const MAX_WAIT_MS = { aws: 600_000, emulator: 30_000 } as const;
/** The index lags behind the receipt table, usually by less than a second. */
const MAX_LISTING_WAIT_MS = 30_000;

const myLinks: Check = {
  id: 'my-links',
  title: 'A new link is in the list of its issuer',
  settles: 'whether API Gateway passes the same caller ARN on all routes',
  async run(context) {
    const { linkId } = await context.issue();
    return await poll(context, ROUTE.myLinks, MAX_LISTING_WAIT_MS, ({ links }) => {
      const index = Array.isArray(links) ? links.findIndex((link) => isObject(link) && link['link_id'] === linkId) : -1;
      return index === -1 ? undefined : `listed as number ${index + 1}`;
    });
  },
};

const receipt: Check = {
  id: 'receipt',
  title: 'The state of a redeemed link shows when and from where it was redeemed',
  settles: 'whether CloudWatch Logs delivers log lines within ten minutes',
  async run(context) {
    const { linkId, url } = await context.issue();
    await context.send(url);
    return await poll(context, `${ROUTE.myLinks}/${linkId}`, waitForDelivery(context), (fields, waitedMs) => {
      const state = parseLinkState(fields);
      return state?.status === 'redeemed'
        ? `redeemed from ${state.redeemed.sourceIp}, after ${waitedMs / 1000} seconds`
        : undefined;
    });
  },
};

/** The longest wait for log lines and events. */
export function waitForDelivery({ stack }: VerifyContext): number {
  return stack === undefined ? MAX_WAIT_MS.emulator : MAX_WAIT_MS.aws;
}

/** Requests a path as the issuer until the response is the expected one. */
export async function poll(
  { sendSigned, sleep }: VerifyContext,
  path: string,
  maxWaitMs: number,
  seenIn: (fields: Readonly<Record<string, unknown>>, waitedMs: number) => string | undefined,
): Promise<CheckResult> {
  for (let waitedMs = 0; ; waitedMs += POLL_MS) {
    const response = await sendSigned(path, {});
    const fields = parseJsonObject(response.body.toString()) ?? {};
    const seen = response.status === 200 ? seenIn(fields, waitedMs) : undefined;
    if (seen !== undefined) {
      return resultOf([], seen);
    }
    if (response.status === 403) {
      return skipped(fields['code'] === 'MissingAuthenticationToken' ? NO_RECEIPTS : NO_PERMISSION);
    }
    if (waitedMs >= maxWaitMs) {
      return resultOf([`still ${describeResponse(response, fields)} after ${waitedMs / 1000} seconds`], '');
    }
    await sleep(POLL_MS);
  }
}

const NO_RECEIPTS = 'the deployment keeps no receipts';
const NO_PERMISSION = `no permission for GET /${ROUTE.myLinks}`;

function describeResponse({ status }: HttpResponse, { code, status: linkStatus }: Readonly<Record<string, unknown>>) {
  return [status, code, linkStatus].filter((part) => part !== undefined).join(' ');
}

export const RECEIPT_CHECKS: readonly Check[] = [myLinks, receipt];
