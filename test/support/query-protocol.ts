import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import type { Principal } from '../../emulator/iam/principal';
import { verifySignature } from '../../emulator/iam/sigv4';

/** A stack that CloudFormation knows. */
export interface KnownStack {
  readonly name: string;
  readonly outputs: Readonly<Record<string, string>>;
}

/** A service that answers as CloudFormation does to `DescribeStacks`, in the query protocol, and to nothing else. */
export interface CloudFormationDouble {
  readonly endpoint: string;
  close(): Promise<void>;
}

/**
 * Nothing on npm speaks CloudFormation. What is checked here is what the real one checks of such a call: who signed it, and
 * whether they may.
 *
 * @see https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_DescribeStacks.html
 */
export async function startCloudFormationDouble(
  stack: KnownStack,
  region: string,
  caller: Principal,
): Promise<CloudFormationDouble> {
  const server = createServer(async (request, response) => {
    const [status, body] = await answer(request, stack, region, caller);
    response.writeHead(status, { 'content-type': 'text/xml' }).end(body);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    endpoint: `http://127.0.0.1:${port}`,
    async close() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

async function answer(
  request: IncomingMessage,
  stack: KnownStack,
  region: string,
  caller: Principal,
): Promise<readonly [status: number, body: string]> {
  const body = await text(request);
  const verdict = verifySignature(
    {
      method: request.method ?? '',
      rawPath: request.url ?? '',
      rawQuery: '',
      rawHeaders: request.rawHeaders,
      payloadHash: createHash('sha256').update(body).digest('hex'),
    },
    {
      service: 'cloudformation',
      region,
      now: new Date(),
      principals: new Map([[caller.accessKeyId, caller]]),
    },
  );
  const form = new URLSearchParams(body);
  if (!verdict.ok) {
    return failure(403, 'InvalidClientTokenId', 'The security token included in the request is invalid.');
  }
  if (caller.statements.length === 0) {
    const message = `User: ${caller.arn} is not authorized to perform: cloudformation:DescribeStacks`;
    return failure(403, 'AccessDenied', message);
  }
  if (form.get('Action') !== 'DescribeStacks' || form.get('StackName') !== stack.name) {
    return failure(400, 'ValidationError', `Stack with id ${form.get('StackName')} does not exist`);
  }
  const outputs = Object.entries(stack.outputs).map(
    ([name, value]) => `<member><OutputKey>${name}</OutputKey><OutputValue>${value}</OutputValue></member>`,
  );
  return [
    200,
    `<DescribeStacksResponse xmlns="http://cloudformation.amazonaws.com/doc/2010-05-15/"><DescribeStacksResult><Stacks>
      <member><StackName>${stack.name}</StackName><CreationTime>2026-11-25T12:00:00Z</CreationTime>
      <StackStatus>CREATE_COMPLETE</StackStatus><Outputs>${outputs.join('')}</Outputs></member>
    </Stacks></DescribeStacksResult></DescribeStacksResponse>`,
  ];
}

function failure(status: number, code: string, message: string): readonly [number, string] {
  const error = `<Error><Type>Sender</Type><Code>${code}</Code><Message>${message}</Message></Error>`;
  return [status, `<ErrorResponse>${error}<RequestId>0</RequestId></ErrorResponse>`];
}
