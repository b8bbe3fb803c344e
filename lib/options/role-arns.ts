// Deleted at the merge, with legacy-config.ts.
import { placeOf } from './arn';

export function accountOf(roleArn: string): string {
  return placeOf(roleArn).account ?? '';
}

export function roleName(roleArn: string): string {
  return roleArn.slice(roleArn.lastIndexOf('/') + 1);
}
