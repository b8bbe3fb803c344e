import { OptionError } from './context';
import { isDomainName } from './domain-name';

/** What people have before the `@`: https://html.spec.whatwg.org/multipage/input.html#valid-e-mail-address, without two dots in a row. */
const LOCAL_PART = /^[\w!#%&'*+/=?^`{|}~-]+(?:\.[\w!#%&'*+/=?^`{|}~-]+)*$/;

/**
 * Reads one e-mail address. Only what could not be one is refused: whether it is one shows when it is asked to confirm.
 *
 * @throws OptionError that says what to write instead.
 */
export function parseEmail(option: string, value: unknown): string | undefined {
  if (value === undefined) {
    return undefined;
  }
  const [local = '', domain = '', ...more] = typeof value === 'string' ? value.split('@') : [];
  if (more.length > 0 || !LOCAL_PART.test(local) || !isDomainName(domain.toLowerCase())) {
    throw new OptionError(
      option,
      `must be one e-mail address without a name, for example: -c ${option}=oncall@example.com`,
    );
  }
  return String(value);
}
