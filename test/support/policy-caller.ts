import { parseStatement } from '../../emulator/iam/policy';
import type { Principal } from '../../emulator/iam/principal';
import { Template } from '../../emulator/template/template';
import { testAssembly } from './assembly';

/**
 * A caller with the permissions of one managed policy of the stack.
 *
 * @param output the output with the ARN of the policy, for example `IssuerPolicyArn`
 */
export async function callerWith(output: string): Promise<Principal> {
  const { template, stackName } = await testAssembly();
  const read = new Template(template, stackName);
  const arn = read.outputs()[output];
  const policy = read.ofType('AWS::IAM::ManagedPolicy').find(({ identity }) => identity.ref === arn);
  const statements = policy?.properties.object('PolicyDocument').list('Statement') ?? [];
  return {
    arn: `arn:aws:iam::123456789012:user/${output}`,
    accessKeyId: output.toUpperCase(),
    secretAccessKey: `${output}-secret`,
    statements: statements.map((statement) => parseStatement(statement, output)),
  };
}
