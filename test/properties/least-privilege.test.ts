import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { LOCAL_CALLER } from '../../emulator/iam/credentials';
import { matchesPattern } from '../../emulator/iam/policy';
import type { AwsCall } from '../../emulator/iam/principal';
import { readFunctions } from '../../emulator/lambda/function-model';
import type { LocalBucket } from '../../emulator/s3/server';
import type { Assembly } from '../../emulator/template/assembly';
import { Template } from '../../emulator/template/template';
import { type MutableResources, resourceNamed } from '../support/assembly';
import { askForLink, issueLink, manageLink, send } from '../support/http';
import { type RunningEmulator, type RunningEmulatorOptions, runEmulator } from '../support/running-emulator';
import { assemblyWith, type Options } from '../support/synthesized';

/** Used by the Lambda service, which the local emulator does not emulate. */
const USED_BY_LAMBDA = ['logs:CreateLogStream', 'logs:PutLogEvents'];

const KEY = 'arn:aws:kms:eu-west-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab';

/** A deployment, and an object in each of its buckets. */
interface Deployment {
  readonly name: string;
  readonly options: Options;
  readonly existingBuckets: readonly Omit<LocalBucket, 'versioned'>[];
  /** Number of the functions' permissions. Each is one action on one resource. */
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

/** An action that a role may perform on the resources that match a pattern. */
interface Permission {
  readonly role: string;
  readonly action: string;
  readonly resource: string;
}

/** The permissions that the roles grant to the functions. */
function permissionsOf({ template, stackName }: Assembly): readonly Permission[] {
  return readFunctions(new Template(template, stackName)).flatMap(({ label: role, statements }) =>
    statements
      .flatMap(({ actions, resources }) =>
        actions.flatMap((action) => resources.map((resource) => ({ action, resource }))),
      )
      .filter(({ action }) => !USED_BY_LAMBDA.includes(action))
      .map((permission) => ({ role, ...permission })),
  );
}

/** Issues, looks up, redeems and revokes links. Returns the status of each step. */
async function journey(
  { options, existingBuckets, objects }: Deployment,
  versioned: boolean,
  { onCall, change = () => {} }: Pick<RunningEmulatorOptions, 'onCall' | 'change'>,
): Promise<readonly string[]> {
  const emulator = await runEmulator({
    options,
    change: (resources) => {
      for (const { Type, Properties } of Object.values(resources)) {
        if (Type === 'AWS::S3::Bucket' && versioned) {
          Properties.VersioningConfiguration = { Status: 'Enabled' };
        }
      }
      change(resources);
    },
    existingBuckets: existingBuckets.map((bucket) => ({ ...bucket, versioned })),
    ...(onCall && { onCall }),
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
  /** Calls of the functions. */
  const calls: Permission[] = [];
  let permissions: readonly Permission[];

  beforeAll(async () => {
    permissions = permissionsOf(await assemblyWith(deployment.options));
    const onCall = ({ principalArn, action, resource }: AwsCall): void => {
      const [, role] = /assumed-role\/PreSignedURLStack-(\w+?)Role[0-9A-F]{8}\//.exec(principalArn) ?? [];
      if (role !== undefined) {
        calls.push({ role, action, resource });
      }
    };
    for (const versioned of [false, true]) {
      expect(await journey(deployment, versioned, { onCall })).toEqual(deployment.objects.map(() => WORKS));
    }
  });

  /** The permissions of a role that allow this call. */
  const allowing = (call: Permission): readonly Permission[] =>
    permissions.filter(
      ({ role, action, resource }) =>
        role === call.role && action === call.action && matchesPattern(resource, call.resource),
    );

  test('every permission is needed, because no other permission allows the call', () => {
    const needed = new Set(calls.map(allowing).flatMap((all) => (all.length === 1 ? all : [])));

    expect(permissions.filter((one) => !needed.has(one) && one.action !== 's3:ListBucket')).toEqual([]);
    expect(permissions).toHaveLength(deployment.permissions);
  });

  test('s3:ListBucket is needed although it is not called, because without it S3 returns 403 for a missing object', async () => {
    const change = (resources: MutableResources): void => {
      const policy = resourceNamed(resources, 'AWS::IAM::Policy', 'GenerateUrlRoleDefaultPolicy');
      for (const statement of policy.Properties.PolicyDocument.Statement) {
        statement.Action = [statement.Action].flat().map((one) => (one === 's3:ListBucket' ? 's3:None' : one));
      }
    };

    // For a bucket with a prefix, the function does not have this permission and returns 404 in both cases.
    const expected = deployment.objects.map(({ key }) => (key.includes('/') ? WORKS : WORKS.replace('404', '400')));
    expect(await journey(deployment, false, { change })).toEqual(expected);
  });

  test('the redirect signs downloads only', () => {
    // A presigned URL has the permissions of the role that signed it.
    const ofRedirect = calls.filter(({ role }) => role === 'AccessObject').map(({ action }) => action);
    const decrypts = deployment.existingBuckets.some(({ kmsKeyArn }) => kmsKeyArn !== undefined);

    expect([...new Set(ofRedirect)].sort()).toEqual([
      ...(decrypts ? ['kms:Decrypt'] : []),
      's3:GetObject',
      's3:GetObjectVersion',
    ]);
  });
});
