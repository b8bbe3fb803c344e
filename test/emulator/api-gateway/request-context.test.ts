import type { IncomingMessage } from 'node:http';
import {
  authorizerEvent,
  type Endpoint,
  gatewayRequest,
  proxyEvent,
} from '../../../emulator/api-gateway/request-context';

function partsOf(host: string, path: string, endpoint: Endpoint): Parameters<typeof proxyEvent>[0] {
  const message = {
    method: 'GET',
    url: `${path}?nonce=n`,
    rawHeaders: ['Host', host],
    socket: { remoteAddress: '127.0.0.1' },
  } as IncomingMessage;
  const request = gatewayRequest(message, Buffer.alloc(0), new Date(0));
  const api = { apiId: 'local', stage: 'prod', resourcePath: '/access-object' };
  const route = { path: '/access-object', pathParameters: {} };
  return { request, endpoint, ...api, ...route, caller: undefined, authorizer: undefined };
}

const DEFAULT_HOST = 'local.execute-api.us-east-1.amazonaws.com';

test.each([
  [
    'the default endpoint',
    partsOf(DEFAULT_HOST, '/prod/access-object', { prefix: '/prod', eventPrefix: '' }),
    { path: '/access-object', domainName: DEFAULT_HOST, domainPrefix: 'local', contextPath: '/prod/access-object' },
  ],
  [
    'a domain name',
    partsOf('links.example.com', '/access-object', { prefix: '', eventPrefix: '' }),
    {
      path: '/access-object',
      domainName: 'links.example.com',
      domainPrefix: 'links',
      contextPath: '/access-object',
    },
  ],
  [
    'a domain name with a base path',
    partsOf('links.example.com', '/share/access-object', { prefix: '/share', eventPrefix: '/share' }),
    {
      path: '/share/access-object',
      domainName: 'links.example.com',
      domainPrefix: 'links',
      contextPath: '/share/access-object',
    },
  ],
])('the event of a request that came in by %s', (_, parts, { path, domainName, domainPrefix, contextPath }) => {
  const event = {
    resource: '/access-object',
    path,
    queryStringParameters: { nonce: 'n' },
    requestContext: { domainName, domainPrefix, path: contextPath, resourcePath: '/access-object', stage: 'prod' },
  };

  expect(proxyEvent(parts)).toMatchObject(event);
  expect(authorizerEvent(parts, 'arn')).toMatchObject({ ...event, type: 'REQUEST', methodArn: 'arn' });
});
