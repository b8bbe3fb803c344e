import { SaxesParser } from 'saxes';
import { CHECKSUMS } from './checksums';

/** A part in the body of CompleteMultipartUpload. */
export interface ListedPart {
  readonly partNumber: number;
  /** Without quotes. */
  readonly etag: string;
  /** Base64, by algorithm. */
  readonly checksums: Readonly<Record<string, string>>;
}

const NAMESPACE = 'http://s3.amazonaws.com/doc/2006-03-01/';
const ROOT = 'CompleteMultipartUpload';
/** Algorithm by XML element, for example `ChecksumCRC32` → `crc32`. */
const CHECKSUM_ELEMENTS = new Map(Object.keys(CHECKSUMS).map((name) => [`Checksum${name.toUpperCase()}`, name]));
const PART_ELEMENTS: ReadonlySet<string> = new Set(['PartNumber', 'ETag', ...CHECKSUM_ELEMENTS.keys()]);

/**
 * Parses the body of CompleteMultipartUpload.
 *
 * @returns `undefined` if it is not well-formed XML or does not match the schema
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_CompleteMultipartUpload.html
 */
export function parsePartList(body: string): readonly ListedPart[] | undefined {
  const parts: Map<string, string>[] = [];
  const path: string[] = [];
  let valid = true;
  const parser = new SaxesParser({ xmlns: true });
  parser.on('error', () => {
    valid = false;
  });
  parser.on('doctype', () => {
    valid = false;
  });
  parser.on('opentag', ({ local, uri }) => {
    path.push(local);
    valid &&= isKnown(path) && (uri === NAMESPACE || uri === '');
    if (path.length === 2) {
      parts.push(new Map());
    }
    if (path.length === 3) {
      valid &&= parts.at(-1)?.has(local) === false;
      parts.at(-1)?.set(local, '');
    }
  });
  parser.on('text', (text) => {
    const [, , element] = path;
    const part = parts.at(-1);
    if (element !== undefined && part !== undefined) {
      part.set(element, `${part.get(element)}${text}`);
    } else {
      valid &&= text.trim() === '';
    }
  });
  parser.on('closetag', () => {
    path.pop();
  });
  parser.write(body).close();
  const listed = parts.map(readPart).filter((part) => part !== undefined);
  return valid && parts.length > 0 && listed.length === parts.length ? listed : undefined;
}

function isKnown([root, part, element, ...deeper]: readonly string[]): boolean {
  return (
    root === ROOT &&
    (part ?? 'Part') === 'Part' &&
    (element === undefined || PART_ELEMENTS.has(element)) &&
    deeper.length === 0
  );
}

function readPart(elements: ReadonlyMap<string, string>): ListedPart | undefined {
  const partNumber = elements.get('PartNumber')?.trim() ?? '';
  const etag = elements.get('ETag')?.trim();
  if (!/^\d{1,5}$/.test(partNumber) || etag === undefined) {
    return undefined;
  }
  const checksums = [...elements].flatMap(([element, value]) => {
    const name = CHECKSUM_ELEMENTS.get(element);
    return name === undefined ? [] : [[name, value.trim()]];
  });
  return {
    partNumber: Number(partNumber),
    etag: etag.replace(/^"(.*)"$/, '$1'),
    checksums: Object.fromEntries(checksums),
  };
}
