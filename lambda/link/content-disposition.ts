import contentDisposition from 'content-disposition';

/**
 * Tells browsers to save a download under this name, whatever the object is called (RFC 6266). Names beyond ASCII go
 * into `filename*` (RFC 8187), with an ASCII stand-in beside it: S3 cannot send anything else in a header.
 */
export function attachmentNamed(fileName: string): string {
  return contentDisposition(fileName, { fallback: fileName.replace(/[^\x20-\x7e]/gu, '_') });
}
