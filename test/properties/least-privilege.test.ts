import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { LOCAL_CALLER } from '../../emulator/iam/credentials';
import type { AwsCall } from '../../emulator/iam/principal';
import type { LocalBucket } from '../../emulator/s3/server';
import type { MutableResources } from '../support/assembly';
import { askForLink, manageLink, send } from '../support/http';
import { type RunningEmulator, runEmulator } from '../support/running-emulator';
import { assemblyWith, type Options } from '../support/synthesised';

const ROLES = ['GenerateUrl', 'AuthorizeAccess', 'AccessObject', 'ManageLink'];

/** Used by the Lambda service on the function's behalf, which the emulator does not act out. */
const USED_BY_LAMBDA = ['logs:CreateLogStream', 'logs:PutLogEvents'];

const KEY = 'arn:aws:kms:eu-west-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab';

/** A deployment, and what is shared by it. */
interface Deployment {
  readonly name: string;
  readonly options: Options;
  readonly existingBuckets: readonly Omit<LocalBucket, 'versioned'>[];
  /** How many rights its functions hold: of an action on a resource each. */
  readonly rights: number;
  /** Where there are objects to link to; the own bucket if no bucket is named. */
  readonly objects: readonly { readonly bucket?: string; readonly region?: string; readonly key: string }[];
}

const DEPLOYMENTS: readonly Deployment[] = [
  { name: 'with its own bucket', options: {}, existingBuckets: [], rights: 9, objects: [{ key: 'file.txt' }] },
  {
    name: 'with buckets that are there already',
    options: {
      ownBucket: false,
      sharedBuckets: ['team-reports', { name: 'scans', prefix: '2026/', region: 'eu-west-1', kmsKeyArn: KEY }],
    },
    existingBuckets: [
      { name: 'team-reports', arn: 'arn:aws:s3:::team-reports' },
      { name: 'scans', arn: 'arn:aws:s3:::scans', region: 'eu-west-1', kmsKeyArn: KEY },
    ],
    rights: 15,
    objects: [
      { bucket: 'team-reports', key: 'file.txt' },
      { bucket: 'scans', region: 'eu-west-1', key: '2026/file.txt' },
    ],
  },
];

interface Statement {
  Action: string | string[];
  Resource: unknown;
}

/** An action on a resource that a role is granted. The resource is as the template has it, as JSON. */
interface Right {
  readonly role: string;
  readonly action: string;
  readonly resource: string;
}

/** Statements of the policies of our functions' roles, by role. */
function policiesByRole(resources: MutableResources): readonly { readonly role: string; readonly policy: Policy }[] {
  return Object.entries(resources)
    .filter(([, { Type }]) => Type === 'AWS::IAM::Policy')
    .flatMap(([id, { Properties }]) =>
      ROLES.filter((role) => id.startsWith(`${role}RoleDefaultPolicy`)).map((role) => ({
        role,
        policy: Properties.PolicyDocument,
      })),
    );
}

interface Policy {
  Statement: Statement[];
}

/** Every right that a role of ours is granted. */
async function granted({ options }: Deployment): Promise<readonly Right[]> {
  const { template } = await assemblyWith(options);
  return policiesByRole(template.Resources as MutableResources)
    .flatMap(({ role, policy }) => policy.Statement.map((statement) => rightsIn(role, statement)))
    .flat();
}

function rightsIn(role: string, { Action, Resource }: Statement): readonly Right[] {
  const resources = [Resource].flat().map((resource) => JSON.stringify(resource));
  return [Action].flat().flatMap((action) => resources.map((resource) => ({ role, action, resource })));
}

/** Takes one right from its role, and leaves all others. */
function revoke(resources: MutableResources, taken: Right): void {
  for (const { role, policy } of policiesByRole(resources)) {
    policy.Statement = policy.Statement.flatMap((statement) =>
      rightsIn(role, statement)
        .filter(({ action, resource }) => JSON.stringify({ role, action, resource }) !== JSON.stringify(taken))
        .map(({ action, resource }) => ({ ...statement, Action: action, Resource: JSON.parse(resource) })),
    );
  }
}

