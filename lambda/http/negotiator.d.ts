declare module 'negotiator/lib/mediaType' {
  /**
   * Returns the offers that an `Accept` header accepts, best first.
   *
   * @see https://github.com/jshttp/negotiator
   */
  export default function preferredMediaTypes(accept: string, offered: readonly string[]): string[];
}

declare module 'negotiator/lib/language' {
  /**
   * Returns the offers that an `Accept-Language` header accepts, best first.
   *
   * @see https://github.com/jshttp/negotiator
   */
  export default function preferredLanguages(accept: string, offered: readonly string[]): string[];
}
