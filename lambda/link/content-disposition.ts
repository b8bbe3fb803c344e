import contentDisposition from 'content-disposition';

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
