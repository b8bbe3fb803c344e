import { App, Aws, CfnOutput, Duration, Stack } from 'aws-cdk-lib';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import { ParamsAndSecretsLayerVersion, ParamsAndSecretsVersions, Runtime } from 'aws-cdk-lib/aws-lambda';
import { NodejsFunction } from 'aws-cdk-lib/aws-lambda-nodejs';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { OneTimeLinks } from 'one-time-s3-links';

const stack = new Stack(new App(), 'Notify');

const webhook = Secret.fromSecretNameV2(stack, 'Webhook', 'slack-webhook-url');
const tellSlack = new NodejsFunction(stack, 'TellSlack', {
  entry: 'lambda/tell-slack.ts',
  runtime: Runtime.NODEJS_24_X,
  timeout: Duration.seconds(30),
  environment: { WEBHOOK_SECRET: webhook.secretName },
  // Reads the secret and caches it for five minutes.
  paramsAndSecrets: ParamsAndSecretsLayerVersion.fromVersion(ParamsAndSecretsVersions.V1_0_103),
});
webhook.grantRead(tellSlack);

const links = new OneTimeLinks(stack, 'Links');
links.onRedeemed('Tell', { target: new LambdaFunction(tellSlack) });

// For `npx one-time-links share`.
new CfnOutput(stack, 'ApiGatewayEndpoint', { value: links.url });
new CfnOutput(stack, 'UploadBucket', { value: links.firstBucket.bucketName });
new CfnOutput(stack, 'BucketOwner', { value: Aws.ACCOUNT_ID });
