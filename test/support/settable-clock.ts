/**
 * A clock with a time that changes only when it is set. The whole emulator uses it, so that days can pass between two
 * requests.
 */
export class SettableClock {
  /** Milliseconds since the epoch as one 64-bit integer, shared with the functions' threads. */
  readonly memory = new SharedArrayBuffer(BigInt64Array.BYTES_PER_ELEMENT);
  private readonly time = new BigInt64Array(this.memory);

  constructor(start: Date) {
    this.set(start);
  }

  now(): Date {
    return new Date(Number(Atomics.load(this.time, 0)));
  }

  set(time: Date): void {
    Atomics.store(this.time, 0, BigInt(time.getTime()));
  }

  advance(seconds: number): void {
    this.set(new Date(this.now().getTime() + seconds * 1000));
  }
}
