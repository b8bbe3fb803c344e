import type {
  APIGatewayProxyEvent,
  APIGatewayProxyWithLambdaAuthorizerEvent,
  APIGatewayRequestAuthorizerEvent,
} from 'aws-lambda';
import type { AuthorizerContext } from '../../../lambda/http/authorizer-result';

/** What differs from one request to the next. */
export interface Request {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, readonly string[]>>;
  readonly query?: Readonly<Record<string, readonly string[]>>;
  readonly body?: string | null;
  readonly pathParameters?: Readonly<Record<string, string>>;
  readonly requestContext?: Readonly<Record<string, unknown>>;
}

export const METHOD_ARN = 'arn:aws:execute-api:us-east-1:123456789012:a1b2c3d4e5/prod/GET/access-object';
export const CALLER_ARN = 'arn:aws:sts::123456789012:assumed-role/Developer/jane@example.com';

/** Drawn by API Gateway, in each event and in the access log. */
export const REQUEST_ID = 'Xy0pWq1tIAMEVtA=';

/** A call of a function behind a proxy integration, as far as the functions look at it. */
export function proxyEvent({
  method = 'POST',
  headers,
  query,
  body = null,
  pathParameters,
  requestContext,
}: Request = {}) {
  return {
    httpMethod: method,
    multiValueHeaders: headers ?? {},
    multiValueQueryStringParameters: query ?? null,
    pathParameters: pathParameters ?? null,
    body,
    isBase64Encoded: false,
    requestContext: {
      domainName: 'a1b2c3d4e5.execute-api.us-east-1.amazonaws.com',
      path: '/prod/generate-url',
      extendedRequestId: REQUEST_ID,
      identity: { userArn: CALLER_ARN },
      ...requestContext,
    },
  } as unknown as APIGatewayProxyEvent;
}

/** A request to redeem a link, as the authorizer sees it. */
export function authorizerEvent(nonce: string | undefined, request: Request = {}): APIGatewayRequestAuthorizerEvent {
  return {
    ...proxyEvent({ method: 'GET', ...(nonce === undefined ? {} : { query: { nonce: [nonce] } }), ...request }),
    type: 'REQUEST',
    methodArn: METHOD_ARN,
  } as unknown as APIGatewayRequestAuthorizerEvent;
}

/** A request that the authorizer let through. */
export function openingEvent(
  nonce: string | undefined,
  authorizer: unknown,
  request: Request = {},
): APIGatewayProxyWithLambdaAuthorizerEvent<AuthorizerContext> {
  const query = nonce === undefined ? {} : { query: { nonce: [nonce] } };
  const event = proxyEvent({ method: 'GET', ...query, ...request, requestContext: { authorizer } });
  return event as unknown as APIGatewayProxyWithLambdaAuthorizerEvent<AuthorizerContext>;
}
