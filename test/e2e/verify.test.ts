import { join } from 'node:path';
import { type Deployment, findDeployment } from '../../cli/deployment';
import type { Check, CheckResult } from '../../cli/verify/check';
import { LOG_GROUP_IDS } from '../../cli/verify/deployed-stack';
import { COUNTED, LOG_CHECKS } from '../../cli/verify/log-checks';
import type { LogReader } from '../../cli/verify/logged-attempts';
import { CHECKS, runChecks } from '../../cli/verify/verify';
import type { LocalBucket } from '../../emulator/s3/server';
import { type MutableResources, resourceNamed, testAssembly } from '../support/assembly';
import { type CliEmulator, runCliEmulator } from '../support/cli-emulator';
import { createTempDir, type Ended, runCli } from '../support/cli-process';
import { authorizerCached, authorizerMayAlso, authorizerRedeemingWith } from '../support/mutant-assembly';
import { type RunningEmulatorOptions, until } from '../support/running-emulator';
import { templateWith } from '../support/synthesized';

const tempDir = createTempDir();
const emulators: CliEmulator[] = [];

async function startEmulator(options: RunningEmulatorOptions): Promise<CliEmulator> {
  const emulator = await runCliEmulator(tempDir, options);
  emulators.push(emulator);
  return emulator;
}

function versioned(resources: MutableResources): void {
  resourceNamed(resources, 'AWS::S3::Bucket', 'DefaultBucket').Properties.VersioningConfiguration = {
    Status: 'Enabled',
  };
}

/** Reads the emulator's log instead of CloudWatch Logs. */
function logReaderOf({ logs }: CliEmulator): LogReader {
  return {
    async linesWith(log, text) {
      const found = logs.filter((line) => line.startsWith(`${log} `) && line.includes(text));
      return found.map((line) => line.slice(log.length + 1));
    },
  };
}

/** Runs some of the checks. @returns the results by the ID of the check */
async function check(
  emulator: CliEmulator,
  checks: readonly Check[],
  flood = false,
): Promise<Readonly<Record<string, CheckResult>>> {
  const signal = new AbortController().signal;
  const tell = (): void => {};
  const deployment: Deployment = await findDeployment({ outputs: emulator.outputsFile }, { tell, signal });
  const bucket = deployment.uploadBucket ?? { name: emulator.bucketName };
  const settings = { bucket, flood, maxWaitSeconds: 10, logs: logReaderOf(emulator), signal, tell };
  const findings = await runChecks(deployment, settings, [checks]);
  return Object.fromEntries(findings.map(({ check: { id }, status, seen }) => [id, { status, seen }]));
}

const withId = (...ids: readonly string[]) => CHECKS.filter(({ id }) => ids.includes(id));

afterAll(async () => {
  await Promise.all(emulators.map((emulator) => emulator.close()));
  tempDir.remove();
});

