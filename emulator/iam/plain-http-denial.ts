import type { Fields } from '../template/fields';

/**
 * Checks that a statement only denies plain HTTP. The emulator does not apply it: it uses HTTP on the loopback interface.
 *
 * @throws UnsupportedTemplateError for any other statement
 */
export function checkPlainHttpDenial(statement: Fields): void {
  statement.only('Effect', 'Deny').only('Condition', { Bool: { 'aws:SecureTransport': 'false' } });
  if (!statement.has('Condition')) {
    throw statement.error('Condition', 'the local emulator supports only the denial of plain HTTP');
  }
  statement.ignore('Sid', 'Principal', 'Action', 'Resource').done();
}
