import { ENVIRONMENT } from '../contract';

/**
 * Reads a required environment variable. Called during init, so that a misconfigured function fails at once.
 *
 * @throws Error with the name of the variable if it is missing or empty.
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
 * @throws Error with the name of the variable if it is missing or not a positive whole number.
 */
export function requiredSeconds(name: string): number {
  return wholeNumber(name, 'seconds');
}

/** Like {@link requiredSeconds}, for an optional variable. */
export function optionalSeconds(name: string): number | undefined {
  return process.env[name] === undefined ? undefined : requiredSeconds(name);
}

/** Like {@link optionalSeconds}, for a number of bytes. */
export function optionalBytes(name: string): number | undefined {
  return process.env[name] === undefined ? undefined : wholeNumber(name, 'bytes');
}

function wholeNumber(name: string, unit: string): number {
  const value = requiredEnvironment(name);
  if (!/^[1-9]\d{0,15}$/.test(value)) {
    throw new Error(`environment variable ${name} must be a whole number of ${unit}`);
  }
  return Number(value);
}

/**
 * Reads the credentials that Lambda sets for the life of the process, and the S3 endpoint to presign for.
 *
 * @throws Error with the name of a missing variable.
 */
export function signerFromEnvironment() {
  return {
    credentials: {
      accessKeyId: requiredEnvironment('AWS_ACCESS_KEY_ID'),
      secretAccessKey: requiredEnvironment('AWS_SECRET_ACCESS_KEY'),
      sessionToken: requiredEnvironment('AWS_SESSION_TOKEN'),
    },
    urlSuffix: requiredEnvironment(ENVIRONMENT.urlSuffix),
    endpoint: process.env['AWS_ENDPOINT_URL_S3'],
  };
}
