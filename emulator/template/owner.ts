/**
 * Who defines a resource: the served construct; the rest of the app; or another construct of the same kind, which is not
 * served.
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
 * Returns who defines a resource. The construct is served strictly: the emulator does not start if it does not support
 * something in it. Of the app, it serves what it can.
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
