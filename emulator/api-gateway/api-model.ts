import { type Fields, UnsupportedTemplateError } from '../template/fields';
import type { Template } from '../template/template';

/** The REST API in the template. */
export interface ApiModel {
  readonly id: string;
  readonly stage: string;
  /** The `execute-api` endpoint. The emulator serves it on the loopback address. */
  readonly defaultEndpoint: 'enabled' | 'disabled';
  readonly domains: readonly DomainModel[];
  /** Access log format, with `$context` variables; `undefined` if there is no access log. */
  readonly accessLogFormat: string | undefined;
  readonly methods: readonly MethodModel[];
  readonly gatewayResponses: ReadonlyMap<string, GatewayResponseModel>;
}

/** A custom domain name of the stage. */
export interface DomainModel {
  readonly name: string;
  /** With a leading slash, or empty. */
  readonly basePath: string;
}

/** A method of the API. */
export interface MethodModel {
  readonly httpMethod: string;
  /** For example `/access-object` or `/links/{link_id}`. */
  readonly resourcePath: string;
  readonly authorization: Authorization;
  /** JSON Schemas (draft 4) by media type; empty if bodies are not validated. */
  readonly bodySchemas: ReadonlyMap<string, object>;
  readonly integration: Integration;
  readonly throttle: Throttle | undefined;
}

/** How a method authorizes callers. */
export type Authorization =
  | { readonly type: 'NONE' }
  | { readonly type: 'AWS_IAM' }
  | { readonly type: 'CUSTOM'; readonly authorizer: AuthorizerModel };

/** A Lambda authorizer of type REQUEST. */
export interface AuthorizerModel {
  readonly id: string;
  readonly functionArn: string;
  /** Required query parameters, and the cache key of a result. */
  readonly queryIdentitySources: readonly string[];
  readonly resultTtlSeconds: number;
}

/** Backend of a method. */
export type Integration =
  | { readonly type: 'AWS_PROXY'; readonly functionArn: string }
  | {
      readonly type: 'MOCK';
      readonly mediaTypes: readonly string[];
      readonly status: number;
      readonly headers: Headers;
    };

type Headers = Readonly<Record<string, string>>;

/** Throttling limits of a method. */
export interface Throttle {
  readonly ratePerSecond: number;
  readonly burst: number;
}

/** A customized gateway response. */
export interface GatewayResponseModel {
  readonly status: number | undefined;
  readonly headers: Headers;
  /** Bodies by media type, in template order. */
  readonly templates: Headers;
}

/** API Gateway's default. */
const DEFAULT_RESULT_TTL_SECONDS = 300;

/** Reads the REST API in the template. @throws UnsupportedTemplateError unless there is exactly one */
export function readApi(template: Template): ApiModel {
  const api = template.single('AWS::ApiGateway::RestApi');
  const disabled = api.properties.boolean('DisableExecuteApiEndpoint', false);
  api.properties
    .ignore('Name')
    .only('EndpointConfiguration', { Types: ['REGIONAL'] })
    // The emulator serves plain HTTP. Other policies also need an endpoint access mode, which the emulator does not
    // support.
    .only('SecurityPolicy', 'TLS_1_2')
    .done();
  const stage = readStage(template);
  const paths = readPaths(template, api.identity.attributes['RootResourceId'] ?? '');
  const authorizers = readAuthorizers(template);
  return {
    id: api.identity.ref,
    stage: stage.name,
    defaultEndpoint: disabled ? 'disabled' : 'enabled',
    domains: readDomains(template, api.identity.ref, stage.name),
    accessLogFormat: stage.accessLogFormat,
    methods: template.ofType('AWS::ApiGateway::Method').map(({ properties }) => {
      const resourcePath = paths.get(properties.string('ResourceId'));
      if (resourcePath === undefined) {
        throw properties.error('ResourceId', 'the template has no such resource');
      }
      const httpMethod = properties.string('HttpMethod');
      const bodySchemas = readBodySchemas(template, properties);
      const integration = properties.object('Integration');
      const method = {
        httpMethod,
        resourcePath,
        authorization: readAuthorization(properties, authorizers),
        bodySchemas,
        integration: readIntegration(integration, readDeclaredHeaders(properties)),
        throttle: stage.throttles.get(`${resourcePath} ${httpMethod}`) ?? stage.throttles.get('/* *'),
      };
      integration.done();
      properties.ignore('RestApiId').done();
      return method;
    }),
    gatewayResponses: readGatewayResponses(template),
  };
}

