import type { MethodModel } from '../../../emulator/api-gateway/api-model';
import { RouteTable } from '../../../emulator/api-gateway/route-table';

function route(httpMethod: string, resourcePath: string) {
  const method: MethodModel = {
    httpMethod,
    resourcePath,
    authorization: { type: 'NONE' },
    bodySchemas: new Map(),
    integration: { type: 'MOCK', mediaTypes: [], status: 200, headers: {} },
    throttle: undefined,
  };
  return { method };
}

const TABLE = new RouteTable([
  route('GET', '/links/{link_id}'),
  route('DELETE', '/links/{link_id}'),
  route('GET', '/links/all'),
  route('GET', '/{a}/{b}/end'),
  route('POST', '/generate-url'),
]);

test.each([
  ['POST', '/generate-url', '/generate-url', {}],
  ['GET', '/links/abc', '/links/{link_id}', { link_id: 'abc' }],
  ['DELETE', '/links/abc', '/links/{link_id}', { link_id: 'abc' }],
  ['GET', '/links/a%2Fb', '/links/{link_id}', { link_id: 'a%2Fb' }],
  ['GET', '/links/{link_id}', '/links/{link_id}', { link_id: '{link_id}' }],
  ['GET', '/links/all', '/links/all', {}],
  ['GET', '/x/y/end', '/{a}/{b}/end', { a: 'x', b: 'y' }],
])('%s %s goes to %s', (httpMethod, path, resourcePath, pathParameters) => {
  const match = TABLE.find(httpMethod, path);

  expect(match?.route.method).toMatchObject({ httpMethod, resourcePath });
  expect(match?.pathParameters).toEqual(pathParameters);
});

test.each([
  ['PUT', '/links/abc'],
  ['DELETE', '/links/all'],
  ['GET', '/links/'],
  ['GET', '/links'],
  ['GET', '/links/abc/'],
  ['GET', '/links/abc/def'],
  ['GET', '//abc/end'],
  ['GET', '/Links/abc'],
  ['GET', ''],
  ['GET', '/'],
])('%s %s has no route', (httpMethod, path) => {
  expect(TABLE.find(httpMethod, path)).toBeUndefined();
});
