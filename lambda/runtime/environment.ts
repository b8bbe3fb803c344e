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
 * @returns `undefined` if the variable is not there.
 * @throws Error that names the variable if it is anything but a whole number from 1.
 */
export function secondsFromEnvironment(name: string): number | undefined {
  const value = process.env[name];
  if (value !== undefined && !/^[1-9]\d{0,8}$/.test(value)) {
    throw new Error(`environment variable ${name} must be a whole number of seconds`);
  }
  return value === undefined ? undefined : Number(value);
}
