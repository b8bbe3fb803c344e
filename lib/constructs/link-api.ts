import { Duration, Stack } from 'aws-cdk-lib';
import {
  AuthorizationType,
  EndpointType,
  IdentitySource,
  JsonSchemaType,
  JsonSchemaVersion,
  LambdaIntegration,
  LogGroupLogDestination,
  type MethodDeploymentOptions,
  MethodLoggingLevel,
  MockIntegration,
  PassthroughBehavior,
  RequestAuthorizer,
  type Resource,
  RestApi,
  type Stage,
} from 'aws-cdk-lib/aws-apigateway';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import type { LogGroup } from 'aws-cdk-lib/aws-logs';
import { CfnWebACLAssociation } from 'aws-cdk-lib/aws-wafv2';
import { Construct } from 'constructs';
import { LINK_ID_PARAMETER, NONCE_PARAMETER, ROUTE, SECRET_RESPONSE_HEADERS } from '../../lambda/contract';
import { accessLogFormat } from '../monitoring/access-log';
import { stackLog } from '../monitoring/stack-log';
import type { OwnAddress } from '../options/custom-domain';
import type { Throttle, Throttles } from '../options/throttles';
import { openLinkPage } from '../pages/open-link-page';
import { acknowledge } from './acknowledge';
import { OwnDomain } from './custom-domain';
import { addGatewayResponses } from './gateway-responses';

/** The functions behind the API, and what is let through to them. */
export interface LinkApiProps {
  readonly generateUrl: LambdaFunction;
  readonly authorizeAccess: LambdaFunction;
  readonly accessObject: LambdaFunction;
  readonly manageLink: LambdaFunction;
  readonly throttles: Throttles;
  /** ARN of a web ACL to be put behind. @default - none */
  readonly webAclArn?: string;
  /** @default - the API has the address only that API Gateway gives it */
  readonly ownAddress?: OwnAddress;
}

/** Execution logs hold query strings and bodies. Said for the stage and for each method, so that nothing hangs on a default. */
const NO_EXECUTION_LOG = { loggingLevel: MethodLoggingLevel.OFF, dataTraceEnabled: false };

const ONE_LINK = `${ROUTE.links}/{${LINK_ID_PARAMETER}}`;

function methodOptions(throttles: Throttles): Record<string, MethodDeploymentOptions> {
  const options = ({ ratePerSecond, burst }: Throttle): MethodDeploymentOptions => ({
    ...NO_EXECUTION_LOG,
    throttlingRateLimit: ratePerSecond,
    throttlingBurstLimit: burst,
  });
  return {
    [`/${ROUTE.generateUrl}/POST`]: options(throttles.issue),
    [`/${ROUTE.accessObject}/GET`]: options(throttles.open),
    [`/${ROUTE.accessObject}/POST`]: options(throttles.open),
    [`/${ROUTE.accessObject}/HEAD`]: options(throttles.head),
    [`/${ROUTE.openLink}/GET`]: options(throttles.page),
    [`/${ROUTE.openLink}/HEAD`]: options(throttles.head),
    [`/${ONE_LINK}/GET`]: options(throttles.manage),
    [`/${ONE_LINK}/DELETE`]: options(throttles.manage),
  };
}

/** The REST API: who may call what, and what is refused before a function runs. */
export class LinkApi extends Construct {
  /** Base address with a trailing slash: the own one, if there is one, or else the default endpoint with its stage. */
  readonly url: string;
  /** Where the access log is. */
  readonly accessLog: LogGroup;
  /** Has the metrics of the API. */
  readonly stage: Stage;
  readonly restApi: RestApi;
  readonly ownDomain: OwnDomain | undefined;

