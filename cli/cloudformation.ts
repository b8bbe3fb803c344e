import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import { explainAws } from './aws-failure';
import type { CredentialSource } from './credentials';
import { errorFacts } from './error-facts';
import { ShareFailure } from './failure';
import { parseOutputs, type StackOutputs } from './stack-outputs';

/** Where to look a stack up. */
export interface StackLookup {
  readonly stackName: string;
  readonly region: string;
  readonly credentials: CredentialSource;
}

/**
 * Asks CloudFormation for the outputs of a stack.
 *
 * @throws ShareFailure `StackNotFound`, `LookupDenied`, `InvalidOutputs`, and what any call to AWS ends with
 */
export async function lookUpStack(lookup: StackLookup, signal: AbortSignal): Promise<StackOutputs> {
  const { stackName, region, credentials } = lookup;
  const client = new CloudFormationClient({ region, credentials });
  try {
    const command = new DescribeStacksCommand({ StackName: stackName });
    const { Stacks: [stack] = [] } = await client.send(command, { abortSignal: signal });
    const outputs = stack?.Outputs?.map(({ OutputKey, OutputValue }) => [OutputKey, OutputValue]) ?? [];
    return onAws(parseOutputs(Object.fromEntries(outputs), `The stack ${stackName} in ${region}`), lookup);
  } catch (error) {
    throw explain(error, lookup);
  } finally {
    client.destroy();
  }
}

/** What CloudFormation knows is on AWS: its S3 is AWS's own. */
function onAws(outputs: StackOutputs, { stackName, region }: StackLookup): StackOutputs {
  if (outputs.s3Endpoint !== undefined) {
    const sentence = `The stack ${stackName} in ${region} has an output S3Endpoint, as only local emulators have: ask who deployed it.`;
    throw new ShareFailure('InvalidOutputs', sentence);
  }
  return outputs;
}

function explain(error: unknown, { stackName, region }: StackLookup): unknown {
  const { name, message } = errorFacts(error);
  if (name === 'ValidationError' && message.includes('does not exist')) {
    const remedy = 'give its --stack and --region, or start a local emulator with npm start';
    return new ShareFailure('StackNotFound', `There is no stack ${stackName} in ${region}: ${remedy}.`, {
      cause: error,
    });
  }
  if (/^AccessDenied/.test(name)) {
    const remedy = 'ask for cloudformation:DescribeStacks, or give the file of its outputs with --outputs';
    const sentence = `You may not look up the stack ${stackName} in ${region}: ${remedy}.`;
    return new ShareFailure('LookupDenied', sentence, { cause: error });
  }
  return explainAws(error, { name: 'CloudFormation' });
}
