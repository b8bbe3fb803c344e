const LABEL = '[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?';
/** The last label is no number: what has four of them is an address. */
const DOMAIN_NAME = new RegExp(`^(?=.{4,253}$)(?:${LABEL}\\.)+(?!\\d+$)${LABEL}$`);

/** Whether a text is the name of a host below a domain, in lower-case ASCII. https://www.rfc-editor.org/rfc/rfc1123#section-2.1 */
export function isDomainName(text: string): boolean {
  return DOMAIN_NAME.test(text);
}
