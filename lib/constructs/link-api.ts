import { Duration } from 'aws-cdk-lib';
import * as apigateway from 'aws-cdk-lib/aws-apigateway';
import { Grant, type IGrantable } from 'aws-cdk-lib/aws-iam';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { CfnWebACLAssociation } from 'aws-cdk-lib/aws-wafv2';
import { Construct } from 'constructs';
import { LINK_ID_PARAMETER, NONCE_PARAMETER, ROUTE, SECRET_RESPONSE_HEADERS } from '../../lambda/contract';
import type { Branding } from '../../lambda/page/render';
import { type Throttles, throttleOf } from '../limits';
import { accessLogFormat } from '../monitoring/access-log';
import { acknowledge } from './acknowledge';
import { CustomDomain, type CustomDomainProps } from './custom-domain';
import { addGatewayResponses } from './gateway-responses';
import type { LinkFunctions } from './link-functions';

/** Properties of a {@link LinkApi}. */
interface LinkApiProps {
  /** Must be unique in the account and Region, because it is the only dimension of API Gateway's metrics. */
  readonly apiName: string;
  readonly functions: LinkFunctions;
  /** Whether callers can list, look up and revoke the links that they issued. */
  readonly hasMyLinks: boolean;
  readonly throttles: Throttles;
  /** Shown on error pages. */
  readonly branding: Branding;
  readonly webAclArn: string | undefined;
  readonly customDomain: CustomDomainProps | undefined;
  readonly manageApiGatewayAccount: boolean;
}

/** Turns off execution logs, which contain query strings and bodies. Set on the stage and on each method. */
const NO_EXECUTION_LOG = { loggingLevel: apigateway.MethodLoggingLevel.OFF, dataTraceEnabled: false };

const ONE_LINK = `${ROUTE.links}/{${LINK_ID_PARAMETER}}`;
const ONE_OF_MY_LINKS = `${ROUTE.myLinks}/{${LINK_ID_PARAMETER}}`;

function methodOptions({
  throttles,
  hasMyLinks,
  functions,
}: LinkApiProps): Record<string, apigateway.MethodDeploymentOptions> {
  const options = (purpose: keyof Throttles): apigateway.MethodDeploymentOptions => {
    const { rateLimit, burstLimit } = throttleOf(throttles, purpose);
    return { ...NO_EXECUTION_LOG, throttlingRateLimit: rateLimit, throttlingBurstLimit: burstLimit };
  };
  return {
    [`/${ROUTE.generateUrl}/POST`]: options('issue'),
    [`/${ROUTE.accessObject}/GET`]: options('open'),
    [`/${ROUTE.accessObject}/POST`]: options('open'),
    [`/${ROUTE.accessObject}/HEAD`]: options('head'),
    [`/${ROUTE.openLink}/GET`]: options('page'),
    [`/${ROUTE.openLink}/HEAD`]: options('head'),
    [`/${ROUTE.describeLink}/POST`]: options('describe'),
    ...(functions.uploadObject && {
      [`/${ROUTE.uploadObject}/POST`]: options('upload'),
      [`/${ROUTE.sendFile}/GET`]: options('page'),
      [`/${ROUTE.sendFile}/HEAD`]: options('head'),
    }),
    [`/${ONE_LINK}/GET`]: options('manage'),
    [`/${ONE_LINK}/DELETE`]: options('manage'),
    ...(hasMyLinks && {
      [`/${ROUTE.myLinks}/GET`]: options('manage'),
      [`/${ONE_OF_MY_LINKS}/GET`]: options('manage'),
      [`/${ONE_OF_MY_LINKS}/DELETE`]: options('manage'),
    }),
  };
}

/** The REST API: routes, authorization and gateway responses. */
export class LinkApi extends Construct {
  /**
   * Base URL with a trailing slash: the custom domain if there is one, otherwise the default endpoint with its stage.
   */
  readonly url: string;
  readonly accessLog: LogGroup;
  readonly restApi: apigateway.RestApi;
  readonly customDomain: CustomDomain | undefined;
  /** ARNs of the methods that list, look up and revoke the caller's links, for policies. */
  readonly myLinksArns: readonly string[];
  /** ARNs of the methods that look up and revoke every link, for policies. */
  readonly manageArns: readonly string[];
  private readonly issueArn: string;

