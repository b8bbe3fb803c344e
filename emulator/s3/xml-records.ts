import { SaxesParser } from 'saxes';

const NAMESPACE = 'http://s3.amazonaws.com/doc/2006-03-01/';

/**
 * Parses an XML body that is a list of flat records.
 *
 * @param path elements from the root to a record, for example `Tagging`, `TagSet`, `Tag`
 * @param fields elements that a record may contain, each at most once
 * @returns for each record, text by element; `undefined` if the body is not well-formed or does not match the schema
 */
export function parseXmlRecords(
  body: string,
  path: readonly string[],
  fields: ReadonlySet<string>,
): readonly ReadonlyMap<string, string>[] | undefined {
  const records: Map<string, string>[] = [];
  const open: string[] = [];
  let containers = 0;
  let valid = true;
  const parser = new SaxesParser({ xmlns: true });
  const refuse = (): void => {
    valid = false;
  };
  parser.on('error', refuse);
  parser.on('doctype', refuse);
  parser.on('opentag', ({ local, uri }) => {
    open.push(local);
    const isField = open.length > path.length;
    const isExpected = isField ? open.length === path.length + 1 && fields.has(local) : path[open.length - 1] === local;
    valid &&= isExpected && (uri === NAMESPACE || uri === '');
    if (isField) {
      valid &&= records.at(-1)?.has(local) === false;
      records.at(-1)?.set(local, '');
    } else if (open.length === path.length) {
      records.push(new Map());
    } else {
      containers++;
    }
  });
  const addText = (text: string): void => {
    const field = open[path.length];
    const record = records.at(-1);
    if (field !== undefined && record !== undefined) {
      record.set(field, `${record.get(field)}${text}`);
    } else {
      valid &&= text.trim() === '';
    }
  };
  parser.on('text', addText);
  parser.on('cdata', addText);
  parser.on('closetag', () => {
    open.pop();
  });
  parser.write(body).close();
  return valid && containers === path.length - 1 ? records : undefined;
}
