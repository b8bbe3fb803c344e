/**
 * Stands in for `@smithy/core/event-streams`, which reads answers that come in frames. No answer of an operation that the
 * functions call does.
 */

/** Part of every S3 client's configuration. */
export function resolveEventStreamSerdeConfig<Configuration>(configuration: Configuration): Configuration {
  return configuration;
}

export function eventStreamSerdeProvider(): never {
  throw new Error('event streams are not in the bundle');
}

export class EventStreamSerde {
  constructor() {
    eventStreamSerdeProvider();
  }
}
