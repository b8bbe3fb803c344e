import { Readable } from 'node:stream';
import { NodeHttpHandler } from '@smithy/node-http-handler';

type HttpRequest = Parameters<NodeHttpHandler['handle']>[0];
type HandlerOptions = Parameters<NodeHttpHandler['handle']>[1];
type HttpAnswer = Awaited<ReturnType<NodeHttpHandler['handle']>>;

/** Watches over what is sent. */
export interface TransferOptions {
  /**
   * Cuts what is being sent. What the service has whole, or what begins or ends an upload, is waited for: nobody could say
   * whether it is done, and undo it.
   */
  readonly signal: AbortSignal;
  /** Receives how many bytes went out since the last time; less than none if they were for nothing. */
  readonly onSent: (bytes: number) => void;
}

/** Pieces that are counted. */
const SLICE_BYTES = 64 * 1024;
const CONNECTION_TIMEOUT_MS = 10_000;
/** A line that is dead for so long does not come back. */
const IDLE_TIMEOUT_MS = 120_000;

/** Sends requests as the SDK does, counts the bytes of uploads as they leave, and can cut them. */
export class TransferHandler extends NodeHttpHandler {
  private readonly options: TransferOptions;

  constructor(options: TransferOptions) {
    super({ connectionTimeout: CONNECTION_TIMEOUT_MS, socketTimeout: IDLE_TIMEOUT_MS });
    this.options = options;
  }

  override async handle(request: HttpRequest, options: HandlerOptions = {}): Promise<HttpAnswer> {
    const body: unknown = request.body;
    if (request.method !== 'PUT' || !(body instanceof Uint8Array)) {
      return await super.handle(request, options);
    }
    const { signal, onSent } = this.options;
    let sent = 0;
    const count = (bytes: number): void => {
      sent += bytes;
      onSent(bytes);
    };
    const counted = Readable.from(slices(body, count), { objectMode: false, highWaterMark: SLICE_BYTES });
    const cut = new AbortController();
    const cutIfUnfinished = (): void => {
      if (sent < body.length) {
        cut.abort(signal.reason);
      }
    };
    signal.addEventListener('abort', cutIfUnfinished, { once: true });
    try {
      signal.throwIfAborted();
      const cuttable = { ...options, abortSignal: cut.signal };
      const answer = await super.handle({ ...request, clone: request.clone, body: counted }, cuttable);
      if (answer.response.statusCode >= 300) {
        onSent(-sent);
      }
      return answer;
    } catch (error) {
      onSent(-sent);
      throw error;
    } finally {
      signal.removeEventListener('abort', cutIfUnfinished);
    }
  }
}

function* slices(body: Uint8Array, onSlice: (bytes: number) => void): Iterable<Uint8Array> {
  for (let start = 0; start < body.length; start += SLICE_BYTES) {
    const slice = body.subarray(start, start + SLICE_BYTES);
    onSlice(slice.length);
    yield slice;
  }
}
