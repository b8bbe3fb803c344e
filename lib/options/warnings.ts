import { Annotations } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { OPTIONS, type Options } from './options';

/** Warns that links contain the custom domain: a deployment that changes it breaks the links that were handed out. */
export function warnOfAddressInLinks(scope: Construct, { domainName, basePath }: Options): void {
  if (domainName !== undefined) {
    const names = basePath === undefined ? 'domainName' : 'domainName and basePath';
    Annotations.of(scope).addWarningV2(
      'one-time-s3-links:addressInLinks',
      `links contain ${names}: if you change or remove them, links that were handed out can no longer be redeemed`,
    );
  }
}

/** Warns of options that the next deployment will not have unless they are given again. */
export function warnOfCommandLineOptions(scope: Construct, names: readonly string[]): void {
  if (names.length > 0) {
    Annotations.of(scope).addWarningV2(
      'one-time-s3-links:commandLineOptions',
      `${names.join(', ')}: given with -c only. A deployment without -c resets them: write them into cdk.json, under "context"`,
    );
  }
}

/**
 * Returns the names of the options that were given with `-c`: their value is not in a file. `stackName` is left out, because it
 * selects the stack of a command.
 *
 * @param context context of the app, in which the CDK merges all sources.
 * @param files context values of `cdk.json`, `cdk.context.json` and `~/.cdk.json`.
 */
export function commandLineOptions(
  context: Readonly<Record<string, unknown>>,
  files: readonly Readonly<Record<string, unknown>>[],
): readonly string[] {
  return Object.keys(OPTIONS).filter(
    (name) =>
      name !== 'stackName' &&
      context[name] !== undefined &&
      !files.some((file) => textOf(file[name]) === textOf(context[name])),
  );
}

/** On the command line, every value is text, and a list or an object is JSON. */
function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
