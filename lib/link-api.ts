import { Duration, Stack } from 'aws-cdk-lib';
import {
  AccessLogFormat,
  AuthorizationType,
  EndpointType,
  IdentitySource,
  JsonSchemaType,
  JsonSchemaVersion,
  LambdaIntegration,
  LogGroupLogDestination,
  MethodLoggingLevel,
  MockIntegration,
  PassthroughBehavior,
  RequestAuthorizer,
  type Resource,
  RestApi,
} from 'aws-cdk-lib/aws-apigateway';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import { LINK_ID_PARAMETER, NONCE_PARAMETER, ROUTE, SECRET_RESPONSE_HEADERS } from '../lambda/names';
import { acknowledge } from './acknowledge';
import { addGatewayResponses } from './gateway-responses';
import { monthLog } from './month-log';

/** The functions behind the API. */
export interface LinkApiProps {
  readonly generateUrl: LambdaFunction;
  readonly authorizeAccess: LambdaFunction;
  readonly accessObject: LambdaFunction;
  readonly manageLink: LambdaFunction;
}

/** Execution logs hold query strings and bodies. Said for the stage and for each method, so that nothing hangs on a default. */
const NO_EXECUTION_LOG = { loggingLevel: MethodLoggingLevel.OFF, dataTraceEnabled: false };

const ONE_LINK = `${ROUTE.links}/{${LINK_ID_PARAMETER}}`;

/** Requests a second, and how many may come at once. The account's own limit is shared by all its APIs: none may take it whole. */
const METHOD_OPTIONS = {
  [`/${ROUTE.generateUrl}/POST`]: { ...NO_EXECUTION_LOG, throttlingRateLimit: 100, throttlingBurstLimit: 200 },
  [`/${ROUTE.accessObject}/GET`]: { ...NO_EXECUTION_LOG, throttlingRateLimit: 1000, throttlingBurstLimit: 2000 },
  [`/${ROUTE.accessObject}/POST`]: { ...NO_EXECUTION_LOG, throttlingRateLimit: 1000, throttlingBurstLimit: 2000 },
  [`/${ROUTE.accessObject}/HEAD`]: { ...NO_EXECUTION_LOG, throttlingRateLimit: 100, throttlingBurstLimit: 200 },
  [`/${ONE_LINK}/GET`]: { ...NO_EXECUTION_LOG, throttlingRateLimit: 100, throttlingBurstLimit: 200 },
  [`/${ONE_LINK}/DELETE`]: { ...NO_EXECUTION_LOG, throttlingRateLimit: 100, throttlingBurstLimit: 200 },
};

/** What is kept of a request. No query string, no header: a nonce would be in it. */
const ACCESS_LOG_FIELDS = {
  time: '$context.requestTime',
  // `$context.requestId` is what a client says it is, if it says so.
  request_id: '$context.extendedRequestId',
  route: '$context.resourcePath',
  method: '$context.httpMethod',
  status: '$context.status',
  link_id: '$context.authorizer.principalId',
  caller: '$context.identity.userArn',
  source_ip: '$context.identity.sourceIp',
  refusal: '$context.error.responseType',
  latency_ms: '$context.responseLatency',
};

/** The REST API: who may call what, and what is refused before a function runs. */
export class LinkApi extends Construct {
  /** Base address, with the stage and a trailing slash. */
  readonly url: string;

