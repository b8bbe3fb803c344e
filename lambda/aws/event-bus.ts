import { EventBridgeClient, EventBridgeServiceException, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { EVENT_SOURCE } from '../contract';
import type { LinkEvent } from '../link/link-event';
import { clientSettings, withDeadline } from './client-settings';

/** Entries in one request: https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html */
const MAX_ENTRIES = 10;

/**
 * Returns a function that publishes events.
 *
 * @param busName name or ARN of the bus.
 * @throws the function throws the SDK's error if EventBridge gives no usable response or refuses an entry. The other events may
 *   have been published.
 */
export function eventPublisher(busName: string): (events: readonly LinkEvent[]) => Promise<void> {
  const client = new EventBridgeClient(clientSettings());
  return async (events) => {
    for (let start = 0; start < events.length; start += MAX_ENTRIES) {
      const put = new PutEventsCommand({
        Entries: events.slice(start, start + MAX_ENTRIES).map(({ type, at, detail }) => ({
          EventBusName: busName,
          Source: EVENT_SOURCE,
          DetailType: type,
          Time: new Date(at),
          Detail: JSON.stringify(detail),
        })),
      });
      const { Entries: results = [], $metadata } = await withDeadline(
        async (options) => await client.send(put, options),
      );
      const refused = results.find(({ ErrorCode: code }) => code !== undefined);
      if (refused !== undefined) {
        throw new EventBridgeServiceException({ name: String(refused.ErrorCode), $fault: 'server', $metadata });
      }
    }
  };
}
