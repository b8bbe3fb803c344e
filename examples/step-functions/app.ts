import { App, CfnOutput, Duration, Stack } from 'aws-cdk-lib';
import { Runtime } from 'aws-cdk-lib/aws-lambda';
import { NodejsFunction } from 'aws-cdk-lib/aws-lambda-nodejs';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import {
  Choice,
  Condition,
  DefinitionBody,
  Fail,
  StateMachine,
  Succeed,
  Wait,
  WaitTime,
} from 'aws-cdk-lib/aws-stepfunctions';
import { LambdaInvoke } from 'aws-cdk-lib/aws-stepfunctions-tasks';
import { OneTimeLinks } from 'one-time-s3-links';

const stack = new Stack(new App(), 'Reports');

const auditor = new Topic(stack, 'Auditor', { enforceSSL: true });
auditor.addSubscription(new EmailSubscription(stack.node.getContext('auditor')));

const links = new OneTimeLinks(stack, 'Links');
const report = new NodejsFunction(stack, 'Report', {
  entry: 'lambda/report.ts',
  runtime: Runtime.NODEJS_24_X,
  timeout: Duration.minutes(2),
  environment: { BUCKET: links.firstBucket.bucketName, TOPIC_ARN: auditor.topicArn },
});
links.grantIssue(report);
auditor.grantPublish(report);

const task = { lambdaFunction: report, payloadResponseOnly: true, retryOnServiceExceptions: false };
// Without retries, because the auditor could get two links.
const send = new LambdaInvoke(stack, 'Send link', task);
const wait = new Wait(stack, 'Wait', { time: WaitTime.duration(Duration.minutes(5)) });
const lookUp = new LambdaInvoke(stack, 'Look up link', task).addRetry();
const status = (value: string) => Condition.stringEquals('$.status', value);
const decide = new Choice(stack, 'Status')
  .when(status('redeemed'), new Succeed(stack, 'Redeemed'))
  .when(Condition.or(status('expired'), status('revoked')), new Fail(stack, 'Not redeemed', { error: 'NotRedeemed' }))
  .otherwise(wait);

const workflow = new StateMachine(stack, 'Workflow', {
  definitionBody: DefinitionBody.fromChainable(send.next(wait).next(lookUp).next(decide)),
  timeout: Duration.hours(25),
});

new CfnOutput(stack, 'WorkflowArn', { value: workflow.stateMachineArn });