  constructor(scope: Construct, id: string, props: LinkApiProps) {
    super(scope, id);
    const api = new RestApi(this, 'Api', {
      restApiName: `${Stack.of(this).stackName}-links`,
      // CloudFront, in front of an edge endpoint, repeats a GET that timed out: the repetition would find the link spent.
      endpointTypes: [EndpointType.REGIONAL],
      cloudWatchRole: true,
      deployOptions: {
        stageName: 'prod',
        accessLogDestination: new LogGroupLogDestination(monthLog(this, 'AccessLog')),
        accessLogFormat: AccessLogFormat.custom(JSON.stringify(ACCESS_LOG_FIELDS)),
        ...NO_EXECUTION_LOG,
        methodOptions: METHOD_OPTIONS,
      },
    });
    // The stack names its outputs itself.
    api.node.tryRemoveChild('Endpoint');
    this.url = api.url;

    addGatewayResponses(api);
    addGenerateUrl(api, props.generateUrl);
    addAccessObject(api, props.authorizeAccess, props.accessObject);
    addManagement(api, props.manageLink);
    acknowledge(api, {
      APIG2: 'Bodies are validated by the one method that has a body.',
      APIG3: 'A web ACL costs by the month and is the choice of whoever runs the account.',
      APIG4: 'HEAD is answered by the gateway itself, the same for everybody, and touches nothing.',
      APIG6: 'Execution logs hold query strings, and with them nonces. The access log is on, without them.',
      COG4: 'Callers are known by IAM, readers by the nonce of their link.',
      'IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs]':
        'The policy that API Gateway documents for writing its logs.',
    });
  }
}

function addGenerateUrl(api: RestApi, generateUrl: LambdaFunction): void {
  // The model stops what is no request at all. The rules for values are the function's: it can name the field.
  const requestModel = api.addModel('LinkRequest', {
    contentType: 'application/json',
    description: 'Body of a request for a link',
    schema: {
      schema: JsonSchemaVersion.DRAFT4,
      type: JsonSchemaType.OBJECT,
      required: ['bucket_name', 'object_name'],
      properties: {
        bucket_name: { type: JsonSchemaType.STRING },
        object_name: { type: JsonSchemaType.STRING },
      },
    },
  });
  api.root
    .addResource(ROUTE.generateUrl)
    .addMethod('POST', new LambdaIntegration(generateUrl, { allowTestInvoke: false }), {
      authorizationType: AuthorizationType.IAM,
      requestModels: { 'application/json': requestModel },
      requestValidator: api.addRequestValidator('BodyValidator', { validateRequestBody: true }),
    });
}

function addAccessObject(api: RestApi, authorizeAccess: LambdaFunction, accessObject: LambdaFunction): void {
  const route = api.root.addResource(ROUTE.accessObject);
  const authorizer = new RequestAuthorizer(api, 'NonceAuthorizer', {
    handler: authorizeAccess,
    identitySources: [IdentitySource.queryString(NONCE_PARAMETER)],
    // A cached Allow would let a spent link through.
    resultsCacheTtl: Duration.seconds(0),
  });
  const integration = new LambdaIntegration(accessObject, { allowTestInvoke: false });
  for (const method of ['GET', 'POST']) {
    route.addMethod(method, integration, { authorizationType: AuthorizationType.CUSTOM, authorizer });
  }
  addHead(route);
}

function addManagement(api: RestApi, manageLink: LambdaFunction): void {
  const link = api.root.resourceForPath(ONE_LINK);
  const integration = new LambdaIntegration(manageLink, { allowTestInvoke: false });
  for (const method of ['GET', 'DELETE']) {
    link.addMethod(method, integration, { authorizationType: AuthorizationType.IAM });
  }
}

/** Link checkers ask with HEAD. The gateway answers them by itself, the same for every link, and nothing is redeemed. */
function addHead(route: Resource): void {
  const headers = Object.entries(SECRET_RESPONSE_HEADERS);
  route.addMethod(
    'HEAD',
    new MockIntegration({
      passthroughBehavior: PassthroughBehavior.NEVER,
      requestTemplates: { 'application/json': '{"statusCode": 200}' },
      integrationResponses: [
        {
          statusCode: '200',
          responseParameters: Object.fromEntries(
            headers.map(([name, value]) => [`method.response.header.${name}`, `'${value}'`]),
          ),
        },
      ],
    }),
    {
      authorizationType: AuthorizationType.NONE,
      methodResponses: [
        {
          statusCode: '200',
          responseParameters: Object.fromEntries(headers.map(([name]) => [`method.response.header.${name}`, true])),
        },
      ],
    },
  );
}
