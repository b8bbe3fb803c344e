/** Every expected failure of the share command, by its stable code, with the exit code that it ends with. */
const EXIT_CODES = {
  // What was typed, or what it names, cannot be used as it is.
  InvalidArguments: 2,
  NotAFile: 2,
  InvalidOutputs: 2,
  RegionUnknown: 2,
  // Somebody says no.
  FileUnreadable: 3,
  NoCredentials: 3,
  CredentialsExpired: 3,
  CredentialsRefused: 3,
  ClockSkewed: 3,
  WrongRegion: 3,
  LookupDenied: 3,
  UploadDenied: 3,
  LinkDenied: 3,
  LinkRefused: 3,
  ManageDenied: 3,
  ClickThroughMissing: 3,
  // Something is not there.
  FileNotFound: 4,
  OutputsNotFound: 4,
  StackNotFound: 4,
  BucketNotFound: 4,
  ObjectNotFound: 4,
  LinkNotOpen: 4,
  ApiNotFound: 4,
  // Network or storage, at either end.
  Unreachable: 5,
  EmulatorNotRunning: 5,
  ServiceFailed: 5,
  FileChanged: 5,
  OutputClosed: 5,
  // As shells count: 128 and the number of SIGINT.
  Interrupted: 130,
} as const;

/** Stable name of a failure. */
export type FailureCode = keyof typeof EXIT_CODES;

/** An expected failure: one sentence to a person, which says what to do next and holds no secret. */
export class ShareFailure extends Error {
  override readonly name = 'ShareFailure';
  readonly code: FailureCode;

  constructor(code: FailureCode, sentence: string, options?: ErrorOptions) {
    super(sentence, options);
    this.code = code;
  }

  /** What the command ends with. */
  get exitCode(): number {
    return EXIT_CODES[this.code];
  }
}
