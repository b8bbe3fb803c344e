import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { LOCAL_CALLER } from '../../emulator/iam/credentials';
import type { AwsCall } from '../../emulator/iam/principal';
import type { LocalBucket } from '../../emulator/s3/server';
import type { Assembly } from '../../emulator/template/assembly';
import type { MutableResources } from '../support/assembly';
import { askForLink, issueLink, manageLink, send } from '../support/http';
import { type RunningEmulator, runEmulator } from '../support/running-emulator';
import { assemblyWith, type Options } from '../support/synthesised';

const ROLES = ['GenerateUrl', 'AuthorizeAccess', 'AccessObject', 'ManageLink'];

/** Used by the Lambda service, which the local emulator does not imitate. */
const USED_BY_LAMBDA = ['logs:CreateLogStream', 'logs:PutLogEvents'];

const KEY = 'arn:aws:kms:eu-west-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab';

/** A deployment, and an object in each of its buckets. */
interface Deployment {
  readonly name: string;
  readonly options: Options;
  readonly existingBuckets: readonly Omit<LocalBucket, 'versioned'>[];
  /** Number of permissions of its functions: an action on a resource each. */
  readonly permissions: number;
  /** @default - the default bucket */
  readonly objects: readonly { readonly bucket?: string; readonly region?: string; readonly key: string }[];
}

const DEPLOYMENTS: readonly Deployment[] = [
  { name: 'the default bucket', options: {}, existingBuckets: [], permissions: 9, objects: [{ key: 'file.txt' }] },
  {
    name: 'existing buckets',
    options: {
      defaultBucket: false,
      existingBuckets: ['team-reports', { name: 'scans', prefix: '2026/', region: 'eu-west-1', kmsKeyArn: KEY }],
    },
    existingBuckets: [
      { name: 'team-reports', arn: 'arn:aws:s3:::team-reports' },
      { name: 'scans', arn: 'arn:aws:s3:::scans', region: 'eu-west-1', kmsKeyArn: KEY },
    ],
    permissions: 15,
    objects: [
      { bucket: 'team-reports', key: 'file.txt' },
      { bucket: 'scans', region: 'eu-west-1', key: '2026/file.txt' },
    ],
  },
];

/** An action that a role may perform on a resource. The resource is JSON from the template. */
interface Permission {
  readonly role: string;
  readonly action: string;
  readonly resource: string;
}

interface Statement {
  readonly Action: string | readonly string[];
  readonly Resource: unknown;
}

function resourcesOf({ template }: Assembly): MutableResources {
  return template.Resources as MutableResources;
}

/** Policy documents of the functions' roles. */
function policiesOf(resources: MutableResources): readonly { readonly role: string; readonly document: Policy }[] {
  return Object.entries(resources).flatMap(([id, { Type, Properties }]) => {
    const role = ROLES.find((one) => id.startsWith(`${one}RoleDefaultPolicy`));
    return Type === 'AWS::IAM::Policy' && role !== undefined ? [{ role, document: Properties.PolicyDocument }] : [];
  });
}

interface Policy {
  Statement: readonly Statement[];
}

function permissionsOf(resources: MutableResources): readonly Permission[] {
  return policiesOf(resources).flatMap(({ role, document }) =>
    document.Statement.flatMap((statement) => permissionsIn(role, statement)),
  );
}

function permissionsIn(role: string, { Action, Resource }: Statement): readonly Permission[] {
  const resources = [Resource].flat().map((resource) => JSON.stringify(resource));
  return [Action].flat().flatMap((action) => resources.map((resource) => ({ role, action, resource })));
}

/** A copy of the assembly in which one permission is missing. */
function without(missing: Permission, assembly: Assembly): Assembly {
  const copy = structuredClone(assembly);
  for (const { role, document } of policiesOf(resourcesOf(copy))) {
    document.Statement = document.Statement.flatMap((statement) =>
      permissionsIn(role, statement)
        .filter((one) => JSON.stringify(one) !== JSON.stringify(missing))
        .map(({ action, resource }) => ({ ...statement, Action: action, Resource: JSON.parse(resource) })),
    );
  }
  return copy;
}

