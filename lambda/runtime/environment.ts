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
