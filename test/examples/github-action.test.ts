import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { LOCAL_CALLER } from '../../emulator/iam/credentials';
import { type MutableResources, resourceNamed } from '../support/assembly';
import { type Ended, startProcess } from '../support/cli-process';
import { type FakeApi, startFakeApi } from '../support/fake-api';
import { send } from '../support/http';
import { describeStacksReply, queryErrorReply } from '../support/query-protocol';
import { type RunningEmulator, runEmulator } from '../support/running-emulator';
import { directLink, type Example, installExample } from './support';

let example: Example;
let emulator: RunningEmulator;
let slack: FakeApi;
let cloudFormation: FakeApi;
beforeAll(async () => {
  example = await installExample('github-action', ['repository=octo-org/app']);
  emulator = await runEmulator({ assembly: example.assembly });
  slack = await startFakeApi();
  cloudFormation = await startFakeApi();
  writeFileSync(join(example.directory, 'build.zip'), 'a build');
});
afterAll(async () => {
  await Promise.all([slack?.close(), cloudFormation?.close()]);
  await emulator?.close();
  await example?.remove();
});

/** Runs the step of the workflow as a runner does with `shell: bash`, in a project that has the package. */
async function runShareStep(): Promise<Ended> {
  const workflow = readFileSync(join(example.directory, '.github', 'workflows', 'share-build.yml'), 'utf8');
  const steps: readonly { readonly name?: string; readonly shell?: string; readonly run?: string }[] =
    parse(workflow).jobs.share.steps;
  const step = steps.find(({ name }) => name === 'Share');
  expect(step?.shell).toBe('bash');
  // https://docs.github.com/actions/reference/workflows-and-actions/workflow-syntax#jobsjob_idstepsshell
  return await startProcess(['--noprofile', '--norc', '-eo', 'pipefail', '-c', step?.run ?? ''], {
    command: 'bash',
    cwd: example.directory,
    env: {
      npm_config_cache: join(example.directory, '.npm'),
      npm_config_offline: 'true',
      GITHUB_REPOSITORY: 'octo-org/app',
      SLACK_WEBHOOK_URL: `${slack.endpoint}webhook`,
      AWS_REGION: 'us-east-1',
      AWS_ACCESS_KEY_ID: LOCAL_CALLER.accessKeyId,
      AWS_SECRET_ACCESS_KEY: LOCAL_CALLER.secretAccessKey,
      AWS_ENDPOINT_URL_S3: emulator.s3Endpoint,
      AWS_ENDPOINT_URL_CLOUDFORMATION: cloudFormation.endpoint,
    },
  }).ended;
}

test('the workflow sends a link to the build, and prints only its ID', async () => {
  const { ApiGatewayEndpoint, UploadBucket, BucketOwner } = emulator.outputs;
  cloudFormation.replies.push(describeStacksReply({ ApiGatewayEndpoint, UploadBucket, BucketOwner }));
  slack.replies.push([200, 'ok']);
  const { code, stdout, stderr } = await runShareStep();

  expect({ code, stdout }).toEqual({ code: 0, stdout: '' });
  expect(stderr).toMatch(/[\w-]{22}/);
  const { text } = JSON.parse(slack.requests[0]?.body ?? '{}');
  const [link = ''] = /http\S+$/.exec(text) ?? [];
  expect(stderr).not.toContain(link);
  const redeemed = await send(directLink(link));
  expect(redeemed.status).toBe(302);
  expect(await (await fetch(String(redeemed.headers['location']))).text()).toBe('a build');
  expect((await send(directLink(link))).status).toBe(403);
});

test('the step fails, and sends nothing, if the build cannot be shared', async () => {
  const sent = slack.requests.length;
  cloudFormation.replies.push(queryErrorReply(400, 'ValidationError', 'Stack with id Builds does not exist'));
  const { code, stderr } = await runShareStep();

  expect(code).not.toBe(0);
  expect(stderr).toContain('There is no stack Builds in us-east-1');
  expect(slack.requests).toHaveLength(sent);
});

test('only the main branch of the repository can use the role, and only to share', () => {
  const resources = example.assembly.template.Resources as MutableResources;
  const role = resourceNamed(resources, 'AWS::IAM::Role', 'Workflow');
  expect(role.Properties.AssumeRolePolicyDocument.Statement).toMatchObject([
    {
      Action: 'sts:AssumeRoleWithWebIdentity',
      Condition: {
        StringEquals: {
          'token.actions.githubusercontent.com:aud': 'sts.amazonaws.com',
          'token.actions.githubusercontent.com:sub': 'repo:octo-org/app:ref:refs/heads/main',
        },
      },
    },
  ]);
  expect(role.Properties.ManagedPolicyArns).toBeUndefined();
  const sharer = resourceNamed(resources, 'AWS::IAM::ManagedPolicy', 'LinksSharerPolicy');
  expect(sharer.Properties.Roles).toEqual([{ Ref: expect.stringMatching(/^Workflow/) }]);
});
