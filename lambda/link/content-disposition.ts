import contentDisposition from 'content-disposition';
import type { ObjectAddress } from './destination';
import { fitDownloadName, nameOfKey } from './download-name';

/**
 * Builds a `Content-Disposition` that makes browsers save a download under this name (RFC 6266). A non-ASCII name goes
 * in `filename*` (RFC 8187), with an ASCII fallback in `filename`.
 *
 * A name with `=?` also goes in `filename*`: Chromium decodes RFC 2047 words in `filename`, and would save
 * `=?UTF-8?Q?report=2Eexe?=` as `report.exe`.
 */
export function attachmentNamed(fileName: string): string {
  const fallback = fileName.replace(/[^\x20-\x7e]/gu, '_').replaceAll('=?', '=_');
  return contentDisposition(fileName, { fallback });
}

/**
 * Query parameters that override the object's headers: inline with the content type found at issue, or as an
 * attachment. They are signed, so neither the reader nor a replaced object can change them.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html
 */
export function responseOverrides({
  objectName,
  downloadAs,
  inlineAs,
}: ObjectAddress): Readonly<Record<string, string>> {
  return inlineAs !== undefined
    ? { 'response-content-disposition': 'inline', 'response-content-type': inlineAs }
    : { 'response-content-disposition': attachmentNamed(downloadAs ?? fitDownloadName(nameOfKey(objectName))) };
}
