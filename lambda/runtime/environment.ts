import { ENVIRONMENT } from '../contract';

/**
 * Reads a required environment variable. Called while a function loads, so that a wrong deployment shows at once.
 *
 * @throws Error that names the variable if it is missing or empty.
 */
export function requiredEnvironment(name: string): string {
  const value = process.env[name];
  if (!value) {
    throw new Error(`environment variable ${name} is not set`);
  }
  return value;
}

/**
 * Reads a number of seconds from the environment.
 *
 * @throws Error that names the variable if it is missing, or anything but a whole number from 1.
 */
export function requiredSeconds(name: string): number {
  const value = requiredEnvironment(name);
  if (!/^[1-9]\d{0,8}$/.test(value)) {
    throw new Error(`environment variable ${name} must be a whole number of seconds`);
  }
  return Number(value);
}

/** As {@link requiredSeconds}, for a variable that may be left out. */
export function optionalSeconds(name: string): number | undefined {
  return process.env[name] === undefined ? undefined : requiredSeconds(name);
}

/**
 * What signing a download takes: the credentials that Lambda sets for as long as this process lives, and where S3 is.
 *
 * @throws Error that names the variable that is missing.
 */
export function signerFromEnvironment(): {
  readonly location: { readonly urlSuffix: string; readonly endpoint: string | undefined };
  readonly credentials: {
    readonly accessKeyId: string;
    readonly secretAccessKey: string;
    readonly sessionToken: string;
  };
} {
  return {
    location: {
      urlSuffix: requiredEnvironment(ENVIRONMENT.urlSuffix),
      endpoint: process.env['AWS_ENDPOINT_URL_S3'],
    },
    credentials: {
      accessKeyId: requiredEnvironment('AWS_ACCESS_KEY_ID'),
      secretAccessKey: requiredEnvironment('AWS_SECRET_ACCESS_KEY'),
      sessionToken: requiredEnvironment('AWS_SESSION_TOKEN'),
    },
  };
}
