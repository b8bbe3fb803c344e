declare const brand: unique symbol;

/** A `T` that only one module creates. Keeps a nonce from being passed as a link ID, and so from being stored or logged. */
export type Brand<T, Name extends string> = T & { readonly [brand]: Name };
