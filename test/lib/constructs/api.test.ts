import { defaultTemplate, idsWhere, propertiesOf, resourcesOf } from '../support/template';

const resources = resourcesOf(defaultTemplate());
const API = 'arn:<AWS::Partition>:execute-api:<AWS::Region>:<AWS::AccountId>:<LinkApi>';
const STAGE = `${API}/<LinkApiDeploymentStageprod>`;
const PROXY = 'arn:<AWS::Partition>:apigateway:<AWS::Region>:lambda:path/2015-03-31/functions/';

describe('the API', () => {
  test('requires TLS 1.2, and is regional because the CloudFront distribution of an edge endpoint repeats a GET that timed out', () => {
    expect(propertiesOf(resources, 'AWS::ApiGateway::RestApi')).toEqual({
      LinkApi: {
        Name: 'PreSignedURLStack-links',
        EndpointConfiguration: { Types: ['REGIONAL'] },
        SecurityPolicy: 'TLS_1_2',
      },
    });
  });

  test('has these fifteen methods on ten paths, and no ANY', () => {
    const parts = Object.values(propertiesOf(resources, 'AWS::ApiGateway::Resource'));
    expect(parts.map(({ ParentId, PathPart }) => `${ParentId}/${PathPart}`).sort()).toEqual([
      '<LinkApi.RootResourceId>/access-object',
      '<LinkApi.RootResourceId>/describe-link',
      '<LinkApi.RootResourceId>/generate-url',
      '<LinkApi.RootResourceId>/links',
      '<LinkApi.RootResourceId>/my-links',
      '<LinkApi.RootResourceId>/open-link',
      '<LinkApi.RootResourceId>/send-file',
      '<LinkApi.RootResourceId>/upload-object',
      '<LinkApilinks>/{link_id}',
      '<LinkApimylinks>/{link_id}',
    ]);
    const methods = Object.values(propertiesOf(resources, 'AWS::ApiGateway::Method'));
    expect(methods.map(({ ResourceId, HttpMethod }) => `${HttpMethod} ${ResourceId}`).sort()).toEqual([
      'DELETE <LinkApilinkslinkid>',
      'DELETE <LinkApimylinkslinkid>',
      'GET <LinkApiaccessobject>',
      'GET <LinkApilinkslinkid>',
      'GET <LinkApimylinks>',
      'GET <LinkApimylinkslinkid>',
      'GET <LinkApiopenlink>',
      'GET <LinkApisendfile>',
      'HEAD <LinkApiaccessobject>',
      'HEAD <LinkApiopenlink>',
      'HEAD <LinkApisendfile>',
      'POST <LinkApiaccessobject>',
      'POST <LinkApidescribelink>',
      'POST <LinkApigenerateurl>',
      'POST <LinkApiuploadobject>',
    ]);
  });

  test('is deployed after all of its parts', () => {
    const parts = idsWhere(resources, ({ Type }) =>
      /^AWS::ApiGateway::(Authorizer|GatewayResponse|Method|Model|RequestValidator|Resource)$/.test(Type),
    );
    expect(parts.length).toBeGreaterThan(0);
    expect(resources['LinkApiDeployment']?.DependsOn.toSorted()).toEqual(parts);
  });
});

describe('POST /generate-url', () => {
  test('needs IAM permission, and its body is validated against the model', () => {
    expect(propertiesOf(resources, 'AWS::ApiGateway::Method')['LinkApigenerateurlPOST']).toEqual({
      RestApiId: '<LinkApi>',
      ResourceId: '<LinkApigenerateurl>',
      HttpMethod: 'POST',
      AuthorizationType: 'AWS_IAM',
      Integration: proxyTo('GenerateUrl'),
      RequestModels: { 'application/json': '<LinkApiLinkRequest>' },
      RequestValidatorId: '<LinkApiBodyValidator>',
    });
    expect(propertiesOf(resources, 'AWS::ApiGateway::RequestValidator')).toEqual({
      LinkApiBodyValidator: { RestApiId: '<LinkApi>', ValidateRequestBody: true },
    });
  });

  test('has a model in draft 4 of JSON Schema, the only one that API Gateway supports', () => {
    expect(propertiesOf(resources, 'AWS::ApiGateway::Model')).toEqual({
      LinkApiLinkRequest: {
        RestApiId: '<LinkApi>',
        ContentType: 'application/json',
        Description: expect.any(String),
        Schema: {
          $schema: 'http://json-schema.org/draft-04/schema#',
          type: 'object',
          required: ['bucket_name'],
          properties: { bucket_name: { type: 'string' }, object_name: { type: 'string' }, prefix: { type: 'string' } },
        },
      },
    });
  });
});