/** Does all that links can do, with versions in the buckets and without, and says how each step went. */
async function journey(
  deployment: Deployment,
  change: (resources: MutableResources) => void,
  onCall: (call: AwsCall) => void = () => {},
): Promise<string> {
  const outcomes: string[] = [];
  for (const versioned of [false, true]) {
    const emulator = await runEmulator({
      options: deployment.options,
      existingBuckets: deployment.existingBuckets.map((bucket) => ({ ...bucket, versioned })),
      change: (resources) => {
        for (const { Type, Properties } of Object.values(resources)) {
          if (Type === 'AWS::S3::Bucket' && versioned) {
            // Links make use of every right on a version, without versions of every right on an object.
            Properties.VersioningConfiguration = { Status: 'Enabled' };
          }
        }
        change(resources);
      },
      onCall,
    });
    try {
      for (const object of deployment.objects) {
        outcomes.push(await stepsWith(emulator, object));
      }
    } finally {
      await emulator.close();
    }
  }
  return outcomes.join('; ');
}

async function stepsWith(
  emulator: RunningEmulator,
  { bucket = emulator.bucketName, region = 'us-east-1', key }: Deployment['objects'][number],
): Promise<string> {
  const { accessKeyId, secretAccessKey } = LOCAL_CALLER;
  const credentials = { accessKeyId, secretAccessKey };
  const s3 = new S3Client({ region, credentials, endpoint: emulator.s3Endpoint, forcePathStyle: true });
  const { VersionId: version } = await s3.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: 'first' }));
  s3.destroy();
  const steps: string[] = [];
  for (const fields of [{}, { presign: 'on_open' }, { version_id: version }, { object_name: `${key}.missing` }]) {
    const asked = await askForLink(emulator, { bucket_name: bucket, object_name: key, ...fields });
    const opened = asked.status === 200 ? await send(asked.body) : undefined;
    const location = opened?.headers['location'];
    const fetched = typeof location === 'string' ? await fetch(location) : undefined;
    steps.push([asked.status, opened?.status, fetched?.status].join(' '));
  }
  const fields = { bucket_name: bucket, object_name: key };
  const { link_id: linkId } = JSON.parse((await askForLink(emulator, fields, { Accept: 'application/json' })).body);
  const looked = await manageLink(emulator, 'GET', linkId);
  const revoked = await manageLink(emulator, 'DELETE', linkId);
  return [...steps, `${looked.status} ${revoked.status}`].join(', ');
}

const WORKS = '200 302 200, 200 302 200, 200 302 200, 404  , 200 204';

describe.each(DEPLOYMENTS)('$name', (deployment) => {
  const everythingWorks = Array(2 * deployment.objects.length)
    .fill(WORKS)
    .join('; ');

  test('every call to AWS is one that the role of its function is granted, and the redirecting function signs downloads only', async () => {
    const calls: AwsCall[] = [];
    expect(
      await journey(
        deployment,
        () => {},
        (call) => calls.push(call),
      ),
    ).toBe(everythingWorks);

    const pairs = new Set((await granted(deployment)).map(({ role, action }) => `${role} ${action}`));
    const made = calls.flatMap(({ principalArn, action }) => {
      const [, role] = /assumed-role\/PreSignedURLStack-(\w+?)Role[0-9A-F]{8}\//.exec(principalArn) ?? [];
      return role === undefined ? [] : [`${role} ${action}`];
    });
    expect(made.length).toBeGreaterThan(0);
    expect(made.filter((call) => !pairs.has(call))).toEqual([]);
    // Whoever follows a URL that a function signed calls in the name of its role.
    const ofOpener = new Set(made.filter((call) => call.startsWith('AccessObject')));
    const decrypts = deployment.existingBuckets.some(({ kmsKeyArn }) => kmsKeyArn !== undefined);
    expect([...ofOpener].sort()).toEqual([
      ...(decrypts ? ['AccessObject kms:Decrypt'] : []),
      'AccessObject s3:GetObject',
      'AccessObject s3:GetObjectVersion',
    ]);
  });

  test('every right that is granted is needed: without any one of them, something stops working', async () => {
    const rights = (await granted(deployment)).filter(({ action }) => !USED_BY_LAMBDA.includes(action));
    expect(rights).toHaveLength(deployment.rights);

    for (const right of rights) {
      const outcome = await journey(deployment, (resources) => revoke(resources, right));
      expect([right, outcome]).not.toEqual([right, everythingWorks]);
    }
  });
});
