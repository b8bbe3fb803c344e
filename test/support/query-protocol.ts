import type { Reply } from './fake-api';

/** A successful response: https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_DescribeStacks.html */
export function describeStacksReply(outputs: Readonly<Record<string, string | undefined>>): Reply {
  const members = Object.entries(outputs).map(
    ([name, value]) => `<member><OutputKey>${name}</OutputKey><OutputValue>${value}</OutputValue></member>`,
  );
  return [
    200,
    `<DescribeStacksResponse xmlns="http://cloudformation.amazonaws.com/doc/2010-05-15/"><DescribeStacksResult><Stacks>
      <member><StackName>MyLinks</StackName><CreationTime>2026-11-25T12:00:00Z</CreationTime>
      <StackStatus>CREATE_COMPLETE</StackStatus><Outputs>${members.join('')}</Outputs></member>
    </Stacks></DescribeStacksResult></DescribeStacksResponse>`,
  ];
}

/** An error from a service that uses the query protocol. */
export function queryErrorReply(status: number, code: string, message: string): Reply {
  const error = `<Error><Type>Sender</Type><Code>${code}</Code><Message>${message}</Message></Error>`;
  return [status, `<ErrorResponse>${error}<RequestId>0</RequestId></ErrorResponse>`];
}
