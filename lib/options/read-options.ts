import type { Node } from 'constructs';
import { checkCombinations } from './combinations';
import { refuseMistypedOptions } from './option-names';
import { type DeploymentTarget, OPTIONS, type Option, type Options } from './options';
import { OptionError, optional, withDefault } from './parsers';

/**
 * Parses and checks the context options of the app.
 *
 * @param target account and Region of the deployment, which resources in the options must match.
 * @throws OptionError
 */
export function readOptions(node: Node, target: DeploymentTarget = {}): Options {
  refuseMistypedOptions(Object.keys(node.getAllContext()), Object.keys(OPTIONS));
  const entries: readonly [string, Option][] = Object.entries(OPTIONS);
  const options = Object.fromEntries(
    entries.map(([name, option]) => {
      const parse = withDefault(optional(option.parse), option.default);
      return [name, parse(name, readContext(node, name))];
    }),
  ) as Options;
  checkCombinations(options, target);
  return options;
}

/** Reads a context value. On the command line, lists and objects are JSON text. */
function readContext(node: Node, name: string): unknown {
  const value: unknown = node.tryGetContext(name);
  if (typeof value !== 'string' || !/^\s*[[{]/.test(value)) {
    return value;
  }
  try {
    return JSON.parse(value);
  } catch {
    throw new OptionError(name, `${value} is not valid JSON. Quote it for the shell: -c '${name}=["…"]'`);
  }
}

/**
 * Rejects options at the top level of `cdk.json`, where CDK ignores them.
 *
 * @param cdkJson parsed content of the file.
 * @throws OptionError
 */
export function refuseMisplacedOptions(cdkJson: object): void {
  const misplaced = Object.keys(cdkJson).find((name) => Object.hasOwn(OPTIONS, name));
  if (misplaced !== undefined) {
    throw new OptionError(misplaced, 'CDK ignores it at the top level of cdk.json. Move it into "context"');
  }
}
