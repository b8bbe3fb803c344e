import { DECLARATION, MAX_UPLOAD_BYTES } from '../contract';
import type { UploadLimits } from './destination';

/** What an uploader declares about a file before sending it. */
export interface UploadDeclaration {
  /** As sent; `fitDownloadName` makes it safe. */
  readonly fileName: string;
  readonly sizeBytes: number;
  /** `type/subtype` in lower case, without parameters. */
  readonly contentType: string;
  /** SHA-256 of the file, in base64. */
  readonly checksum?: string;
}

/** A declaration, or a sentence that says what is wrong with it and repeats no value. */
export type ParsedDeclaration =
  | { readonly ok: true; readonly declaration: UploadDeclaration }
  | { readonly ok: false; readonly problem: string };

const DEFAULT_CONTENT_TYPE = 'application/octet-stream';
/** Far more than a file name can have. */
const MAX_SENT_NAME_BYTES = 1024;
const DECIMAL = /^(?:0|[1-9]\d{0,15})$/;
/** 32 bytes in canonical base64: the last character before the padding carries four bits. */
const SHA256 = /^[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=$/;

/** Characters of type and subtype: RFC 6838, section 4.2. */
const NAME = '[a-z0-9][a-z0-9!#$&^_.+-]{0,126}';
const CONTENT_TYPE = new RegExp(`^${NAME}/${NAME}$`);
const TYPE_RANGE = new RegExp(`^${NAME}/(?:${NAME}|\\*)$`);

/** Parses the query of a request to upload a file. Never throws. @param values all values of a parameter */
export function parseDeclaration(values: (name: string) => readonly string[]): ParsedDeclaration {
  const repeated = Object.values(DECLARATION).find((name) => values(name).length > 1);
  if (repeated !== undefined) {
    return invalid(`${repeated} must not be repeated.`);
  }
  const value = (name: string) => values(name)[0];
  const fileName = value(DECLARATION.fileName);
  if (!fileName || Buffer.byteLength(fileName) > MAX_SENT_NAME_BYTES) {
    return invalid(`${DECLARATION.fileName} must be a name of 1 to ${MAX_SENT_NAME_BYTES} bytes.`);
  }
  const size = value(DECLARATION.sizeBytes) ?? '';
  if (!DECIMAL.test(size)) {
    return invalid(`${DECLARATION.sizeBytes} must be the size of the file in bytes, as a decimal number.`);
  }
  const sizeBytes = Number(size);
  if (sizeBytes > MAX_UPLOAD_BYTES) {
    return invalid(tooLarge(MAX_UPLOAD_BYTES));
  }
  const contentType = (value(DECLARATION.contentType) || DEFAULT_CONTENT_TYPE).toLowerCase();
  if (!CONTENT_TYPE.test(contentType)) {
    return invalid(`${DECLARATION.contentType} must be a type and subtype without parameters, such as image/png.`);
  }
  const checksum = value(DECLARATION.checksum);
  if (checksum !== undefined && !SHA256.test(checksum)) {
    return invalid(`${DECLARATION.checksum} must be the 32 bytes of a SHA-256 in base64.`);
  }
  return { ok: true, declaration: { fileName, sizeBytes, contentType, ...(checksum !== undefined && { checksum }) } };
}

/** Whether a link accepts a file. The condition of the link's delete says the same. */
export function isAcceptable({ sizeBytes, contentType }: UploadDeclaration, limits: UploadLimits): boolean {
  const { maxBytes, contentTypes = [contentType] } = limits;
  return sizeBytes <= maxBytes && [contentType, rangeOf(contentType)].some((type) => contentTypes.includes(type));
}

/** Says which limit of a link a file exceeds. */
export function limitProblem({ sizeBytes }: UploadDeclaration, { maxBytes, contentTypes = [] }: UploadLimits): string {
  return sizeBytes > maxBytes
    ? tooLarge(maxBytes)
    : `${DECLARATION.contentType} must be one of ${contentTypes.join(', ')}.`;
}

/** The range that a content type is in: `image/*` for `image/png`. */
export function rangeOf(contentType: string): string {
  return contentType.replace(/\/.*/, '/*');
}

/** Whether a text is `type/subtype` or `type/*`. */
export function isTypeRange(text: string): boolean {
  return TYPE_RANGE.test(text);
}

function tooLarge(maxBytes: number): string {
  return `${DECLARATION.sizeBytes} must be at most ${maxBytes}.`;
}

function invalid(problem: string): ParsedDeclaration {
  return { ok: false, problem };
}
