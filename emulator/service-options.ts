import type { AwsCall, Principal } from './iam/principal';

/** Options of every local AWS service. */
export interface ServiceOptions {
  /** 0: any free port. */
  readonly port: number;
  readonly region: string;
  /** Principals by access key ID. Looked up for every request, so they can be added after the start. */
  readonly principals: ReadonlyMap<string, Principal>;
  readonly now: () => Date;
  readonly onCall?: (call: AwsCall) => void;
}