function readDomains(template: Template, apiId: string, stage: string): readonly DomainModel[] {
  const mappings = template.ofType('AWS::ApiGateway::BasePathMapping').map(({ properties }) => {
    const basePath = properties.optionalString('BasePath');
    const mapping = {
      name: properties.string('DomainName'),
      basePath: basePath === undefined ? '' : `/${basePath}`,
    };
    properties.only('RestApiId', apiId).only('Stage', stage).done();
    return mapping;
  });
  return template.ofType('AWS::ApiGateway::DomainName').map(({ properties }) => {
    const name = properties.string('DomainName');
    const [mapping, ...others] = mappings.filter((one) => one.name === name);
    if (mapping === undefined || others.length > 0) {
      throw properties.error('DomainName', 'the local emulator supports exactly one base path mapping per domain');
    }
    // The emulator serves plain HTTP, without certificates.
    properties
      .ignore('RegionalCertificateArn')
      .only('SecurityPolicy', 'TLS_1_2')
      .only('EndpointConfiguration', { Types: ['REGIONAL'] })
      .done();
    return mapping;
  });
}

interface StageModel {
  readonly name: string;
  readonly accessLogFormat: string | undefined;
  /** By `<resource path> <method>`. */
  readonly throttles: ReadonlyMap<string, Throttle>;
}

function readStage(template: Template): StageModel {
  const { properties } = template.single('AWS::ApiGateway::Stage');
  const name = properties.ignore('RestApiId', 'DeploymentId').string('StageName');
  const accessLog = properties.object('AccessLogSetting').ignore('DestinationArn');
  const accessLogFormat = accessLog.optionalString('Format');
  accessLog.done();
  const throttles = new Map<string, Throttle>();
  for (const settings of properties.objects('MethodSettings')) {
    settings.only('DataTraceEnabled', false).only('LoggingLevel', 'OFF');
    // `/*` matches every path. In other paths, `~1` is a slash, as in a JSON pointer.
    const resourcePath = settings.string('ResourcePath');
    const path = resourcePath === '/*' ? resourcePath : resourcePath.slice(1).replaceAll('~1', '/');
    const key = `${path} ${settings.string('HttpMethod')}`;
    if (settings.has('ThrottlingRateLimit') || settings.has('ThrottlingBurstLimit')) {
      const ratePerSecond = settings.number('ThrottlingRateLimit');
      throttles.set(key, { ratePerSecond, burst: settings.number('ThrottlingBurstLimit') });
    }
    settings.done();
  }
  properties.done();
  return { name, accessLogFormat, throttles };
}

/** Full paths by resource ID. */
function readPaths(template: Template, rootId: string): ReadonlyMap<string, string> {
  const paths = new Map([[rootId, '']]);
  for (const { identity, properties } of template.ofType('AWS::ApiGateway::Resource')) {
    const part = properties.string('PathPart');
    const parent = paths.get(properties.string('ParentId'));
    if (parent === undefined || !/^(?:[^{}]+|\{\w+\})$/.test(part)) {
      throw properties.error(
        'PathPart',
        'the local emulator supports fixed segments and {parameters} of one segment, parents first',
      );
    }
    paths.set(identity.ref, `${parent}/${part}`);
    properties.ignore('RestApiId').done();
  }
  return paths;
}

function readAuthorizers(template: Template): ReadonlyMap<string, AuthorizerModel> {
  return new Map(
    template.ofType('AWS::ApiGateway::Authorizer').map(({ identity, properties }) => {
      const sources = properties.string('IdentitySource').split(',');
      const queryIdentitySources = sources.map((source) => {
        const [, name] = /^method\.request\.querystring\.(\S+)$/.exec(source.trim()) ?? [];
        if (name === undefined) {
          throw properties.error('IdentitySource', 'the local emulator supports query parameters only');
        }
        return name;
      });
      const authorizer = {
        id: identity.ref,
        functionArn: functionArn(properties, 'AuthorizerUri'),
        queryIdentitySources,
        resultTtlSeconds: properties.number('AuthorizerResultTtlInSeconds', DEFAULT_RESULT_TTL_SECONDS),
      };
      properties.ignore('Name', 'RestApiId').only('Type', 'REQUEST').done();
      return [identity.ref, authorizer];
    }),
  );
}

function readAuthorization(method: Fields, authorizers: ReadonlyMap<string, AuthorizerModel>): Authorization {
  const type = method.string('AuthorizationType');
  const authorizerId = method.optionalString('AuthorizerId');
  switch (type) {
    case 'NONE':
    case 'AWS_IAM':
      return { type };
    case 'CUSTOM': {
      const authorizer = authorizers.get(authorizerId ?? '');
      if (authorizer !== undefined) {
        return { type, authorizer };
      }
    }
  }
  throw method.error('AuthorizationType', `the local emulator does not support ${type} with ${authorizerId}`);
}

