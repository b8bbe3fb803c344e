import { openLinkPage } from '../../../lib/pages/open-link-page';
import { defaultTemplate, idsWhere, propertiesOf, readable, resourcesOf } from '../support/template';

const resources = resourcesOf(defaultTemplate());
const API = 'arn:<AWS::Partition>:execute-api:<AWS::Region>:<AWS::AccountId>:<LinkApi>';
const STAGE = `${API}/<LinkApiDeploymentStageprod>`;
const PROXY = 'arn:<AWS::Partition>:apigateway:<AWS::Region>:lambda:path/2015-03-31/functions/';

describe('the API', () => {
  test('is regional: an edge endpoint would repeat a request that timed out', () => {
    expect(propertiesOf(resources, 'AWS::ApiGateway::RestApi')).toEqual({
      LinkApi: { Name: 'PreSignedURLStack-links', EndpointConfiguration: { Types: ['REGIONAL'] } },
    });
  });

  test('has four routes right under the stage, one of them for single links', () => {
    expect(propertiesOf(resources, 'AWS::ApiGateway::Resource')).toEqual({
      LinkApigenerateurl: route('generate-url'),
      LinkApiaccessobject: route('access-object'),
      LinkApiopenlink: route('open-link'),
      LinkApilinks: route('links'),
      LinkApilinkslinkid: { RestApiId: '<LinkApi>', ParentId: '<LinkApilinks>', PathPart: '{link_id}' },
    });
  });

  test('has eight methods and none that stands for any other', () => {
    const methods = Object.values(propertiesOf(resources, 'AWS::ApiGateway::Method'));
    expect(methods.map(({ ResourceId, HttpMethod }) => `${HttpMethod} ${ResourceId}`).sort()).toEqual([
      'DELETE <LinkApilinkslinkid>',
      'GET <LinkApiaccessobject>',
      'GET <LinkApilinkslinkid>',
      'GET <LinkApiopenlink>',
      'HEAD <LinkApiaccessobject>',
      'HEAD <LinkApiopenlink>',
      'POST <LinkApiaccessobject>',
      'POST <LinkApigenerateurl>',
    ]);
  });

  test('is deployed only once everything that it answers with exists', () => {
    const parts = idsWhere(resources, ({ Type }) =>
      /^AWS::ApiGateway::(Authorizer|GatewayResponse|Method|Model|RequestValidator|Resource)$/.test(Type),
    );
    expect(parts.length).toBeGreaterThan(0);
    expect(resources['LinkApiDeployment']?.DependsOn.toSorted()).toEqual(parts);
  });
});

describe('POST /generate-url', () => {
  test('is for callers with IAM permission, and its body is validated against the model', () => {
    expect(propertiesOf(resources, 'AWS::ApiGateway::Method')['LinkApigenerateurlPOST']).toEqual({
      RestApiId: '<LinkApi>',
      ResourceId: '<LinkApigenerateurl>',
      HttpMethod: 'POST',
      AuthorizationType: 'AWS_IAM',
      Integration: proxyTo('GenerateUrl'),
      RequestModels: { 'application/json': '<LinkApiLinkRequest>' },
      RequestValidatorId: '<LinkApiBodyValidator>',
    });
  });

  test('has a validator that looks at the body', () => {
    expect(propertiesOf(resources, 'AWS::ApiGateway::RequestValidator')).toEqual({
      LinkApiBodyValidator: { RestApiId: '<LinkApi>', ValidateRequestBody: true },
    });
  });

  test('has a model in the one draft of JSON Schema that API Gateway knows', () => {
    expect(propertiesOf(resources, 'AWS::ApiGateway::Model')).toEqual({
      LinkApiLinkRequest: {
        RestApiId: '<LinkApi>',
        ContentType: 'application/json',
        Description: expect.any(String),
        Schema: {
          $schema: 'http://json-schema.org/draft-04/schema#',
          type: 'object',
          required: ['bucket_name', 'object_name'],
          properties: { bucket_name: { type: 'string' }, object_name: { type: 'string' } },
        },
      },
    });
  });
});

describe('/links/{link_id}', () => {
  test.each(['GET', 'DELETE'])(
    '%s is for callers with IAM permission, and leads to the one function that manages links',
    (method) => {
      expect(propertiesOf(resources, 'AWS::ApiGateway::Method')[`LinkApilinkslinkid${method}`]).toEqual({
        RestApiId: '<LinkApi>',
        ResourceId: '<LinkApilinkslinkid>',
        HttpMethod: method,
        AuthorizationType: 'AWS_IAM',
        Integration: proxyTo('ManageLink'),
      });
    },
  );
});