describe('a deployment that behaves', () => {
  let emulator: CliEmulator;
  let ended: Ended;

  beforeAll(async () => {
    emulator = await startEmulator({ options: { openedUrlLifetimeSeconds: 5 }, change: versioned });
    ended = await runCli(['verify', '--json', '--outputs', emulator.outputsFile]);
  });

  test('passes every check except those that need AWS, a flood or the log of another process', () => {
    const rows: readonly Record<string, string>[] = JSON.parse(ended.stdout);

    expect(rows.filter(({ status }) => status === 'failed')).toEqual([]);
    expect(rows.filter(({ status }) => status === 'passed').map(({ id }) => id)).toEqual([
      'page',
      'page-accept',
      'describe',
      'issue',
      'redeem',
      'redeem-post',
      'never-redeems',
      'method-override',
      'expiry',
      'revoke',
      'my-links',
      'receipt',
      'upload',
      'received',
      'refused-alike',
      'error-link',
      'error-nonce-missing',
      'error-media-type',
      'error-body',
      'error-route',
      'error-unsigned',
      'error-signature',
      'download',
      'range',
      'cors',
      'version-pinned',
      'url-expires',
      'race',
    ]);
    expect(rows.filter(({ status }) => status === 'skipped').map(({ id, seen }) => [id, seen])).toEqual([
      ['log-lines', 'the emulator prints its log'],
      ['log-deny-context', 'the emulator prints its log'],
      ['metric-filters', 'AWS only'],
      ['authorizer-cache', 'AWS only'],
      ['tls', 'AWS only'],
      ['concurrency', 'AWS only'],
      ['log-retention', 'AWS only'],
      ['alarms', 'AWS only'],
      ['saved-queries', 'AWS only'],
      ['throttle', 'only with --flood'],
    ]);
    expect(ended.code).toBe(0);
  });

  test('sees one redirect for each of ten links with 50 simultaneous readers', () => {
    const rows: readonly Record<string, string>[] = JSON.parse(ended.stdout);

    // On a fast machine, some readers are throttled.
    expect(rows.find(({ id }) => id === 'race')?.['seen']).toMatch(/^302 × 10, 403 × \d+.* for 10 links$/);
  });

  test('is checked after a message about its objects and costs, and no secret is printed', () => {
    expect(ended.stderr).toMatch(
      /^Checking the local emulator\. This costs less than a cent\. It uploads two objects,/,
    );
    expect(ended.stderr).toContain('\npassed: The first GET is redirected and the second is refused\n');
    // A nonce has 43 characters, and a signature has 64.
    expect(`${ended.stdout}${ended.stderr}`).not.toMatch(/[\w-]{43}|X-Amz-/);
  });

  test('has the lines of every attempt in its logs', async () => {
    const attempts = 'link_issued, redeemed, not_active, machine, prefetch, revoked, link_lookup, expired within';

    expect(await check(emulator, LOG_CHECKS)).toEqual({
      'log-lines': { status: 'passed', seen: expect.stringContaining(attempts) },
      'log-deny-context': { status: 'passed', seen: 'the outcome is in the access log' },
      'metric-filters': { status: 'skipped', seen: 'AWS only' },
    });
  });

  test('keeps no object, even after an interruption', async () => {
    const interruption = new AbortController();
    const since = emulator.logs.length;
    const args = ['verify', '--outputs', emulator.outputsFile];
    const interrupted = runCli(args, { signal: interruption.signal });
    await until(() => emulator.logs.slice(since).find((line) => line.includes('link_issued')));
    interruption.abort();

    expect(await interrupted).toMatchObject({ code: 130, stdout: '' });
    expect((await interrupted).stderr).toMatch(/\nInterrupted\.\n$/);
    expect(await emulator.uploads()).toEqual([]);
  });
});

describe('a deployment that misbehaves', () => {
  test('fails if API Gateway caches the authorizer', async () => {
    const emulator = await startEmulator({ change: authorizerCached });

    expect(await check(emulator, withId('redeem'))).toEqual({
      redeem: {
        status: 'failed',
        seen: 'the second status is 302, not 403 (now); the second status is 302, not 403 (on_open)',
      },
    });
  });

  test('fails if the authorizer reads a link and then deletes it, without a condition', async () => {
    const file = join(__dirname, '..', 'support', 'mutants', 'read-then-delete.ts');
    const redeemsTwice = await authorizerRedeemingWith('read-then-delete', file);
    const emulator = await startEmulator({
      change(resources) {
        redeemsTwice(resources);
        authorizerMayAlso('dynamodb:GetItem')(resources);
      },
    });

    expect(await check(emulator, withId('race'))).toMatchObject({ race: { status: 'failed' } });
  });

  test('fails if API Gateway sends its default responses', async () => {
    const emulator = await startEmulator({
      change(resources) {
        for (const [id, { Type }] of Object.entries(resources)) {
          if (Type === 'AWS::ApiGateway::GatewayResponse') {
            delete resources[id];
          }
        }
      },
    });

    expect(await check(emulator, withId('error-link'))).toMatchObject({
      'error-link': {
        status: 'failed',
        seen: expect.stringContaining('Problem-Code is undefined, not AccessDenied'),
      },
    });
  });
});

