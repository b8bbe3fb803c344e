/** Limits of the contract and of the services behind it, each with its reason. */

/** S3 object keys: https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html */
export const MAX_OBJECT_NAME_BYTES = 1024;

/** A stored URL dies with the credentials that signed it; an hour is what a Lambda role can be trusted to last. */
export const MAX_STORED_URL_SECONDS = 3600;

/** What `expires_in` is when the caller leaves it out; less where the deployment's links live shorter. */
export const DEFAULT_EXPIRES_IN_SECONDS = 3600;

/** Longest name that the usual file systems take (ext4, APFS, NTFS count at most 255 units). */
export const MAX_FILE_NAME_BYTES = 255;

/** S3 version ids are opaque and at most this long: https://docs.aws.amazon.com/AmazonS3/latest/userguide/versioning-workflows.html */
export const MAX_VERSION_ID_BYTES = 1024;

/** S3 takes a request line and headers of 8 KB together; 1 KB of it is left to the browser's headers. */
export const MAX_PRESIGNED_URL_LENGTH = 7168;

/**
 * What may come to the length of a URL from when a link is made, and the URL is tried out, to when it is signed on opening:
 * the session token of the opener is another. Observed tokens of Lambda roles differ by less than half of it.
 */
export const SESSION_TOKEN_ALLOWANCE = 512;

/** The authorizer's result travels in 6 KB at the most; base64 adds a third to the sealed record. */
export const MAX_SEALED_BYTES = 4096;