describe('/access-object', () => {
  test.each(['GET', 'POST'])('%s is for those whose nonce the authorizer redeems', (method) => {
    expect(propertiesOf(resources, 'AWS::ApiGateway::Method')[`LinkApiaccessobject${method}`]).toEqual({
      RestApiId: '<LinkApi>',
      ResourceId: '<LinkApiaccessobject>',
      HttpMethod: method,
      AuthorizationType: 'CUSTOM',
      AuthorizerId: '<LinkApiNonceAuthorizer>',
      Integration: proxyTo('AccessObject'),
    });
  });

  test('answers HEAD by itself, without authorizer and function, and lets no other request through', () => {
    expect(propertiesOf(resources, 'AWS::ApiGateway::Method')['LinkApiaccessobjectHEAD']).toEqual({
      RestApiId: '<LinkApi>',
      ResourceId: '<LinkApiaccessobject>',
      HttpMethod: 'HEAD',
      AuthorizationType: 'NONE',
      Integration: {
        Type: 'MOCK',
        PassthroughBehavior: 'NEVER',
        RequestTemplates: { 'application/json': '{"statusCode": 200}' },
        IntegrationResponses: [
          {
            StatusCode: '200',
            ResponseParameters: {
              'method.response.header.Cache-Control': "'no-store'",
              'method.response.header.Referrer-Policy': "'no-referrer'",
              'method.response.header.X-Robots-Tag': "'noindex'",
              'method.response.header.X-Content-Type-Options': "'nosniff'",
            },
          },
        ],
      },
      MethodResponses: [
        {
          StatusCode: '200',
          ResponseParameters: {
            'method.response.header.Cache-Control': true,
            'method.response.header.Referrer-Policy': true,
            'method.response.header.X-Robots-Tag': true,
            'method.response.header.X-Content-Type-Options': true,
          },
        },
      ],
    });
  });

  test('asks the authorizer at every request, by the nonce of the query string, and never remembers what it said', () => {
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
  const HEADERS = {
    'Cache-Control': "'no-store'",
    'Referrer-Policy': "'no-referrer'",
    'X-Robots-Tag': "'noindex'",
    'X-Content-Type-Options': "'nosniff'",
    'X-Frame-Options': "'DENY'",
    'Content-Type': "'text/html; charset=utf-8'",
  };
  const parameters = Object.entries(HEADERS).map(([name, value]) => [`method.response.header.${name}`, value] as const);

  test.each([
    ['GET', { ResponseTemplates: { 'text/html': openLinkPage() } }],
    ['HEAD', {}],
  ])('answers %s by itself, the same for everybody, without authorizer and function', (method, body) => {
    expect(propertiesOf(resources, 'AWS::ApiGateway::Method')[`LinkApiopenlink${method}`]).toEqual({
      RestApiId: '<LinkApi>',
      ResourceId: '<LinkApiopenlink>',
      HttpMethod: method,
      AuthorizationType: 'NONE',
      Integration: {
        Type: 'MOCK',
        PassthroughBehavior: 'NEVER',
        RequestTemplates: { 'application/json': '{"statusCode": 200}' },
        IntegrationResponses: [{ StatusCode: '200', ResponseParameters: Object.fromEntries(parameters), ...body }],
      },
      MethodResponses: [
        { StatusCode: '200', ResponseParameters: Object.fromEntries(parameters.map(([name]) => [name, true])) },
      ],
    });
  });
});

describe('the stage', () => {
  const stage = propertiesOf(resources, 'AWS::ApiGateway::Stage')['LinkApiDeploymentStageprod'] ?? {};

  test('is the only one, is called prod, and neither caches nor traces', () => {
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

  test('throttles every method on its own and writes no execution log, which would hold nonces and bodies', () => {
    const quiet = { DataTraceEnabled: false, LoggingLevel: 'OFF' };
    expect(stage['MethodSettings']).toEqual([
      { ...quiet, ResourcePath: '/*', HttpMethod: '*' },
      { ...quiet, ...limit(100, 200), ResourcePath: '/~1generate-url', HttpMethod: 'POST' },
      { ...quiet, ...limit(1000, 2000), ResourcePath: '/~1access-object', HttpMethod: 'GET' },
      { ...quiet, ...limit(1000, 2000), ResourcePath: '/~1access-object', HttpMethod: 'POST' },
      { ...quiet, ...limit(100, 200), ResourcePath: '/~1access-object', HttpMethod: 'HEAD' },
      { ...quiet, ...limit(1000, 2000), ResourcePath: '/~1open-link', HttpMethod: 'GET' },
      { ...quiet, ...limit(100, 200), ResourcePath: '/~1open-link', HttpMethod: 'HEAD' },
      { ...quiet, ...limit(100, 200), ResourcePath: '/~1links~1{link_id}', HttpMethod: 'GET' },
      { ...quiet, ...limit(100, 200), ResourcePath: '/~1links~1{link_id}', HttpMethod: 'DELETE' },
    ]);
  });

  test('writes an access log to a group of its own, and waits for the role that API Gateway writes it with', () => {
    expect(stage['AccessLogSetting']).toEqual({
      DestinationArn: 'arn:<AWS::Partition>:logs:<AWS::Region>:<AWS::AccountId>:log-group:<LinkApiAccessLog>',
      Format: expect.any(String),
    });
    expect(resources['LinkApiDeploymentStageprod']?.DependsOn).toEqual(['LinkApiAccount']);
    expect(resources['LinkApiAccount']?.Properties).toEqual({ CloudWatchRoleArn: '<LinkApiCloudWatchRole.Arn>' });
  });

  test('logs of a request no query string, no body and no header as it was sent, as a nonce would be in it, and no id that the client chose', () => {
    const { Format } = stage['AccessLogSetting'] as { readonly Format: string };
    // Numbers are between no quotes.
    expect(JSON.parse(Format.replace(/:(\$[\w.]+)/g, ':["$1"]'))).toEqual({
      time: '$context.requestTime',
      request_id: '$context.extendedRequestId',
      route: '$context.resourcePath',
      method: '$context.httpMethod',
      link_id: '$context.authorizer.principalId',
      outcome: '$context.authorizer.outcome',
      refusal: '$context.error.responseType',
      principal: '$context.identity.caller',
      account: '$context.identity.accountId',
      source_ip: '$context.identity.sourceIp',
      user_agent: '$context.authorizer.userAgent',
      status: ['$context.status'],
      latency_ms: ['$context.responseLatency'],
    });
  });
});

describe('the functions', () => {
  test('may be called by API Gateway, for one method or as the authorizer, and by nobody else', () => {
    const permissions = Object.values(propertiesOf(resources, 'AWS::Lambda::Permission'));
    expect(permissions).toHaveLength(6);
    expect(permissions).toEqual(
      expect.arrayContaining([
        permission('AccessObject', `${STAGE}/GET/access-object`),
        permission('AccessObject', `${STAGE}/POST/access-object`),
        permission('GenerateUrl', `${STAGE}/POST/generate-url`),
        permission('ManageLink', `${STAGE}/GET/links/*`),
        permission('ManageLink', `${STAGE}/DELETE/links/*`),
        permission('AuthorizeAccess', `${API}/authorizers/<LinkApiNonceAuthorizer>`),
      ]),
    );
  });

  test('cannot be reached past the API', () => {
    expect(idsWhere(resources, ({ Type }) => /^AWS::Lambda::(Url|EventSourceMapping|Alias)$/.test(Type))).toEqual([]);
  });
});

test('the stack puts out the address of the API, the name of the bucket, the policies for callers and the topic of the alarms, and nothing else', () => {
  expect(readable(defaultTemplate().Outputs)).toEqual({
    ApiGatewayEndpoint: {
      Description: expect.any(String),
      Value: 'https://<LinkApi>.execute-api.<AWS::Region>.<AWS::URLSuffix>/<LinkApiDeploymentStageprod>/',
    },
    BucketUrl: { Description: expect.any(String), Value: '<DefaultBucket>' },
    AlarmTopic: { Description: expect.any(String), Value: '<MonitoringAlarmTopic>' },
    IssuerPolicyArn: { Description: expect.any(String), Value: '<IssuerPolicy>' },
    ManagerPolicyArn: { Description: expect.any(String), Value: '<ManagerPolicy>' },
  });
});

function route(pathPart: string): Record<string, unknown> {
  return { RestApiId: '<LinkApi>', ParentId: '<LinkApi.RootResourceId>', PathPart: pathPart };
}

function proxyTo(functionId: string): Record<string, unknown> {
  return { Type: 'AWS_PROXY', IntegrationHttpMethod: 'POST', Uri: `${PROXY}<${functionId}.Arn>/invocations` };
}

function limit(ratePerSecond: number, burst: number): Record<string, unknown> {
  return { ThrottlingRateLimit: ratePerSecond, ThrottlingBurstLimit: burst };
}

function permission(functionId: string, sourceArn: string): Record<string, unknown> {
  return {
    Action: 'lambda:InvokeFunction',
    FunctionName: `<${functionId}.Arn>`,
    Principal: 'apigateway.amazonaws.com',
    SourceArn: sourceArn,
  };
}