  constructor(scope: Construct, id: string, props: LinkApiProps) {
    super(scope, id);
    this.accessLog = stackLog(this, 'AccessLog');
    const api = new RestApi(this, 'Api', {
      restApiName: `${Stack.of(this).stackName}-links`,
      // CloudFront, in front of an edge endpoint, repeats a GET that timed out: the repetition would find the link spent.
      endpointTypes: [EndpointType.REGIONAL],
      ...(props.ownAddress?.defaultEndpoint === 'disabled' && { disableExecuteApiEndpoint: true }),
      cloudWatchRole: true,
      deployOptions: {
        stageName: 'prod',
        accessLogDestination: new LogGroupLogDestination(this.accessLog),
        accessLogFormat: accessLogFormat(),
        ...NO_EXECUTION_LOG,
        methodOptions: methodOptions(props.throttles),
      },
    });
    // The stack names its outputs itself.
    api.node.tryRemoveChild('Endpoint');
    this.stage = api.deploymentStage;
    this.restApi = api;
    this.ownDomain = props.ownAddress && new OwnDomain(this, 'OwnDomain', { api, address: props.ownAddress });
    this.url = this.ownDomain?.url ?? api.url;

    addGatewayResponses(api);
    addGenerateUrl(api, props.generateUrl);
    addAccessObject(api, props.authorizeAccess, props.accessObject);
    addOpenLink(api);
    addManagement(api, props.manageLink);
    if (props.webAclArn === undefined) {
      acknowledge(api, { APIG3: 'A web ACL costs by the month and is the choice of whoever runs the account.' });
    } else {
      const { stageArn } = api.deploymentStage;
      new CfnWebACLAssociation(this, 'WebAcl', { resourceArn: stageArn, webAclArn: props.webAclArn });
    }
    acknowledge(api, {
      APIG2: 'Bodies are validated by the one method that has a body.',
      APIG4:
        'HEAD and the click-through page are answered by the gateway itself, the same for everybody, and touch nothing.',
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
  // Link checkers ask with HEAD. Nothing is redeemed.
  addFixedAnswer(route, 'HEAD', SECRET_RESPONSE_HEADERS);
}

function addManagement(api: RestApi, manageLink: LambdaFunction): void {
  const link = api.root.resourceForPath(ONE_LINK);
  const integration = new LambdaIntegration(manageLink, { allowTestInvoke: false });
  for (const method of ['GET', 'DELETE']) {
    link.addMethod(method, integration, { authorizationType: AuthorizationType.IAM });
  }
}

/** The click-through page. No nonce comes here: browsers keep the fragment of an address to themselves. */
function addOpenLink(api: RestApi): void {
  const route = api.root.addResource(ROUTE.openLink);
  const headers = {
    ...SECRET_RESPONSE_HEADERS,
    'X-Frame-Options': 'DENY',
    // Beside the media type of the template: AWS does not say which of the two counts.
    'Content-Type': 'text/html; charset=utf-8',
  };
  addFixedAnswer(route, 'GET', headers, { 'text/html': openLinkPage() });
  addFixedAnswer(route, 'HEAD', headers);
}

/**
 * Has the gateway answer by itself, with 200 and the same for everybody.
 *
 * @param headers values without single quotes: API Gateway has no way to escape one.
 * @param templates body by media type. @default - no body
 */
function addFixedAnswer(
  route: Resource,
  method: string,
  headers: Readonly<Record<string, string>>,
  templates?: Readonly<Record<string, string>>,
): void {
  const entries = Object.entries(headers);
  route.addMethod(
    method,
    new MockIntegration({
      passthroughBehavior: PassthroughBehavior.NEVER,
      requestTemplates: { 'application/json': '{"statusCode": 200}' },
      integrationResponses: [
        {
          statusCode: '200',
          responseParameters: Object.fromEntries(
            entries.map(([name, value]) => [`method.response.header.${name}`, `'${value}'`]),
          ),
          ...(templates && { responseTemplates: templates }),
        },
      ],
    }),
    {
      authorizationType: AuthorizationType.NONE,
      methodResponses: [
        {
          statusCode: '200',
          responseParameters: Object.fromEntries(entries.map(([name]) => [`method.response.header.${name}`, true])),
        },
      ],
    },
  );
}