function readBodySchemas(template: Template, method: Fields): ReadonlyMap<string, object> {
  const models = Object.entries(method.strings('RequestModels'));
  const validatorId = method.optionalString('RequestValidatorId');
  if (validatorId === undefined) {
    return new Map();
  }
  const validator = template
    .ofType('AWS::ApiGateway::RequestValidator')
    .find(({ identity }) => identity.ref === validatorId);
  if (validator === undefined) {
    throw method.error('RequestValidatorId', 'the template has no such validator');
  }
  const { properties } = validator;
  const validates = properties.boolean('ValidateRequestBody', false);
  properties.ignore('RestApiId', 'Name').only('ValidateRequestParameters', false).done();
  return new Map(validates ? models.map(([mediaType, id]) => [mediaType, readModel(template, method, id)]) : []);
}

function readModel(template: Template, method: Fields, id: string): object {
  const model = template.ofType('AWS::ApiGateway::Model').find(({ identity }) => identity.ref === id);
  const schema = model?.properties.optional('Schema');
  if (model === undefined || typeof schema !== 'object' || schema === null) {
    throw method.error('RequestModels', `the template has no model ${id} with a schema`);
  }
  model.properties.ignore('ContentType', 'Description', 'RestApiId', 'Name').done();
  return schema;
}

/** Headers that the method responses declare, by status. */
function readDeclaredHeaders(method: Fields): ReadonlyMap<string, readonly string[]> {
  return new Map(
    method.objects('MethodResponses').map((response) => {
      const parameters = response.object('ResponseParameters');
      const declared = [response.string('StatusCode'), parameters.names()] as const;
      response.done();
      return declared;
    }),
  );
}

function readIntegration(integration: Fields, declared: ReadonlyMap<string, readonly string[]>): Integration {
  const type = integration.string('Type');
  integration.only('IntegrationHttpMethod', 'POST');
  switch (type) {
    case 'AWS_PROXY':
      return { type, functionArn: functionArn(integration, 'Uri') };
    case 'MOCK':
      return readMock(integration, declared);
    default:
      throw integration.error('Type', `the local emulator does not support ${type}`);
  }
}

/** Supports one fixed response without a body, with a literal request template. There is no VTL. */
function readMock(integration: Fields, declared: ReadonlyMap<string, readonly string[]>): Integration {
  const templates = integration.strings('RequestTemplates');
  const [response, ...others] = integration.only('PassthroughBehavior', 'NEVER').objects('IntegrationResponses');
  if (response === undefined || others.length > 0) {
    throw integration.error('IntegrationResponses', 'the local emulator supports exactly one response');
  }
  const status = Number(response.string('StatusCode'));
  if (Object.values(templates).some((text) => text !== `{"statusCode": ${status}}`)) {
    throw integration.error('RequestTemplates', `the local emulator supports only {"statusCode": ${status}}`);
  }
  const undeclared = Object.keys(response.strings('ResponseParameters')).find(
    (parameter) => !declared.get(String(status))?.includes(parameter),
  );
  if (undeclared !== undefined) {
    throw response.error(`ResponseParameters.${undeclared}`, 'the method response does not declare this header');
  }
  const headers = literals(response, 'ResponseParameters', 'method.response.header.');
  response.done();
  return { type: 'MOCK', mediaTypes: Object.keys(templates), status, headers };
}

function readGatewayResponses(template: Template): ReadonlyMap<string, GatewayResponseModel> {
  return new Map(
    template.ofType('AWS::ApiGateway::GatewayResponse').map(({ properties }) => {
      const status = properties.optionalString('StatusCode');
      const response = {
        status: status === undefined ? undefined : Number(status),
        headers: literals(properties, 'ResponseParameters', 'gatewayresponse.header.'),
        templates: properties.strings('ResponseTemplates'),
      };
      const type = properties.string('ResponseType');
      properties.ignore('RestApiId').done();
      return [type, response];
    }),
  );
}

/** Literal header values (in single quotes), by header name. */
function literals(fields: Fields, name: string, prefix: string): Headers {
  return Object.fromEntries(
    Object.entries(fields.strings(name)).map(([parameter, value]) => {
      const [, literal] = /^'([^']*)'$/.exec(value) ?? [];
      if (!parameter.startsWith(prefix) || literal === undefined) {
        throw fields.error(`${name}.${parameter}`, 'the local emulator supports only literal header values');
      }
      return [parameter.slice(prefix.length), literal];
    }),
  );
}

function functionArn(fields: Fields, name: string): string {
  const uri = fields.string(name);
  const [, arn] =
    /^arn:aws:apigateway:[^:]+:lambda:path\/2015-03-31\/functions\/(arn:[^/]+)\/invocations$/.exec(uri) ?? [];
  if (arn === undefined) {
    throw new UnsupportedTemplateError(`${fields.path}.${name}`, 'must be the invocation URI of a Lambda function');
  }
  return arn;
}