describe('/links/{link_id}', () => {
  test.each(['GET', 'DELETE'])('%s needs IAM permission, and calls the function that manages links', (method) => {
    expect(propertiesOf(resources, 'AWS::ApiGateway::Method')[`LinkApilinkslinkid${method}`]).toEqual({
      RestApiId: '<LinkApi>',
      ResourceId: '<LinkApilinkslinkid>',
      HttpMethod: method,
      AuthorizationType: 'AWS_IAM',
      Integration: proxyTo('ManageLink'),
    });
  });
});

describe('/my-links', () => {
  test.each([
    ['GET', 'my-links', 'LinkApimylinks'],
    ['GET', 'my-links/{link_id}', 'LinkApimylinkslinkid'],
    ['DELETE', 'my-links/{link_id}', 'LinkApimylinkslinkid'],
  ])('%s /%s needs IAM permission, and calls the function that manages links', (method, _path, resourceId) => {
    expect(propertiesOf(resources, 'AWS::ApiGateway::Method')[`${resourceId}${method}`]).toEqual({
      RestApiId: '<LinkApi>',
      ResourceId: `<${resourceId}>`,
      HttpMethod: method,
      AuthorizationType: 'AWS_IAM',
      Integration: proxyTo('ManageLink'),
    });
  });
});

describe('/access-object', () => {
  test.each(['GET', 'POST'])('%s passes the authorizer, which redeems the nonce', (method) => {
    expect(propertiesOf(resources, 'AWS::ApiGateway::Method')[`LinkApiaccessobject${method}`]).toEqual({
      RestApiId: '<LinkApi>',
      ResourceId: '<LinkApiaccessobject>',
      HttpMethod: method,
      AuthorizationType: 'CUSTOM',
      AuthorizerId: '<LinkApiNonceAuthorizer>',
      Integration: proxyTo('AccessObject'),
    });
  });

  test('HEAD has a fixed response, without an authorizer or a function', () => {
    expect(propertiesOf(resources, 'AWS::ApiGateway::Method')['LinkApiaccessobjectHEAD']).toEqual({
      RestApiId: '<LinkApi>',
      ResourceId: '<LinkApiaccessobject>',
      HttpMethod: 'HEAD',
      ...fixedResponse({
        'Cache-Control': "'no-store'",
        'Referrer-Policy': "'no-referrer'",
        'X-Robots-Tag': "'noindex'",
        'X-Content-Type-Options': "'nosniff'",
      }),
    });
  });

  test('the authorizer gets the nonce of the query string, and its result is never cached', () => {
    expect(propertiesOf(resources, 'AWS::ApiGateway::Authorizer')).toEqual({
      LinkApiNonceAuthorizer: {
        RestApiId: '<LinkApi>',
        Name: expect.any(String),
        Type: 'REQUEST',
        IdentitySource: 'method.request.querystring.nonce',
        AuthorizerResultTtlInSeconds: 0,
        AuthorizerUri: expect.anything(),
      },
    });
    const { AuthorizerUri } = propertiesOf(resources, 'AWS::ApiGateway::Authorizer')['LinkApiNonceAuthorizer'] ?? {};
    expect(JSON.stringify(AuthorizerUri)).toContain('functions/","<AuthorizeAccess.Arn>","/invocations"');
  });
});

describe('/open-link', () => {
  test('GET calls the function that serves the click-through page, without authorizer', () => {
    expect(propertiesOf(resources, 'AWS::ApiGateway::Method')['LinkApiopenlinkGET']).toEqual({
      RestApiId: '<LinkApi>',
      ResourceId: '<LinkApiopenlink>',
      HttpMethod: 'GET',
      AuthorizationType: 'NONE',
      Integration: proxyTo('OpenLink'),
    });
  });

  test('HEAD has a fixed response, without authorizer and function', () => {
    expect(propertiesOf(resources, 'AWS::ApiGateway::Method')['LinkApiopenlinkHEAD']).toEqual({
      RestApiId: '<LinkApi>',
      ResourceId: '<LinkApiopenlink>',
      HttpMethod: 'HEAD',
      ...fixedResponse({
        'Cache-Control': "'no-store'",
        'Referrer-Policy': "'no-referrer'",
        'X-Robots-Tag': "'noindex'",
        'X-Content-Type-Options': "'nosniff'",
        'Content-Type': "'text/html; charset=utf-8'",
      }),
    });
  });
});

test('POST /describe-link calls its function without the authorizer, which would redeem the link', () => {
  expect(propertiesOf(resources, 'AWS::ApiGateway::Method')['LinkApidescribelinkPOST']).toEqual({
    RestApiId: '<LinkApi>',
    ResourceId: '<LinkApidescribelink>',
    HttpMethod: 'POST',
    AuthorizationType: 'NONE',
    Integration: proxyTo('DescribeLink'),
  });
});

