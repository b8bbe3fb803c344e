import { setMaxListeners } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { signRequest } from '../../client/call-api';
import { OneTimeLinksError } from '../../client/errors';
import type { PresignTime } from '../../lambda/link/destination';
import { clientOf, explainApi } from '../api';
import { type Deployment, type DeploymentOptions, findDeployment } from '../deployment';
import { CliError, errorFacts } from '../errors';
import { checkIssuer } from '../issue-link';
import { formatS3Location } from '../s3-location';
import type { CommandContext } from '../terminal';
import { type Check, type CheckResult, type LinkFields, runCheck, type VerifyContext } from './check';
import { cloudWatchLogReader, openDeployedStack } from './deployed-stack';
import { ERROR_CHECKS } from './error-checks';
import { createHttpClient } from './http-client';
import { LOG_CHECKS } from './log-checks';
import { type LogReader, makeLoggedAttempts } from './logged-attempts';
import { OBJECT_CHECKS } from './object-checks';
import { PAGE_CHECKS } from './page-checks';
import { RECEIPT_CHECKS } from './receipt-checks';
import { REDEMPTION_CHECKS } from './redemption-checks';
import { STACK_CHECKS } from './stack-checks';
import { prepareTestObject, type TestBucket, type TestObject } from './test-object';
import { UPLOAD_CHECKS } from './upload-checks';

/** Options of `verify`. */
export interface VerifyRequest extends DeploymentOptions {
  /** Print JSON instead of a table. */
  readonly json?: boolean;
  /** Also send enough requests to be throttled. */
  readonly flood?: boolean;
  /** Bucket for the test objects. @default - the default bucket */
  readonly bucket?: string;
}

/** What {@link runChecks} needs besides the deployment. */
export interface VerifySettings {
  readonly bucket: TestBucket;
  readonly flood: boolean;
  /** The longest wait of a check for a URL to expire. */
  readonly maxWaitSeconds: number;
  /** Reads the log of a local emulator. @default - CloudWatch Logs on AWS; the log of a local emulator is not read */
  readonly logs?: LogReader;
  readonly signal: AbortSignal;
  /** Prints a message for the user. */
  readonly tell: (message: string) => void;
}

/** A check that was run. */
export interface Finding extends CheckResult {
  readonly check: Check;
}

/** Groups run at the same time; the checks in a group run one after another. Floods come last. */
const GROUPS = [
  PAGE_CHECKS,
  REDEMPTION_CHECKS,
  RECEIPT_CHECKS,
  UPLOAD_CHECKS,
  ERROR_CHECKS,
  OBJECT_CHECKS,
  LOG_CHECKS,
  STACK_CHECKS,
];

export const CHECKS: readonly Check[] = GROUPS.flat();

/** Enough for a URL that works for a minute longer than its link. */
const MAX_WAIT_SECONDS = 75;

const NOTICE =
  'This costs less than a cent. It uploads two objects, issues about 60 links to them and redeems most of them. ' +
  'The objects are removed at the end; two files of 6 bytes stay in the inbox until its lifecycle rule removes them. ' +
  'Links that are left expire within an hour.';

/** Checks a deployment and prints the results. @throws CliError if a check failed; the signal's reason */
export async function verify(request: VerifyRequest, context: CommandContext): Promise<void> {
  const { json = false, flood = false, bucket: bucketName, ...options } = request;
  const { display, signal } = context;
  const { tell } = display;
  const deployment = await findDeployment(options, { tell, signal });
  const bucket = bucketName === undefined ? deployment.uploadBucket : { name: bucketName };
  if (bucket === undefined) {
    const remedy = 'name a bucket that it shares from with --bucket';
    throw new CliError('Usage', `The deployment has no bucket for uploads: ${remedy}.`);
  }
  tell(`Checking ${deployment.description}. ${NOTICE}`);
  await checkIssuer(deployment, signal);
  const findings = await runChecks(deployment, { bucket, flood, maxWaitSeconds: MAX_WAIT_SECONDS, signal, tell });
  await report(findings, json, display);
}

/** Prints the results. @throws CliError `CheckFailed` */
export async function report(
  findings: readonly Finding[],
  json: boolean,
  { print }: Pick<CommandContext['display'], 'print'>,
): Promise<void> {
  await print(json ? renderJson(findings) : renderTable(findings));
  const failed = findings.filter(({ status }) => status === 'failed').length;
  if (failed > 0) {
    throw new CliError('CheckFailed', `${failed} of ${findings.length} checks failed.`);
  }
}

