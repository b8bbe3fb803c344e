import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { Readable } from 'node:stream';
import { DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';
import { HttpResponse } from '@smithy/core/protocols';
import { tableClient } from '../../../lambda/aws/table-client';
import { ROLE } from '../support/engines';

const READ = { TableName: 'links', Key: { nonce_id: { S: 'a' } } };

test('a client of the table does all that one of the SDK does, but for taking calls apart for a log', () => {
  const ours = tableClient({ region: 'us-east-1' }).middlewareStack.identify();
  const theirs = new DynamoDBClient({ region: 'us-east-1' }).middlewareStack.identify();

  expect(theirs.filter((name) => !ours.includes(name))).toEqual(['loggerMiddleware - initialize']);
  expect(ours.filter((name) => !theirs.includes(name))).toEqual([]);
});

test('it reads an answer whole, however it is cut up', async () => {
  const item = { nonce_id: { S: 'ü'.repeat(100) } };
  const bytes = Buffer.from(JSON.stringify({ Item: item }));
  const handle = async () => ({
    response: new HttpResponse({ statusCode: 200, body: Readable.from([...bytes].map((byte) => Buffer.of(byte))) }),
  });
  const client = tableClient({ region: 'us-east-1', credentials: ROLE, requestHandler: { handle } });

  expect(await client.send(new GetItemCommand(READ))).toMatchObject({ Item: item });
});

test('it does not wait for an answer that was let go of without an error', async () => {
  const handle = async () => {
    const body = new Readable({ read() {} });
    setImmediate(() => body.destroy());
    return { response: new HttpResponse({ statusCode: 200, body }) };
  };
  const client = tableClient({ region: 'us-east-1', credentials: ROLE, requestHandler: { handle } });

  await expect(client.send(new GetItemCommand(READ))).rejects.toThrow('half an answer');
});

test('it does not take half an answer for one', async () => {
  const server = createServer((socket) => {
    socket.once('data', () => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"Item":{}'));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const endpoint = `http://127.0.0.1:${port}`;
  const client = tableClient({ endpoint, region: 'us-east-1', credentials: ROLE });

  try {
    await expect(client.send(new GetItemCommand(READ))).rejects.toMatchObject({
      message: expect.stringContaining('aborted'),
      $metadata: { attempts: 3 },
    });
  } finally {
    client.destroy();
    server.close();
  }
});
