declare const brand: unique symbol;

/**
 * A value of type `T` that only the module which checks or makes it can produce. It keeps a nonce from being passed
 * where a link id is meant, and so from being stored or logged.
 */
export type Brand<T, Name extends string> = T & { readonly [brand]: Name };