  constructor(scope: Construct, id: string, props: LinkApiProps) {
    super(scope, id);
    const { generateUrl, authorizeAccess, accessObject, manageLink, openLink, describeLink, uploadObject } =
      props.functions;
    this.accessLog = new LogGroup(this, 'AccessLog');
    const api = new apigateway.RestApi(this, 'Api', {
      restApiName: props.apiName,
      // The CloudFront distribution of an edge endpoint retries a GET that timed out, but its link may already be
      // redeemed.
      endpointTypes: [apigateway.EndpointType.REGIONAL],
      ...(props.customDomain?.disableDefaultEndpoint && { disableExecuteApiEndpoint: true }),
      cloudWatchRole: props.manageApiGatewayAccount,
      deployOptions: {
        stageName: 'prod',
        accessLogDestination: new apigateway.LogGroupLogDestination(this.accessLog),
        accessLogFormat: accessLogFormat(),
        ...NO_EXECUTION_LOG,
        methodOptions: methodOptions(props),
      },
    });
    requireTls12(api);
    // The stack defines the outputs.
    api.node.tryRemoveChild('Endpoint');
    this.restApi = api;
    this.customDomain = props.customDomain && new CustomDomain(this, 'CustomDomain', api, props.customDomain);
    this.url = this.customDomain?.url ?? api.url;

    addGatewayResponses(api, props.branding);
    this.issueArn = addGenerateUrl(api, generateUrl).methodArn;
    const authorizer = addAuthorizer(api, authorizeAccess);
    addAccessObject(api, authorizer, accessObject);
    addPage(api, ROUTE.openLink, openLink);
    if (uploadObject !== undefined) {
      addUploadObject(api, authorizer, uploadObject);
      addPage(api, ROUTE.sendFile, openLink);
    }
    addDescribeLink(api, describeLink);
    this.manageArns = addManagement(api, manageLink, { GET: [ONE_LINK], DELETE: [ONE_LINK] });
    const myLinks = { GET: [ROUTE.myLinks, ONE_OF_MY_LINKS], DELETE: [ONE_OF_MY_LINKS] };
    this.myLinksArns = props.hasMyLinks ? addManagement(api, manageLink, myLinks) : [];
    if (props.webAclArn === undefined) {
      acknowledge(api, { APIG3: 'A web ACL has a monthly price. Adding one is up to the account owner.' });
    } else {
      const { stageArn } = api.deploymentStage;
      new CfnWebACLAssociation(this, 'WebAcl', { resourceArn: stageArn, webAclArn: props.webAclArn });
    }
    acknowledge(api, {
      APIG2: 'The only method with a body validates it.',
      APIG4: 'HEAD has a fixed response, and the pages are the same for every caller.',
      APIG6: 'Execution logs contain query strings, and so nonces. The access log is on and contains neither.',
      COG4: 'Callers are authenticated by IAM, readers by the nonce of their link.',
      'IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs]':
        'API Gateway documents this policy for writing its logs.',
    });
  }

  /** Allows the principal to issue links, and to list, look up and revoke the links that it issued. */
  grantIssue(grantee: IGrantable): Grant {
    return grantInvoke(grantee, this.issueArn, ...this.myLinksArns);
  }

  /** Allows the principal to look up and revoke every link. */
  grantManage(grantee: IGrantable): Grant {
    return grantInvoke(grantee, ...this.manageArns);
  }
}

function grantInvoke(grantee: IGrantable, ...resourceArns: string[]): Grant {
  return Grant.addToPrincipal({ grantee, actions: ['execute-api:Invoke'], resourceArns });
}

/**
 * Sets the security policy of the API, which also governs the handshake at its custom domain. The default is TLS 1.0. This
 * policy accepts TLS 1.2 and 1.3 and needs no endpoint access mode. `RestApi` has no such prop.
 *
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-security-policies-update.html
 */
function requireTls12(api: apigateway.RestApi): void {
  const resource = api.node.findChild('Resource') as apigateway.CfnRestApi;
  resource.securityPolicy = apigateway.SecurityPolicy.TLS_1_2;
}

function addGenerateUrl(api: apigateway.RestApi, generateUrl: LambdaFunction): apigateway.Method {
  // The model checks only that the required fields are strings. The function checks the values: its errors name the
  // field.
  const requestModel = api.addModel('LinkRequest', {
    contentType: 'application/json',
    description: 'Body of a request for a link',
    schema: {
      schema: apigateway.JsonSchemaVersion.DRAFT4,
      type: apigateway.JsonSchemaType.OBJECT,
      required: ['bucket_name'],
      properties: {
        bucket_name: { type: apigateway.JsonSchemaType.STRING },
        object_name: { type: apigateway.JsonSchemaType.STRING },
        prefix: { type: apigateway.JsonSchemaType.STRING },
      },
    },
  });
  return api.root.addResource(ROUTE.generateUrl).addMethod('POST', proxyTo(generateUrl), {
    authorizationType: apigateway.AuthorizationType.IAM,
    requestModels: { 'application/json': requestModel },
    requestValidator: api.addRequestValidator('BodyValidator', { validateRequestBody: true }),
  });
}