/** Runs the checks. Removes the objects at the end, even after an interruption. @throws CliError; the signal's reason */
export async function runChecks(
  deployment: Deployment,
  settings: VerifySettings,
  groups: readonly (readonly Check[])[] = GROUPS,
): Promise<readonly Finding[]> {
  const { bucket, signal, tell } = settings;
  // Each of many simultaneous requests adds a listener to the signal.
  setMaxListeners(0, signal);
  const http = createHttpClient(signal);
  const stack = deployment.s3Endpoint === undefined ? openDeployedStack(deployment) : undefined;
  const logs = settings.logs ?? (stack && cloudWatchLogReader(stack, new Date()));
  const objects: TestObject[] = [];
  const prepareObject = (): TestObject => {
    const prepared = prepareTestObject(deployment, bucket);
    objects.push(prepared);
    return prepared;
  };
  const object = prepareObject();
  try {
    await object.put(object.bytes);
    const kinds = await kindsOf(deployment, object, signal);
    let attempts: ReturnType<VerifyContext['loggedAttempts']> | undefined;
    const context: VerifyContext = {
      ...settings,
      apiEndpoint: deployment.apiEndpoint,
      object,
      prepareObject,
      kinds,
      stack,
      logs,
      send: http.send,
      async sendSigned(path, { method = 'GET', headers = {}, body = '' }, secret) {
        const url = new URL(path, deployment.apiEndpoint);
        const caller = secret === undefined ? deployment : { ...deployment, credentials: wrongSecret(deployment) };
        const signed = await signRequest(caller, url, { method, headers, body });
        return await http.send(url.href, { method, headers: signed, ...(body && { body }) });
      },
      async issue(fields = {}, target = object) {
        return await issue(deployment, target, fields, signal).catch((error: unknown) => {
          throw explainApi(error, deployment);
        });
      },
      sleep: (milliseconds) => delay(milliseconds, undefined, { signal }),
      loggedAttempts() {
        attempts ??= logs === undefined ? Promise.resolve([]) : makeLoggedAttempts(context, logs);
        return attempts;
      },
    };
    const calm = groups.map((group) => group.filter(({ isFlood }) => !isFlood));
    const findings = await Promise.all(calm.map((group) => runGroup(group, context, settings)));
    const floods = groups.flat().filter(({ isFlood }) => isFlood);
    findings.push(await runGroup(floods, context, settings));
    signal.throwIfAborted();
    return findings.flat();
  } finally {
    await Promise.all(objects.map((stored) => removeObject(stored, tell)));
    http.close();
    stack?.destroy();
  }
}

async function runGroup(checks: readonly Check[], context: VerifyContext, { signal, tell }: VerifySettings) {
  const findings: Finding[] = [];
  for (const check of checks) {
    signal.throwIfAborted();
    const result = await runCheck(check, context);
    tell(`${result.status}: ${check.title}`);
    findings.push({ ...result, check });
  }
  return findings;
}

/** The kinds of link that the deployment issues. Signing on redemption can be switched off. */
async function kindsOf(
  deployment: Deployment,
  object: TestObject,
  signal: AbortSignal,
): Promise<readonly PresignTime[]> {
  try {
    await issue(deployment, object, { presign: 'on_open' }, signal);
    return ['now', 'on_open'];
  } catch (error) {
    if (error instanceof OneTimeLinksError && error.code === 'InvalidRequest') {
      return ['now'];
    }
    throw explainApi(error, deployment);
  }
}

async function issue(deployment: Deployment, { bucket, key }: TestObject, fields: LinkFields, signal: AbortSignal) {
  const { presign, expires_in: expiresInSeconds, download_as: downloadAs, from } = fields;
  const link = {
    bucket,
    key,
    ...(presign && { presign }),
    ...(expiresInSeconds && { expiresInSeconds }),
    ...(downloadAs && { downloadAs }),
    ...(from && { from }),
  };
  return await clientOf(deployment).issue(link, { signal });
}

function wrongSecret({ credentials }: Deployment): Deployment['credentials'] {
  return async () => ({ ...(await credentials()), secretAccessKey: 'wrong' });
}

async function removeObject(object: TestObject, tell: VerifySettings['tell']): Promise<void> {
  await object.remove().catch((error: unknown) => {
    const location = formatS3Location({ bucket: object.bucket, key: object.key });
    tell(`${location} could not be removed: ${errorFacts(error).message}`);
  });
}

/** One line for each check. */
function renderTable(findings: readonly Finding[]): string {
  const width = Math.max(...findings.map(({ check }) => check.id.length));
  const lines = findings.map(
    ({ check, status, seen }) => `${status.padEnd(7)}  ${check.id.padEnd(width)}  ${seen} (settles ${check.settles})\n`,
  );
  return lines.join('');
}

/** A JSON list of the checks. */
function renderJson(findings: readonly Finding[]): string {
  const rows = findings.map(({ check: { id, title, settles }, status, seen }) => ({
    id,
    title,
    settles,
    status,
    seen,
  }));
  return `${JSON.stringify(rows, null, 2)}\n`;
}
