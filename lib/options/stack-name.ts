import { OptionError } from './context';

/**
 * Shorter than CloudFormation takes: the topic of the alarms shows it behind sixteen characters more, and shows a hundred.
 * https://docs.aws.amazon.com/sns/latest/api/API_CreateTopic.html
 */
const STACK_NAME = /^[A-Za-z][A-Za-z0-9-]{0,83}$/;

/** @throws OptionError that says what to write instead. */
export function parseStackName(value: unknown): string | undefined {
  if (value !== undefined && !(typeof value === 'string' && STACK_NAME.test(value))) {
    throw new OptionError(
      'stackName',
      'must be a letter and up to 83 letters, digits and hyphens after it, for example: -c stackName=links-staging',
    );
  }
  return value;
}
