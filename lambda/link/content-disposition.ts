import contentDisposition from 'content-disposition';

/**
 * Tells browsers to save a download under this name, whatever the object is called (RFC 6266). Names beyond ASCII go
 * into `filename*` (RFC 8187), with an ASCII stand-in beside it: S3 cannot send anything else in a header.
 *
 * So do names with `=?` in them: Chromium decodes RFC 2047 words in a plain `filename`, and would save
 * `=?UTF-8?Q?report=2Eexe?=` as `report.exe`.
 */
export function attachmentNamed(fileName: string): string {
  const fallback = fileName.replace(/[^\x20-\x7e]/gu, '_').replaceAll('=?', '=_');
  return contentDisposition(fileName, { fallback });
}
