type Defined<T> = { readonly [Name in keyof T]?: Exclude<T[Name], undefined> };

/** Removes `undefined` properties, which CDK's types do not accept. */
export function defined<T extends object>(properties: T): Defined<T> {
  return Object.fromEntries(Object.entries(properties).filter(([, value]) => value !== undefined)) as Defined<T>;
}
