import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A response of CloudFormation to `DescribeStacks`. */
export type DescribeStacksResponse =
  | { readonly outputs: Readonly<Record<string, string>> }
  | { readonly status: number; readonly code: string; readonly message: string };

/**
 * Starts a server that gives one response to every request, in the query protocol. No npm package emulates CloudFormation.
 *
 * @see https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_DescribeStacks.html
 */
export async function startCloudFormation(response: DescribeStacksResponse) {
  const [status, body] =
    'outputs' in response ? [200, stackWith(response.outputs)] : [response.status, error(response)];
  const server = createServer((_, answer) => void answer.writeHead(status, { 'content-type': 'text/xml' }).end(body));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close(): Promise<void> {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

function stackWith(outputs: Readonly<Record<string, string>>): string {
  const members = Object.entries(outputs).map(
    ([name, value]) => `<member><OutputKey>${name}</OutputKey><OutputValue>${value}</OutputValue></member>`,
  );
  return `<DescribeStacksResponse xmlns="http://cloudformation.amazonaws.com/doc/2010-05-15/"><DescribeStacksResult><Stacks>
    <member><StackName>MyLinks</StackName><CreationTime>2026-11-25T12:00:00Z</CreationTime>
    <StackStatus>CREATE_COMPLETE</StackStatus><Outputs>${members.join('')}</Outputs></member>
  </Stacks></DescribeStacksResult></DescribeStacksResponse>`;
}

function error({ code, message }: { readonly code: string; readonly message: string }): string {
  const fields = `<Type>Sender</Type><Code>${code}</Code><Message>${message}</Message>`;
  return `<ErrorResponse><Error>${fields}</Error><RequestId>0</RequestId></ErrorResponse>`;
}
