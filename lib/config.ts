import type { Node } from 'constructs';

/** Deployment options. Each is a CDK context value: `cdk.json`, or `-c name=value` on the command line. */
export interface DeploymentConfig {
  /**
   * Keeps the bucket and the table, with what is in them, when the stack is destroyed.
   *
   * @default false - `cdk destroy` removes everything, objects included
   */
  readonly retainData: boolean;

  /**
   * What links start with, in place of the address that the request for them came in by: an `https` URL without query
   * and without a trailing slash. Needed where readers reach the API by another name, as behind a CDN.
   *
   * @default - the host and path of the request
   */
  readonly publicBaseUrl?: string;
}

/**
 * Reads and checks the deployment options.
 *
 * @throws Error that names the option and says what to write instead.
 */
export function readConfig(node: Node): DeploymentConfig {
  const publicBaseUrl = readPublicBaseUrl(node.tryGetContext('publicBaseUrl'));
  return {
    retainData: readBoolean('retainData', node.tryGetContext('retainData')),
    ...(publicBaseUrl === undefined ? {} : { publicBaseUrl }),
  };
}

/** Values given by `-c` are strings, those of `cdk.json` are not. */
function readBoolean(name: string, value: unknown): boolean {
  switch (value) {
    case undefined:
    case false:
    case 'false':
      return false;
    case true:
    case 'true':
      return true;
    default:
      throw new Error(`context value ${name} must be true or false, for example: -c ${name}=true`);
  }
}

function readPublicBaseUrl(value: unknown): string | undefined {
  if (value === undefined) {
    return undefined;
  }
  const url = typeof value === 'string' && URL.canParse(value) ? new URL(value) : undefined;
  const spelledOut = url && `${url.origin}${url.pathname}`.replace(/\/$/, '');
  if (url?.protocol !== 'https:' || spelledOut !== value) {
    throw new Error(
      'context value publicBaseUrl must be an https URL without query and trailing slash, ' +
        'for example: -c publicBaseUrl=https://links.example.com/share',
    );
  }
  return spelledOut;
}
