export type { ErrorDetails, OneTimeLinksErrorCode, SearchedLinks } from './errors';
export { OneTimeLinksError } from './errors';
export type {
  IssuedLink,
  IssueRequest,
  IssueUploadRequest,
  LinkFacts,
  LinkState,
  LinkWithoutDetails,
  ObjectChecksum,
  ReceivedObject,
  RedeemedLink,
  Redemption,
  RefusedAttempts,
  Revocation,
  RevokedLink,
} from './links';
export type { CallOptions } from './one-time-links-client';
export { OneTimeLinksClient } from './one-time-links-client';
export type { AwsCredentials, OneTimeLinksClientOptions } from './options';
