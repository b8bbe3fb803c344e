import { join } from 'node:path';
import type { APIGatewayAuthorizerResult, APIGatewayProxyResult } from 'aws-lambda';
import { build } from 'esbuild';
import { roleCredentials } from '../emulator/iam/credentials';
import { type FunctionModel, readFunctions } from '../emulator/lambda/function-model';
import { type Assembly, assetDirectory } from '../emulator/template/assembly';
import { Template } from '../emulator/template/template';
import { ENVIRONMENT, NONCE_PARAMETER } from '../lambda/contract';
import { authorizerEvent, openingEvent, proxyEvent } from '../test/lambda/support/events';
import { type Candidate, measure } from './process';
import type { Stub } from './stub';

/** Files of a deployed function and its baseline. */
export interface MeasuredFunction {
  readonly ours: string;
  readonly baseline: string;
  readonly environment: Readonly<Record<string, string>>;
}

/** A request to a function, and the implementations to compare. */
export interface Scenario {
  readonly name: string;
  readonly ours: Candidate;
  readonly baseline?: Candidate;
  readonly awsSample?: Candidate;
  readonly maxColdMilliseconds: number;
  /** Upper bound of the CPU time of a warm call, as a multiple of the AWS sample's in the same run. */
  readonly maxWarmRatio?: number;
}

/** The functions that issue a link, redeem it, and redirect to the object. */
export type Functions = Readonly<Record<'issue' | 'redeem' | 'redirect', MeasuredFunction>>;

const NODE = [process.execPath, join(__dirname, 'run-function.js')] as const;
const SAMPLE = ['python3', join(__dirname, 'aws-sample', 'run_function.py')] as const;
const BROWSER = {
  'User-Agent': [
    'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/143.0.0.0 Safari/537.36',
  ],
  Accept: ['text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8'],
};

/** Takes the functions from the synthesized stack, and bundles their baselines into `directory`. */
export async function prepareFunctions(assembly: Assembly, directory: string, stub: Stub): Promise<Functions> {
  const models = readFunctions(new Template(assembly.template, assembly.stackName));
  const prepare = async (label: string, entry: string): Promise<MeasuredFunction> => {
    const model = models.find((candidate) => candidate.label.endsWith(label));
    if (model === undefined) {
      throw new Error(`The stack has no function ${label}.`);
    }
    const baseline = join(directory, `${entry}.js`);
    const entryPoints = [join(__dirname, 'baseline', `${entry}.ts`)];
    await build({ entryPoints, outfile: baseline, bundle: true, minify: true, platform: 'node', target: 'node24' });
    const ours = join(assetDirectory(assembly, model.assetKey), 'index.js');
    return { ours, baseline, environment: { ...environmentOf(model), ...stub.environment } };
  };
  return {
    issue: await prepare('GenerateUrl', 'generate-url'),
    redeem: await prepare('AuthorizeAccess', 'authorize-access'),
    redirect: await prepare('AccessObject', 'access-object'),
  };
}

/** The variables set by Lambda that the SDKs read. */
function environmentOf({ name, roleArn, statements, environment }: FunctionModel) {
  const { accessKeyId, secretAccessKey, sessionToken = '' } = roleCredentials(roleArn, name, statements);
  return {
    ...environment,
    AWS_REGION: 'us-east-1',
    AWS_DEFAULT_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    AWS_SESSION_TOKEN: sessionToken,
    AWS_LAMBDA_FUNCTION_NAME: name,
    PATH: process.env['PATH'] ?? '',
  };
}

/**
 * Issues and redeems the links with the functions of this project, so that nothing here depends on how links are
 * stored.
 */
export async function prepareScenarios(
  functions: Functions,
  stub: Stub,
  hasSample: boolean,
): Promise<readonly Scenario[]> {
  const onOpen = await issueAndRedeem(functions, stub, 'on_open');
  const now = await issueAndRedeem(functions, stub, 'now');
  const compare = (name: keyof Functions, event: object) => ({
    ours: node(functions[name], 'ours', event),
    baseline: node(functions[name], 'baseline', event),
    ...(hasSample && { awsSample: sample(functions[name], name) }),
  });
  return [
    { name: 'redeem', ...compare('redeem', now.redeem), maxColdMilliseconds: 60, maxWarmRatio: 1 },
    { name: 'issue', ...compare('issue', now.issue), maxColdMilliseconds: 100, maxWarmRatio: 1.3 },
    { name: 'redirect, stored URL', ...compare('redirect', now.redirect), maxColdMilliseconds: 20 },
    {
      name: 'redirect, URL signed on open',
      ours: node(functions.redirect, 'ours', onOpen.redirect),
      maxColdMilliseconds: 20,
    },
  ];
}

/** Issues and redeems a link. Returns the event of each function. */
async function issueAndRedeem({ issue, redeem }: Functions, stub: Stub, presign: 'now' | 'on_open') {
  const [bucket] = JSON.parse(issue.environment[ENVIRONMENT.allowedBuckets] ?? '[]');
  const body = JSON.stringify({ bucket_name: bucket.name, object_name: 'S3.png', presign });
  const issueEvent = proxyEvent({ body });
  const issued = (await measure(node(issue, 'ours', issueEvent))).response as APIGatewayProxyResult;
  stub.serveLastItem();

  const nonce = new URL(issued.body).searchParams.get(NONCE_PARAMETER) ?? '';
  const redeemEvent = authorizerEvent(nonce, { headers: BROWSER });
  const redeemed = (await measure(node(redeem, 'ours', redeemEvent))).response as APIGatewayAuthorizerResult;
  const redirectEvent = openingEvent(nonce, redeemed.context, { headers: BROWSER });
  return { issue: issueEvent, redeem: redeemEvent, redirect: redirectEvent };
}

function node(measured: MeasuredFunction, implementation: 'ours' | 'baseline', event: object): Candidate {
  return { command: NODE, environment: measured.environment, input: { file: measured[implementation], event } };
}

function sample({ environment }: MeasuredFunction, name: keyof Functions): Candidate {
  return { command: SAMPLE, environment, input: { function: name } };
}