function addAuthorizer(api: apigateway.RestApi, authorizeAccess: LambdaFunction): apigateway.IAuthorizer {
  return new apigateway.RequestAuthorizer(api, 'NonceAuthorizer', {
    handler: authorizeAccess,
    identitySources: [apigateway.IdentitySource.queryString(NONCE_PARAMETER)],
    // A cached Allow would let a redeemed link through.
    resultsCacheTtl: Duration.seconds(0),
  });
}

function addAccessObject(
  api: apigateway.RestApi,
  authorizer: apigateway.IAuthorizer,
  accessObject: LambdaFunction,
): void {
  const route = api.root.addResource(ROUTE.accessObject);
  const integration = proxyTo(accessObject);
  for (const method of ['GET', 'POST']) {
    route.addMethod(method, integration, { authorizationType: apigateway.AuthorizationType.CUSTOM, authorizer });
  }
  // Link checkers send HEAD requests, which must not redeem the link.
  addFixedHead(route, SECRET_RESPONSE_HEADERS);
}

function addUploadObject(
  api: apigateway.RestApi,
  authorizer: apigateway.IAuthorizer,
  uploadObject: LambdaFunction,
): void {
  const options = { authorizationType: apigateway.AuthorizationType.CUSTOM, authorizer };
  api.root.addResource(ROUTE.uploadObject).addMethod('POST', proxyTo(uploadObject), options);
}

/** Adds methods that invoke the function that manages links. Returns their ARNs. */
function addManagement(
  api: apigateway.RestApi,
  manageLink: LambdaFunction,
  paths: Readonly<Record<'GET' | 'DELETE', readonly string[]>>,
): readonly string[] {
  const options = { authorizationType: apigateway.AuthorizationType.IAM };
  return Object.entries(paths).flatMap(([method, ofMethod]) =>
    ofMethod.map((path) => api.root.resourceForPath(path).addMethod(method, proxyTo(manageLink), options).methodArn),
  );
}

function proxyTo(fn: LambdaFunction): apigateway.LambdaIntegration {
  return new apigateway.LambdaIntegration(fn, { allowTestInvoke: false });
}

function addPage(api: apigateway.RestApi, path: string, openLink: LambdaFunction): void {
  const route = api.root.addResource(path);
  route.addMethod('GET', proxyTo(openLink), { authorizationType: apigateway.AuthorizationType.NONE });
  addFixedHead(route, { ...SECRET_RESPONSE_HEADERS, 'Content-Type': 'text/html; charset=utf-8' });
}

function addDescribeLink(api: apigateway.RestApi, describeLink: LambdaFunction): void {
  // Any caller that has the nonce may redeem the link, so it may also read its description.
  const options = { authorizationType: apigateway.AuthorizationType.NONE };
  api.root.addResource(ROUTE.describeLink).addMethod('POST', proxyTo(describeLink), options);
}

/**
 * Adds a HEAD method with a mock integration that always returns the same 200 response.
 *
 * @param headers values must not contain a single quote, which API Gateway cannot escape.
 */
function addFixedHead(route: apigateway.Resource, headers: Readonly<Record<string, string>>): void {
  const parameters = Object.entries(headers).map(([name, value]) => [`method.response.header.${name}`, value] as const);
  const responseParameters = Object.fromEntries(parameters.map(([name, value]) => [name, `'${value}'`]));
  const integration = new apigateway.Integration({
    type: apigateway.IntegrationType.MOCK,
    // API Gateway ignores it, but stricter parsers of templates demand it.
    integrationHttpMethod: 'POST',
    options: {
      passthroughBehavior: apigateway.PassthroughBehavior.NEVER,
      requestTemplates: { 'application/json': '{"statusCode": 200}' },
      integrationResponses: [{ statusCode: '200', responseParameters }],
    },
  });
  route.addMethod('HEAD', integration, {
    authorizationType: apigateway.AuthorizationType.NONE,
    methodResponses: [
      { statusCode: '200', responseParameters: Object.fromEntries(parameters.map(([name]) => [name, true])) },
    ],
  });
}
