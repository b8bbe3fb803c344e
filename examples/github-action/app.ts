import { App, Aws, CfnOutput, Stack } from 'aws-cdk-lib';
import { Role, WebIdentityPrincipal } from 'aws-cdk-lib/aws-iam';
import { OneTimeLinks } from 'one-time-s3-links';

const stack = new Stack(new App(), 'Builds');
const repository: string = stack.node.getContext('repository');

const links = new OneTimeLinks(stack, 'Links');

// https://docs.github.com/actions/how-tos/secure-your-work/security-harden-deployments/oidc-in-aws
const issuer = 'token.actions.githubusercontent.com';
const role = new Role(stack, 'Workflow', {
  assumedBy: new WebIdentityPrincipal(`arn:${Aws.PARTITION}:iam::${Aws.ACCOUNT_ID}:oidc-provider/${issuer}`, {
    StringEquals: {
      [`${issuer}:aud`]: 'sts.amazonaws.com',
      [`${issuer}:sub`]: `repo:${repository}:ref:refs/heads/main`,
    },
  }),
});
links.sharerPolicy.attachToRole(role);

new CfnOutput(stack, 'RoleArn', { value: role.roleArn });
// For `npx one-time-s3-links share`.
new CfnOutput(stack, 'ApiGatewayEndpoint', { value: links.url });
new CfnOutput(stack, 'UploadBucket', { value: links.firstBucket.bucketName });
new CfnOutput(stack, 'BucketOwner', { value: Aws.ACCOUNT_ID });
