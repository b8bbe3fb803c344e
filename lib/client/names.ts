/** Names and limits that the share command and the infrastructure have in common: no code of either. */

/** Folder of the bucket that uploaded files go to, each below a random name of its own. The bucket empties it in time. */
export const UPLOAD_FOLDER = 'shared/';

/** The longest that a link to an uploaded file may live. */
export const MAX_UPLOAD_LINK_DAYS = 7;

/** The longest that an upload may take. */
export const MAX_UPLOAD_DAYS = 1;

/**
 * How long an uploaded file is kept: it must outlive its link, which is made when the upload is over, while S3 counts from
 * when that began (https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingMetadata.html).
 */
export const UPLOAD_KEPT_DAYS = MAX_UPLOAD_LINK_DAYS + MAX_UPLOAD_DAYS;
