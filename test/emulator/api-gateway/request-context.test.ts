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

test.each([
  [
    'local.execute-api.us-east-1.amazonaws.com',
    '/prod/access-object',
    { prefix: '/prod', eventPrefix: '' },
    '/access-object',
  ],
  ['links.example.com', '/access-object', { prefix: '', eventPrefix: '' }, '/access-object'],
  ['links.example.com', '/share/access-object', { prefix: '/share', eventPrefix: '/share' }, '/share/access-object'],
])('the event for a request to %s%s', (host, requestPath, endpoint, path) => {
  const parts = partsOf(host, requestPath, endpoint);
  const requestContext = {
    domainName: host,
    domainPrefix: host.split('.')[0],
    path: requestPath,
    stage: 'prod',
    resourcePath: '/access-object',
  };
  const event = { resource: '/access-object', path, queryStringParameters: { nonce: 'n' }, requestContext };

  expect(proxyEvent(parts)).toMatchObject(event);
  expect(authorizerEvent(parts, 'arn')).toMatchObject({ ...event, type: 'REQUEST', methodArn: 'arn' });
});
