import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  App,
  type AppProps,
  Aws,
  CfnCondition,
  CfnParameter,
  CfnResource,
  Fn,
  NestedStack,
  Stack,
  Stage,
  Tags,
} from 'aws-cdk-lib';
import { MockIntegration, RestApi } from 'aws-cdk-lib/aws-apigateway';
import { HttpApi } from 'aws-cdk-lib/aws-apigatewayv2';
import { Vpc } from 'aws-cdk-lib/aws-ec2';
import { Rule, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction, SfnStateMachine, SqsQueue } from 'aws-cdk-lib/aws-events-targets';
import { ManagedPolicy, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Code, FunctionUrlAuthType, type IFunction, Function as LambdaFn, Runtime } from 'aws-cdk-lib/aws-lambda';
import { Bucket, BucketEncryption, type IBucket, StorageClass } from 'aws-cdk-lib/aws-s3';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import { DefinitionBody, Pass, StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import { Duration } from 'aws-cdk-lib/core';
import type { Construct } from 'constructs';
import { OneTimeLinks } from '../../lib/one-time-links';

/** As the CDK CLI sets it. Disables a check that does not change the templates. */
const CONTEXT = {
  'aws:cdk:enable-path-metadata': true,
  '@aws-cdk/core:validateAgainstDefaultRules': false,
};

/** Skips bundling, for tests that run no function. */
export const WITHOUT_CODE = { 'aws:cdk:bundling-stacks': [] };

/** An app whose assembly is written below `directory`. */
export function appIn(directory: string, context: AppProps['context'] = {}): App {
  return new App({ outdir: mkdtempSync(join(directory, 'cdk.out-')), context: { ...CONTEXT, ...context } });
}

/** A function with the code in the template. */
export function inlineFunction(
  scope: Construct,
  id: string,
  code: string,
  environment: Readonly<Record<string, string>> = {},
): LambdaFn {
  return new LambdaFn(scope, id, {
    functionName: `shop-${id.toLowerCase()}`,
    runtime: Runtime.NODEJS_22_X,
    handler: 'index.handler',
    code: Code.fromInline(code),
    environment: { ...environment },
    timeout: Duration.seconds(10),
    memorySize: 512,
  });
}

/** Issues a link to an object with the credentials of the function. */
const ISSUE = `
  const { Sha256 } = require('@aws-crypto/sha256-js');
  const { SignatureV4 } = require('@smithy/signature-v4');
  const { ONE_TIME_LINKS_ENDPOINT, BUCKET, AWS_REGION, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN } = process.env;
  exports.handler = async ({ key }) => {
    const url = new URL('generate-url', ONE_TIME_LINKS_ENDPOINT);
    const credentials = {
      accessKeyId: AWS_ACCESS_KEY_ID, secretAccessKey: AWS_SECRET_ACCESS_KEY, sessionToken: AWS_SESSION_TOKEN,
    };
    const signer = new SignatureV4({ service: 'execute-api', region: AWS_REGION, credentials, sha256: Sha256 });
    const { method, headers, body } = await signer.sign({
      method: 'POST', protocol: url.protocol, hostname: url.hostname, path: url.pathname,
      headers: { host: url.host, 'content-type': 'application/json' },
      body: JSON.stringify({ bucket_name: BUCKET, object_name: key }),
    });
    const response = await fetch(url, { method, headers, body });
    return { status: response.status, url: await response.text() };
  };`;

/** Calls two functions of Lambda, and a service that the emulator does not serve. */
const ASK = `
  const { InvokeCommand, LambdaClient } = require('@aws-sdk/client-lambda');
  const { CloudFormationClient, ListStacksCommand } = require('@aws-sdk/client-cloudformation');
  const nameOf = (promise) => promise.then(() => 'done', (error) => error.name + ': ' + error.message);
  exports.handler = async (event, context) => {
    const invoke = (FunctionName) => new LambdaClient({}).send(new InvokeCommand({ FunctionName, Payload: '{"name":"Ada"}' }));
    const { Payload } = await invoke(process.env.GREET);
    return {
      greeting: JSON.parse(Buffer.from(Payload).toString()),
      denied: await nameOf(invoke(process.env.OTHER)),
      notServed: await nameOf(new CloudFormationClient({ maxAttempts: 1 }).send(new ListStacksCommand({}))),
      context: [context.functionName, context.memoryLimitInMB, context.getRemainingTimeInMillis() > 0],
    };
  };`;

/**
 * A web shop in the stage `Prod` of another account and Region: the stack `Data` has the bucket, `Web` the construct and much
 * that the emulator does not know, and `Back` a function that uses the construct from another stack.
 */
export function shopIn(directory: string, context: AppProps['context'] = {}): App {
  const app = appIn(directory, context);
  const stage = new Stage(app, 'Prod', { env: { account: '111111111111', region: 'eu-west-1' } });
  Tags.of(stage).add('team', 'shop');
  const data = new Stack(stage, 'Data');
  const reports = new Bucket(data, 'Reports', {
    bucketName: 'shop-reports',
    encryption: BucketEncryption.KMS,
    enforceSSL: true,
    eventBridgeEnabled: true,
    lifecycleRules: [{ transitions: [{ storageClass: StorageClass.GLACIER, transitionAfter: Duration.days(30) }] }],
  });
  const web = new Stack(stage, 'Web');
  // CDK's own types are incompatible under exactOptionalPropertyTypes.
  const links = new OneTimeLinks(web, 'Links', { buckets: [reports as IBucket] });
  const notify = inlineFunction(
    web,
    'Notify',
    "exports.handler = async (event) => console.log('told about', event['detail-type'])",
  );
  links.onRedeemed('Tell', { target: new LambdaFunction(notify as IFunction) });
  const queue = new Queue(web, 'Queue');
  links.onIssued('Collect', { target: new SqsQueue(queue) });

  const greet = moduleFunction(web, directory);
  const python = new LambdaFn(web, 'Report', {
    runtime: Runtime.PYTHON_3_13,
    handler: 'index.handler',
    code: Code.fromInline('def handler(event, context): pass'),
  });
  const greeting = new CfnParameter(web, 'Greeting', { default: 'Hello' });
  greet.addEnvironment('GREETING', greeting.valueAsString);
  greet.addFunctionUrl({ authType: FunctionUrlAuthType.NONE });
  const ask = inlineFunction(web, 'Ask', ASK, { GREET: greet.functionName, OTHER: notify.functionArn });
  greet.grantInvoke(ask);
  ask.addToRolePolicy(
    new PolicyStatement({
      actions: ['s3:GetObject'],
      resources: ['*'],
      conditions: { StringEquals: { 'aws:ResourceTag/team': 'shop' } },
    }),
  );
  inlineFunction(web, 'Broken', "require('./missing')");

  addWhatIsNotServed(web, python);

  const back = new Stack(stage, 'Back');
  const issue = inlineFunction(back, 'Issue', ISSUE, { BUCKET: reports.bucketName });
  issue.role?.addManagedPolicy(ManagedPolicy.fromAwsManagedPolicyName('AmazonS3ReadOnlyAccess'));
  // Also sets ONE_TIME_LINKS_ENDPOINT.
  links.grantIssue(issue);
  return app;
}

/** An ES module in an asset. */
function moduleFunction(stack: Stack, directory: string): LambdaFn {
  const code = join(directory, 'greet');
  mkdirSync(code, { recursive: true });
  writeFileSync(
    join(code, 'greet.mjs'),
    "export const handler = async ({ name }) => process.env.GREETING + ', ' + name + '!';\n",
  );
  return new LambdaFn(stack, 'Greet', {
    functionName: 'shop-greet',
    runtime: Runtime.NODEJS_24_X,
    handler: 'greet.handler',
    code: Code.fromAsset(code),
  });
}

function addWhatIsNotServed(stack: Stack, target: LambdaFn): void {
  new Vpc(stack, 'Vpc', { availabilityZones: ['eu-west-1a'], natGateways: 0 });
  const machine = new StateMachine(stack, 'Machine', {
    definitionBody: DefinitionBody.fromChainable(new Pass(stack, 'Pass')),
  });
  new Rule(stack, 'Nightly', {
    schedule: Schedule.cron({ hour: '3' }),
    targets: [new SfnStateMachine(machine)],
  });
  new Rule(stack, 'Daily', {
    schedule: Schedule.rate(Duration.days(1)),
    targets: [new LambdaFunction(target as IFunction)],
  });
  new RestApi(stack, 'Shop').root.addMethod('GET', new MockIntegration());
  new HttpApi(stack, 'Http');
  new Topic(new NestedStack(stack, 'Nested'), 'Topic');
  const condition = new CfnCondition(stack, 'Europe', { expression: Fn.conditionEquals(Aws.REGION, 'eu-west-1') });
  const optional = new CfnResource(stack, 'Optional', { type: 'AWS::S3::Bucket' });
  optional.cfnOptions.condition = condition;
  new CfnResource(stack, 'Migration', { type: 'Custom::Migration', properties: { ServiceToken: target.functionArn } });
}