describe('the stage', () => {
  const stage = propertiesOf(resources, 'AWS::ApiGateway::Stage')['LinkApiDeploymentStageprod'] ?? {};

  test('is the only one, is named prod, and neither caches nor traces', () => {
    expect(propertiesOf(resources, 'AWS::ApiGateway::Stage')).toEqual({
      LinkApiDeploymentStageprod: {
        RestApiId: '<LinkApi>',
        DeploymentId: '<LinkApiDeployment>',
        StageName: 'prod',
        AccessLogSetting: expect.anything(),
        MethodSettings: expect.anything(),
      },
    });
  });

  test('throttles each method and writes no execution log, which would contain nonces and bodies', () => {
    const quiet = { DataTraceEnabled: false, LoggingLevel: 'OFF' };
    expect(stage['MethodSettings']).toEqual([
      { ...quiet, ResourcePath: '/*', HttpMethod: '*' },
      { ...quiet, ...limit(100, 200), ResourcePath: '/~1generate-url', HttpMethod: 'POST' },
      { ...quiet, ...limit(375, 150), ResourcePath: '/~1access-object', HttpMethod: 'GET' },
      { ...quiet, ...limit(375, 150), ResourcePath: '/~1access-object', HttpMethod: 'POST' },
      { ...quiet, ...limit(100, 200), ResourcePath: '/~1access-object', HttpMethod: 'HEAD' },
      { ...quiet, ...limit(125, 50), ResourcePath: '/~1open-link', HttpMethod: 'GET' },
      { ...quiet, ...limit(100, 200), ResourcePath: '/~1open-link', HttpMethod: 'HEAD' },
      { ...quiet, ...limit(125, 50), ResourcePath: '/~1describe-link', HttpMethod: 'POST' },
      { ...quiet, ...limit(125, 50), ResourcePath: '/~1upload-object', HttpMethod: 'POST' },
      { ...quiet, ...limit(125, 50), ResourcePath: '/~1send-file', HttpMethod: 'GET' },
      { ...quiet, ...limit(100, 200), ResourcePath: '/~1send-file', HttpMethod: 'HEAD' },
      { ...quiet, ...limit(100, 200), ResourcePath: '/~1links~1{link_id}', HttpMethod: 'GET' },
      { ...quiet, ...limit(100, 200), ResourcePath: '/~1links~1{link_id}', HttpMethod: 'DELETE' },
      { ...quiet, ...limit(100, 200), ResourcePath: '/~1my-links', HttpMethod: 'GET' },
      { ...quiet, ...limit(100, 200), ResourcePath: '/~1my-links~1{link_id}', HttpMethod: 'GET' },
      { ...quiet, ...limit(100, 200), ResourcePath: '/~1my-links~1{link_id}', HttpMethod: 'DELETE' },
    ]);
  });

  test('writes an access log, and is created after the role that API Gateway uses to write it', () => {
    expect(stage['AccessLogSetting']).toEqual({
      DestinationArn: 'arn:<AWS::Partition>:logs:<AWS::Region>:<AWS::AccountId>:log-group:<LinkApiAccessLog>',
      Format: expect.any(String),
    });
    expect(resources['LinkApiDeploymentStageprod']?.DependsOn).toEqual(['LinkApiAccount']);
    expect(resources['LinkApiAccount']?.Properties).toEqual({ CloudWatchRoleArn: '<LinkApiCloudWatchRole.Arn>' });
  });

  test('logs no query string, body or raw header, which could hold a nonce, and no ID that the client chooses', () => {
    const { Format } = stage['AccessLogSetting'] as { readonly Format: string };
    expect(JSON.parse(Format)).toEqual({
      time: '$context.requestTime',
      request_id: '$context.extendedRequestId',
      authorizer_request_id: '$context.authorizer.requestId',
      function_request_id: '$context.integration.requestId',
      route: '$context.resourcePath',
      method: '$context.httpMethod',
      link_id: '$context.authorizer.principalId',
      outcome: '$context.authorizer.outcome',
      error_type: '$context.error.responseType',
      principal: '$context.identity.caller',
      account: '$context.identity.accountId',
      source_ip: '$context.identity.sourceIp',
      user_agent: '$context.authorizer.userAgent',
      status: '$context.status',
      latency_ms: '$context.responseLatency',
    });
  });

  // https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-logging.html
  test('logs lines of at most 1,024 bytes, also if every value has its greatest length', () => {
    const { Format } = stage['AccessLogSetting'] as { readonly Format: string };
    const longest: Readonly<Record<string, string>> = {
      requestTime: '28/Nov/2026:23:59:59 +0000',
      extendedRequestId: 'Xy0pWq1tIAMEVtA='.padEnd(32, '='),
      'authorizer.requestId': '12345678-1234-1234-1234-123456789012',
      'integration.requestId': '12345678-1234-1234-1234-123456789012',
      resourcePath: '/my-links/{link_id}',
      httpMethod: 'OPTIONS',
      'authorizer.principalId': 'A'.repeat(22),
      'authorizer.outcome': 'outcome_unknown',
      'error.responseType': 'AUTHORIZER_CONFIGURATION_ERROR',
      // A role ID and a session name.
      'identity.caller': `AROA${'A'.repeat(17)}:${'s'.repeat(64)}`,
      'identity.accountId': '123456789012',
      'identity.sourceIp': '2001:0db8:85a3:0000:0000:8a2e:0370:7334',
      'authorizer.userAgent': 'x'.repeat(200),
      status: '503',
      responseLatency: '29000',
    };
    const line = Format.replace(/\$context\.([\w.]+)/g, (variable, name: string) => longest[name] ?? variable);

    expect(line).not.toContain('$');
    expect(Buffer.byteLength(line)).toBeLessThanOrEqual(1_024);
  });
});