describe('the click-through page', () => {
  test('can read the errors of S3, also for an object that was removed', async () => {
    const emulator = await startEmulator({});

    expect(await check(emulator, withId('cors'))).toEqual({
      cors: {
        status: 'passed',
        seen: '206 for the first byte, 403 for an altered URL, 200 for a preflight request, 404 for a removed object',
      },
    });
    expect(await emulator.uploads()).toEqual([]);
  });

  test('cannot read the errors of S3 if the default bucket has no CORS rule', async () => {
    const emulator = await startEmulator({
      change(resources) {
        delete resourceNamed(resources, 'AWS::S3::Bucket', 'DefaultBucket').Properties.CorsConfiguration;
      },
    });

    expect(await check(emulator, withId('cors'))).toEqual({
      cors: {
        status: 'failed',
        seen: [
          'Access-Control-Allow-Origin for the first byte is false, not true',
          'Access-Control-Allow-Origin for an altered URL is false, not true',
          'the status for a preflight request is 403, not 200',
          'Access-Control-Allow-Origin for a preflight request is false, not true',
          'Access-Control-Allow-Origin for a removed object is false, not true',
        ].join('; '),
      },
    });
  });

  test('shows nothing about the file if its function cannot read the table', async () => {
    const emulator = await startEmulator({
      change(resources) {
        const { Properties } = resourceNamed(resources, 'AWS::Lambda::Function', 'DescribeLink');
        Properties.Environment.Variables.NONCE_TABLE_NAME = 'another-table';
      },
    });

    expect(await check(emulator, withId('describe'))).toEqual({
      describe: { status: 'failed', seen: expect.stringContaining('the status is 503, not 200; ') },
    });
  });
});

describe('a deployment without a default bucket', () => {
  test('is checked with a bucket that the user names', async () => {
    const team: LocalBucket = { name: 'team-reports', arn: 'arn:aws:s3:::team-reports', versioned: false };
    const emulator = await startEmulator({
      options: { defaultBucket: false, existingBuckets: ['team-reports'] },
      existingBuckets: [team],
    });

    expect(await runCli(['verify', '--outputs', emulator.outputsFile])).toEqual({
      code: 2,
      stdout: '',
      stderr: 'The deployment has no bucket for uploads: name a bucket that it shares from with --bucket.\n',
    });
    expect(await check(emulator, withId('describe', 'download', 'cors'))).toEqual({
      describe: { status: 'passed', seen: '65536 bytes from Ada Lovelace, and 403 once the link is redeemed' },
      download: { status: 'passed', seen: expect.stringContaining('65536 bytes') },
      cors: {
        status: 'skipped',
        seen: 'the bucket has no CORS rule: the page shows no texts, and does not explain the errors of S3',
      },
    });
    expect(await emulator.uploads()).toEqual([]);
  });
});

test('a flood is throttled and costs no link', async () => {
  const emulator = await startEmulator({
    change(resources) {
      for (const settings of resourceNamed(resources, 'AWS::ApiGateway::Stage', '').Properties.MethodSettings) {
        settings.ThrottlingRateLimit = 20;
        settings.ThrottlingBurstLimit = 20;
      }
    },
  });

  expect(await check(emulator, withId('throttle'), true)).toEqual({
    throttle: { status: 'passed', seen: expect.stringMatching(/^302 × 1, 403 × \d+, 429 × \d+$/) },
  });
});

describe('the template', () => {
  test('has the log groups that the checks read', async () => {
    const resources = Object.entries((await testAssembly()).template.Resources as MutableResources);
    const ids = resources.filter(([, { Type }]) => Type === 'AWS::Logs::LogGroup').map(([id]) => id);

    expect(Object.values(LOG_GROUP_IDS).map((pattern) => ids.filter((id) => pattern.test(id)).length)).toEqual([
      1, 1, 1, 1,
    ]);
  });

  test('has no metric that the checks do not know', () => {
    const resources = Object.values(templateWith({ monitoring: 'full' }).Resources as MutableResources);
    const filters = resources.filter(({ Type }) => Type === 'AWS::Logs::MetricFilter');
    const names = filters.map(({ Properties }) => Properties.MetricTransformations[0].MetricName);

    expect([...new Set(names)].sort()).toEqual(Object.keys(COUNTED).sort());
  });
});
