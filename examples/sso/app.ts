import { App, CfnOutput, Duration, Stack } from 'aws-cdk-lib';
import { HttpApi, HttpMethod } from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpJwtAuthorizer } from 'aws-cdk-lib/aws-apigatewayv2-authorizers';
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import { LoggingFormat, Runtime } from 'aws-cdk-lib/aws-lambda';
import { NodejsFunction } from 'aws-cdk-lib/aws-lambda-nodejs';
import { BlockPublicAccess, Bucket } from 'aws-cdk-lib/aws-s3';
import { OneTimeLinks } from 'one-time-s3-links';

const stack = new Stack(new App(), 'SignIn');
const issuer: string = stack.node.getContext('issuer');
const audience: string = stack.node.getContext('audience');

const documents = new Bucket(stack, 'Documents', { blockPublicAccess: BlockPublicAccess.BLOCK_ALL, enforceSSL: true });
const links = new OneTimeLinks(stack, 'Links', { buckets: [documents], retainData: true });

const share = new NodejsFunction(stack, 'Share', {
  entry: 'lambda/share.ts',
  runtime: Runtime.NODEJS_24_X,
  timeout: Duration.seconds(29),
  loggingFormat: LoggingFormat.JSON,
  environment: { DOCUMENTS_BUCKET: documents.bucketName },
});
links.grantIssue(share);

const api = new HttpApi(stack, 'Api', {
  defaultAuthorizer: new HttpJwtAuthorizer('Company', issuer, { jwtAudience: [audience] }),
});
api.addRoutes({
  path: '/links',
  methods: [HttpMethod.POST],
  integration: new HttpLambdaIntegration('ShareIntegration', share),
});

new CfnOutput(stack, 'ShareUrl', { value: `${api.apiEndpoint}/links` });
new CfnOutput(stack, 'DocumentsBucket', { value: documents.bucketName });