describe('the functions', () => {
  test('can be invoked by API Gateway for its methods or as the authorizer, from three logs, for new objects, by the schedule, and not otherwise', () => {
    const permissions = Object.values(propertiesOf(resources, 'AWS::Lambda::Permission'));
    expect(permissions).toHaveLength(18);
    expect(permissions).toEqual(
      expect.arrayContaining([
        permission('AccessObject', `${STAGE}/GET/access-object`),
        permission('AccessObject', `${STAGE}/POST/access-object`),
        permission('GenerateUrl', `${STAGE}/POST/generate-url`),
        permission('ManageLink', `${STAGE}/GET/links/*`),
        permission('ManageLink', `${STAGE}/DELETE/links/*`),
        permission('ManageLink', `${STAGE}/GET/my-links`),
        permission('ManageLink', `${STAGE}/GET/my-links/*`),
        permission('ManageLink', `${STAGE}/DELETE/my-links/*`),
        permission('RecordReceipts', '<AuthorizeAccessLogs.Arn>', 'logs.amazonaws.com'),
        permission('RecordReceipts', '<DescribeLinkLogs.Arn>', 'logs.amazonaws.com'),
        permission('RemoveUploads', '<RemoveUploadsSchedule.Arn>', 'events.amazonaws.com'),
        permission('DescribeLink', `${STAGE}/POST/describe-link`),
        permission('OpenLink', `${STAGE}/GET/open-link`),
        permission('OpenLink', `${STAGE}/GET/send-file`),
        permission('UploadObject', `${STAGE}/POST/upload-object`),
        permission('RecordReceipts', '<LogReceivedLogs.Arn>', 'logs.amazonaws.com'),
        permission('LogReceived', '<LogReceivedRule0.Arn>', 'events.amazonaws.com'),
        permission('AuthorizeAccess', `${API}/authorizers/<LinkApiNonceAuthorizer>`),
      ]),
    );
  });

  test('have no function URL, event source or alias', () => {
    expect(idsWhere(resources, ({ Type }) => /^AWS::Lambda::(Url|EventSourceMapping|Alias)$/.test(Type))).toEqual([]);
  });
});

function proxyTo(functionId: string): Record<string, unknown> {
  return { Type: 'AWS_PROXY', IntegrationHttpMethod: 'POST', Uri: `${PROXY}<${functionId}.Arn>/invocations` };
}

function limit(ratePerSecond: number, burst: number): Record<string, unknown> {
  return { ThrottlingRateLimit: ratePerSecond, ThrottlingBurstLimit: burst };
}

function permission(
  functionId: string,
  sourceArn: string,
  principal = 'apigateway.amazonaws.com',
): Record<string, unknown> {
  return {
    Action: 'lambda:InvokeFunction',
    FunctionName: `<${functionId}.Arn>`,
    Principal: principal,
    SourceArn: sourceArn,
  };
}

function fixedResponse(headers: Readonly<Record<string, string>>): Record<string, unknown> {
  const parameters = Object.entries(headers).map(([name, value]) => [`method.response.header.${name}`, value] as const);
  return {
    AuthorizationType: 'NONE',
    Integration: {
      Type: 'MOCK',
      IntegrationHttpMethod: 'POST',
      PassthroughBehavior: 'NEVER',
      RequestTemplates: { 'application/json': '{"statusCode": 200}' },
      IntegrationResponses: [{ StatusCode: '200', ResponseParameters: Object.fromEntries(parameters) }],
    },
    MethodResponses: [
      { StatusCode: '200', ResponseParameters: Object.fromEntries(parameters.map(([name]) => [name, true])) },
    ],
  };
}
