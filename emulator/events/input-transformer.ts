import { type Fields, isRecord } from '../template/fields';
import type { BusEvent } from './event';

/** Creates a text from an event. */
export type InputTransformer = (event: BusEvent) => string;

const PATH = /^\$(?:\.[A-Za-z0-9_-]+)+$/;
const PLACEHOLDER = /<([A-Za-z0-9_-]+)>/g;
/** One JSON string per line. */
const TEXT_TEMPLATE = /^"(?:[^"\\\n]|\\.)*"(?:\n"(?:[^"\\\n]|\\.)*")*$/;

/**
 * Reads an input transformer with a text as its template, as `RuleTargetInput.fromText` and `fromMultilineText` create
 * it. A value that is missing in the event becomes an empty string, and values are not escaped.
 *
 * Mails keep the quotes around each line. AWS documents a message without them; deployments have them.
 *
 * @throws UnsupportedTemplateError for any other path or template
 * @see https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-transform-target-input.html
 * @see https://github.com/aws/aws-cdk/issues/38121
 */
export function readInputTransformer(transformer: Fields): InputTransformer {
  const paths = transformer.strings('InputPathsMap');
  const template = transformer.string('InputTemplate');
  transformer.done();
  const unknown = Object.values(paths).find((path) => !PATH.test(path));
  if (unknown !== undefined) {
    throw transformer.error('InputPathsMap', `the local emulator does not support the path ${unknown}`);
  }
  if (!TEXT_TEMPLATE.test(template)) {
    throw transformer.error('InputTemplate', 'the local emulator supports only lines of text in double quotes');
  }
  const missing = [...template.matchAll(PLACEHOLDER)].find(([, name = '']) => paths[name] === undefined);
  if (missing !== undefined) {
    throw transformer.error('InputTemplate', `InputPathsMap does not contain ${missing[0]}`);
  }
  return (event) => template.replace(PLACEHOLDER, (_, name: string) => textAt(event, paths[name] ?? ''));
}

function textAt(event: BusEvent, path: string): string {
  const names = path.split('.').slice(1);
  const value = names.reduce<unknown>((parent, name) => (isRecord(parent) ? parent[name] : undefined), event);
  if (value === undefined) {
    return '';
  }
  return typeof value === 'string' ? value : JSON.stringify(value);
}
