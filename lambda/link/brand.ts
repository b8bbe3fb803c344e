declare const brand: unique symbol;

/** A `T` that only one module can create. Prevents a nonce from being passed, and so stored or logged, as a link ID. */
export type Brand<T, Name extends string> = T & { readonly [brand]: Name };
