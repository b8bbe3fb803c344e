declare module 'negotiator/lib/mediaType' {
  /**
   * The offers that an `Accept` header takes, best first.
   *
   * @see https://github.com/jshttp/negotiator
   */
  export default function preferredMediaTypes(accept: string, offered: readonly string[]): string[];
}
