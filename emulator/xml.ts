/** Returns one XML element per entry, with its text escaped. */
export function xmlElements(elements: Readonly<Record<string, string | number | boolean>>): string {
  return Object.entries(elements)
    .map(([name, value]) => `<${name}>${escapeXml(String(value))}</${name}>`)
    .join('');
}

/** Returns an XML document. @param root the root element */
export function xmlDocument(root: string): string {
  return `<?xml version="1.0" encoding="UTF-8"?>\n${root}`;
}

// Also escapes control characters, because an XML parser would normalize line breaks.
function escapeXml(value: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: keys may contain them
  return value.replace(/[&<>"'\u0000-\u001f\u007f]/g, (character) => `&#${character.charCodeAt(0)};`);
}
