/**
 * The part of an app that defines a resource: the served construct; the rest of the app; or another construct of the same
 * kind, which is not served.
 */
export type Owner = 'construct' | 'app' | 'other-construct';

/** Paths of constructs, for example `WebStack/Links`. */
export interface ConstructPaths {
  /** The construct to serve. */
  readonly served: string;
  /** Other constructs of the same kind. */
  readonly others: readonly string[];
}

/**
 * Returns the owner of a resource. The emulator does not start if the construct contains anything that it does not support.
 * In the rest of the app, it skips what it does not support.
 *
 * @param path path of the resource
 * @param constructs `undefined` if every resource of the template belongs to the construct, as in this project's app
 */
export function ownerOf(path: string, constructs: ConstructPaths | undefined): Owner {
  if (constructs === undefined || isBelow(path, constructs.served)) {
    return 'construct';
  }
  return constructs.others.some((other) => isBelow(path, other)) ? 'other-construct' : 'app';
}

function isBelow(path: string, construct: string): boolean {
  return path.startsWith(`${construct}/`);
}
