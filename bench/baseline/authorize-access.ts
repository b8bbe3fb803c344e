import type { APIGatewayAuthorizerResult, APIGatewayRequestAuthorizerEvent } from 'aws-lambda';
import { linkIdOf, type Nonce } from '../../lambda/link/nonce';
import { callTable } from './aws-request';

/** Redeems a link like the authorizer, but without the SDK and its checks. For the benchmark only. */
export async function handler(event: APIGatewayRequestAuthorizerEvent): Promise<APIGatewayAuthorizerResult> {
  const linkId = linkIdOf(event.multiValueQueryStringParameters?.['nonce']?.[0] as Nonce);
  const response = await callTable('DeleteItem', {
    TableName: process.env['NONCE_TABLE_NAME'],
    Key: { nonce_id: { S: linkId } },
    ConditionExpression: 'attribute_exists(nonce_id) AND expires_at > :now',
    ExpressionAttributeValues: { ':now': { N: String(Math.floor(Date.now() / 1000)) } },
    ReturnValues: 'ALL_OLD',
  });
  return {
    principalId: linkId,
    policyDocument: {
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Action: 'execute-api:Invoke', Resource: event.methodArn }],
    },
    context: { sealed: JSON.parse(response).Attributes.sealed.B },
  };
}
