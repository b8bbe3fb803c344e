import { CHECKSUMS } from './checksums';
import { parseXmlRecords } from './xml-records';

/** A part in the body of CompleteMultipartUpload. */
export interface ListedPart {
  readonly partNumber: number;
  /** Without quotes. */
  readonly etag: string;
  /** Base64, by algorithm. */
  readonly checksums: Readonly<Record<string, string>>;
}

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
  const parts = parseXmlRecords(body, ['CompleteMultipartUpload', 'Part'], PART_ELEMENTS);
  const listed = parts?.map(readPart).filter((part) => part !== undefined) ?? [];
  return listed.length > 0 && listed.length === parts?.length ? listed : undefined;
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