/** A copy of the assembly whose bucket has versions. */
function withVersions(assembly: Assembly): Assembly {
  const copy = structuredClone(assembly);
  for (const { Type, Properties } of Object.values(resourcesOf(copy))) {
    if (Type === 'AWS::S3::Bucket') {
      Properties.VersioningConfiguration = { Status: 'Enabled' };
    }
  }
  return copy;
}

/** Does everything that links can do, and returns the status of each step. */
async function journey(
  { existingBuckets, objects }: Deployment,
  assembly: Assembly,
  versioned: boolean,
  onCall: (call: AwsCall) => void = () => {},
): Promise<readonly string[]> {
  const emulator = await runEmulator({
    assembly: versioned ? withVersions(assembly) : assembly,
    existingBuckets: existingBuckets.map((bucket) => ({ ...bucket, versioned })),
    onCall,
  });
  try {
    const steps: string[] = [];
    for (const object of objects) {
      steps.push(await stepsWith(emulator, object));
    }
    return steps;
  } finally {
    await emulator.close();
  }
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
  const object = { bucket_name: bucket, object_name: key };
  const steps: string[] = [];
  for (const fields of [{}, { presign: 'on_open' }, { version_id: version }, { object_name: `${key}.missing` }]) {
    const issued = await askForLink(emulator, { ...object, ...fields });
    const redeemed = issued.status === 200 ? await send(issued.body) : undefined;
    const location = redeemed?.headers['location'];
    const downloaded = typeof location === 'string' ? await fetch(location) : undefined;
    steps.push([issued.status, redeemed?.status, downloaded?.status].join(' ').trim());
  }
  const issued = await issueLink(emulator, object).catch(() => undefined);
  const looked = await manageLink(emulator, 'GET', issued?.link_id ?? 'none');
  const revoked = await manageLink(emulator, 'DELETE', issued?.link_id ?? 'none');
  return [...steps, `${looked.status} ${revoked.status}`].join(', ');
}

const WORKS = '200 302 200, 200 302 200, 200 302 200, 404, 200 204';

describe.each(DEPLOYMENTS)('with $name', (deployment) => {
  const everythingWorks = deployment.objects.map(() => WORKS);
  let assembly: Assembly;
  let permissions: readonly Permission[];

  beforeAll(async () => {
    assembly = await assemblyWith(deployment.options);
    permissions = permissionsOf(resourcesOf(assembly));
  });

  test('the functions call nothing that their roles do not grant, and the redirect signs downloads only', async () => {
    const calls: AwsCall[] = [];
    for (const versioned of [false, true]) {
      expect(await journey(deployment, assembly, versioned, (call) => calls.push(call))).toEqual(everythingWorks);
    }

    const granted = permissions.map(({ role, action }) => `${role} ${action}`);
    const made = calls.flatMap(({ principalArn, action }) => {
      const [, role] = /assumed-role\/PreSignedURLStack-(\w+?)Role[0-9A-F]{8}\//.exec(principalArn) ?? [];
      return role === undefined ? [] : [`${role} ${action}`];
    });
    expect(made.length).toBeGreaterThan(0);
    expect(made.filter((call) => !granted.includes(call))).toEqual([]);
    // A presigned URL acts in the name of the role that signed it.
    const ofRedirect = made.filter((call) => call.startsWith('AccessObject'));
    const decrypts = deployment.existingBuckets.some(({ kmsKeyArn }) => kmsKeyArn !== undefined);
    expect([...new Set(ofRedirect)].sort()).toEqual([
      ...(decrypts ? ['AccessObject kms:Decrypt'] : []),
      'AccessObject s3:GetObject',
      'AccessObject s3:GetObjectVersion',
    ]);
  });

  test('every permission is needed: without any one of them, something fails', async () => {
    const testable = permissions.filter(({ action }) => !USED_BY_LAMBDA.includes(action));
    expect(testable).toHaveLength(deployment.permissions);

    for (const permission of testable) {
      const lacking = without(permission, assembly);
      // The first journey is the one that is more likely to fail.
      const versionedFirst = permission.action.endsWith('Version');
      const first = await journey(deployment, lacking, versionedFirst);
      const second =
        first.join() === everythingWorks.join() ? await journey(deployment, lacking, !versionedFirst) : first;
      expect([permission, second]).not.toEqual([permission, everythingWorks]);
    }
  });
});
