import type { IncomingMessage } from 'node:http';
import {
  DeleteObjectCommand,
  GetObjectTaggingCommand,
  PutObjectCommand,
  PutObjectTaggingCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { LOCAL_CALLER } from '../../emulator/iam/credentials';
import { matchesPattern } from '../../emulator/iam/policy';
import type { AwsCall } from '../../emulator/iam/principal';
import { readFunctions } from '../../emulator/lambda/function-model';
import type { LocalService } from '../../emulator/loopback';
import type { LocalBucket } from '../../emulator/s3/server';
import type { Assembly } from '../../emulator/template/assembly';
import { Template } from '../../emulator/template/template';
import type { MutableResources } from '../support/assembly';
import { startGate } from '../support/gate';
import { askForLink, describeLink, issueLink, manageLink, nonceOf, send, sendSigned } from '../support/http';
import { type RunningEmulator, type RunningEmulatorOptions, runEmulator } from '../support/running-emulator';
import { assemblyWith, type Options } from '../support/synthesized';
import { type GrantedUpload, grantedUpload, putFile, uploadLink } from '../support/uploads';

/** Used by the Lambda service, which the local emulator does not emulate. */
const USED_BY_LAMBDA = ['logs:CreateLogStream', 'logs:PutLogEvents'];

const KEY = 'arn:aws:kms:eu-west-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab';
const LOCAL_KEY = 'arn:aws:kms:us-east-1:123456789012:key/5678abcd-12ab-34cd-56ef-1234567890ab';

/** A deployment, and an object in each of its buckets. */
interface Deployment {
  readonly name: string;
  readonly options: Options;
  readonly existingBuckets: readonly Omit<LocalBucket, 'versioned'>[];
  /** Number of the functions' permissions. Each is one action on one resource. */
  readonly permissions: number;
  readonly objects: readonly [DeployedObject, ...DeployedObject[]];
}

interface DeployedObject {
  /** @default - the default bucket */
  readonly bucket?: string;
  readonly region?: string;
  readonly key: string;
  /** Where its bucket accepts uploads. @default - nowhere */
  readonly uploadPrefix?: string;
}

const DEPLOYMENTS: readonly Deployment[] = [
  {
    name: 'no receipts',
    options: { receiptRetentionDays: 0 },
    existingBuckets: [],
    permissions: 12,
    objects: [{ key: 'file.txt', uploadPrefix: 'inbox/' }],
  },
  {
    name: 'events and emails',
    options: { eventBusName: 'default', notificationEmail: 'ada@example.com' },
    existingBuckets: [],
    permissions: 32,
    objects: [{ key: 'file.txt', uploadPrefix: 'inbox/' }],
  },
  {
    name: 'the default bucket',
    options: {},
    existingBuckets: [],
    permissions: 29,
    objects: [{ key: 'file.txt', uploadPrefix: 'inbox/' }],
  },
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
    permissions: 24,
    objects: [
      { bucket: 'team-reports', key: 'file.txt' },
      { bucket: 'scans', region: 'eu-west-1', key: '2026/file.txt' },
    ],
  },
  {
    name: 'existing buckets that accept uploads',
    options: {
      defaultBucket: false,
      existingBuckets: [
        { name: 'team-inbox', uploadPrefix: 'inbox/' },
        { name: 'scans', prefix: '2026/', uploadPrefix: 'from-outside/', kmsKeyArn: LOCAL_KEY },
      ],
    },
    existingBuckets: [
      { name: 'team-inbox', arn: 'arn:aws:s3:::team-inbox', sendsEvents: true },
      { name: 'scans', arn: 'arn:aws:s3:::scans', sendsEvents: true, kmsKeyArn: LOCAL_KEY },
    ],
    permissions: 40,
    objects: [
      { bucket: 'team-inbox', key: 'file.txt', uploadPrefix: 'inbox/' },
      { bucket: 'scans', key: '2026/file.txt', uploadPrefix: 'from-outside/' },
      { bucket: 'scans', key: 'from-outside/file.txt', uploadPrefix: 'from-outside/' },
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

/** What happens to records while a journey sets it. */
interface Faults {
  /** Received files are removed before the function that finds them reads them. */
  removesFiles: boolean;
  /** Neither redemptions nor received files are recorded. */
  recordingFails: boolean;
}

/** Issues, looks up, redeems, lists and revokes links, sends and removes files. Returns the status of each step. */
async function journey(
  { options, existingBuckets, objects }: Deployment,
  versioned: boolean,
  { onCall, change = () => {} }: Pick<RunningEmulatorOptions, 'onCall' | 'change'>,
): Promise<readonly string[]> {
  const gates: LocalService[] = [];
  const faults: Faults = { removesFiles: false, recordingFails: false };
  const emulator = await runEmulator({
    options,
    between: async (service, endpoint) => {
      const admit = async ({ method, headers, url = '' }: IncomingMessage): Promise<void> => {
        const finds = service === 's3' && method === 'HEAD';
        if (finds && faults.removesFiles) {
          const [Bucket = '', ...segments] = new URL(url, endpoint).pathname.slice(1).split('/');
          await emulator.s3.send(new DeleteObjectCommand({ Bucket, Key: segments.join('/') }));
        }
        if (faults.recordingFails && (finds || String(headers['x-amz-target']).endsWith('.UpdateItem'))) {
          throw new Error('the request is lost');
        }
      };
      const gate = await startGate(endpoint, { admit });
      gates.push(gate);
      return gate.endpoint;
    },
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
      steps.push(await stepsWith(emulator, object), await uploadStepsWith(emulator, object));
    }
    if (emulator.receiptTableName !== undefined) {
      steps.push(await stepsWithReceipts(emulator, objects[0]));
      steps.push(await deadLettersOf(emulator, objects[0], faults));
    }
    return steps;
  } finally {
    await Promise.all(gates.map((gate) => gate.close()));
    await emulator.close();
  }
}

/** Lists links. If there is a default bucket, uploads a file and revokes its link, so that the file is removed. */
async function stepsWithReceipts({ s3, ...emulator }: RunningEmulator, object: DeployedObject): Promise<string> {
  const listed = await sendSigned(`${emulator.apiEndpoint}my-links`, { method: 'GET' });
  if (object.bucket !== undefined) {
    return `${listed.status}`;
  }
  const file = { Bucket: emulator.bucketName, Key: 'shared/file.txt' };
  await s3.send(new PutObjectCommand({ ...file, Body: 'x' }));
  const { link_id: linkId } = await issueLink(emulator, { bucket_name: file.Bucket, object_name: file.Key });
  const Tagging = { TagSet: [{ Key: 'link-id', Value: linkId }] };
  await s3.send(new PutObjectTaggingCommand({ ...file, Tagging }));
  await manageLink(emulator, 'DELETE', linkId);
  await emulator.runSchedules();
  const isRemoved = await s3.send(new GetObjectTaggingCommand(file)).then(
    () => false,
    () => true,
  );
  return `${listed.status} ${isRemoved ? 'removed' : 'kept'}`;
}

/**
 * Sends a file that is removed before it is found. Then redeems a link and sends a file while neither can be recorded. Returns
 * the number of dead letters.
 */
async function deadLettersOf(emulator: RunningEmulator, object: DeployedObject, faults: Faults): Promise<string> {
  const { bucket = emulator.bucketName, key, uploadPrefix } = object;
  const prepareUpload = async () =>
    await grantedUpload((await uploadLink(emulator, { bucket_name: bucket })).url, FILE);
  const [removed, unrecorded] = uploadPrefix === undefined ? [] : [await prepareUpload(), await prepareUpload()];
  const { url } = await issueLink(emulator, { bucket_name: bucket, object_name: key });
  const sendFile = async (upload: GrantedUpload | undefined): Promise<void> => {
    if (upload !== undefined) {
      await putFile(upload, CONTENT);
    }
    await emulator.delivered();
  };
  faults.removesFiles = true;
  await sendFile(removed);
  faults.removesFiles = false;
  faults.recordingFails = true;
  await send(url);
  await sendFile(unrecorded);
  return `${emulator.deadLetters.length} dead letters`;
}

const CONTENT = 'hello';
const FILE = { file_name: 'file.txt', size_bytes: CONTENT.length };

/** Sends a file through an upload link, reads its receipt, and asks for another link to the same key. */
async function uploadStepsWith(
  emulator: RunningEmulator,
  { bucket = emulator.bucketName, uploadPrefix = 'inbox/' }: DeployedObject,
): Promise<string> {
  const fields = { operation: 'upload', bucket_name: bucket, max_bytes: 1000, prefix: `${uploadPrefix}acme/` };
  const issued = await askForLink(emulator, fields, { Accept: 'application/json' });
  if (issued.status !== 200) {
    return `${issued.status}`;
  }
  const { url, link_id: linkId } = JSON.parse(issued.body);
  const sent = await putFile(await grantedUpload(url, FILE), CONTENT);
  await emulator.delivered();
  const { received } = JSON.parse((await manageLink(emulator, 'GET', linkId)).body);
  const { prefix, ...sameKey } = { ...fields, object_name: `${uploadPrefix}acme/${linkId}/${FILE.file_name}` };
  const again = await askForLink(emulator, sameKey);
  return [sent.status, received?.size_bytes ?? 'no receipt', again.status].join(' ');
}

async function stepsWith(
  emulator: RunningEmulator,
  { bucket = emulator.bucketName, region = 'us-east-1', key }: DeployedObject,
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
    const described = issued.status === 200 ? (await describeLink(emulator, nonceOf(issued.body))).status : undefined;
    const redeemed = issued.status === 200 ? await send(issued.body) : undefined;
    const location = redeemed?.headers['location'];
    const downloaded = typeof location === 'string' ? await fetch(location) : undefined;
    steps.push([issued.status, described, redeemed?.status, downloaded?.status].join(' ').trim());
  }
  const issued = await issueLink(emulator, object).catch(() => undefined);
  const looked = await manageLink(emulator, 'GET', issued?.link_id ?? 'none');
  const revoked = await manageLink(emulator, 'DELETE', issued?.link_id ?? 'none');
  return [...steps, `${looked.status} ${revoked.status}`].join(', ');
}

const WORKS = '200 200 302 200, 200 200 302 200, 200 200 302 200, 404, 200 204';

/** The steps, with every permission. */
function allSteps(
  { options, objects }: Deployment,
  { ofObject = () => WORKS, deadLetters }: { ofObject?: (object: DeployedObject) => string; deadLetters?: number } = {},
): readonly string[] {
  const hasReceipts = options['receiptRetentionDays'] !== 0;
  const received = `200 ${hasReceipts ? CONTENT.length : 'no receipt'} 409`;
  const steps = objects.flatMap((object) => [ofObject(object), object.uploadPrefix === undefined ? '403' : received]);
  if (!hasReceipts) {
    return steps;
  }
  const [{ bucket, uploadPrefix }] = objects;
  const lost = deadLetters ?? (uploadPrefix === undefined ? 1 : 2);
  return [...steps, bucket === undefined ? '200 removed' : '200', `${lost} dead letters`];
}

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
      expect(await journey(deployment, versioned, { onCall })).toEqual(allSteps(deployment));
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

    const unused = permissions.filter((one) => !needed.has(one));
    expect(unused.filter(({ action }) => action !== 's3:ListBucket')).toEqual([]);
    expect(permissions).toHaveLength(deployment.permissions);
  });

  test('s3:ListBucket is needed although it is not called, because without it S3 returns 403 for a missing object', async () => {
    const change = (resources: MutableResources): void => {
      for (const role of ['GenerateUrlRole', 'LogReceivedRole']) {
        const policies = Object.entries(resources).filter(([id]) => id.includes(`${role}DefaultPolicy`));
        for (const [, policy] of policies) {
          for (const statement of policy.Properties.PolicyDocument.Statement) {
            statement.Action = [statement.Action].flat().map((one) => (one === 's3:ListBucket' ? 's3:None' : one));
          }
        }
      }
    };

    // For a bucket with a prefix, the function that issues links does not have this permission and returns 404 in both cases.
    const ofObject = ({ key }: DeployedObject) => (key.includes('/') ? WORKS : WORKS.replace('404', '400'));
    const deadLetters = deployment.objects[0].uploadPrefix === undefined ? 1 : 3;
    expect(await journey(deployment, false, { change })).toEqual(allSteps(deployment, { ofObject, deadLetters }));
  });

  test('the authorizer can delete links, and nothing else', () => {
    const ofAuthorizer = permissions.filter(({ role }) => role === 'AuthorizeAccess');

    expect(ofAuthorizer).toEqual([
      { role: 'AuthorizeAccess', action: 'dynamodb:DeleteItem', resource: expect.stringContaining('-LinkTable') },
    ]);
  });

  test('the function that describes links can only read them, so it cannot redeem any', () => {
    const ofDescriptions = permissions.filter(({ role }) => role === 'DescribeLink');

    expect(ofDescriptions).toEqual([
      { role: 'DescribeLink', action: 'dynamodb:GetItem', resource: expect.stringContaining('-LinkTable') },
    ]);
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

  test('the function that signs uploads can put objects where uploads are accepted, and nothing else', () => {
    const ofUploads = permissions.filter(({ role }) => role === 'UploadObject');
    const prefixes = deployment.objects.flatMap(({ uploadPrefix }) => uploadPrefix ?? []);

    const keys = ofUploads.filter(({ action }) => action === 'kms:GenerateDataKey').map(({ resource }) => resource);
    const puts = ofUploads.filter(({ action }) => action === 's3:PutObject');
    expect(puts.map(({ resource }) => resource.replace(/^arn:aws:s3:::[^/]+\//, '')).sort()).toEqual(
      [...new Set(prefixes)].sort().map((prefix) => `${prefix}*`),
    );
    expect(keys).toEqual(prefixes.includes('from-outside/') ? [LOCAL_KEY] : []);
    expect(ofUploads).toHaveLength(puts.length + keys.length);
  });

  test('without a bucket that accepts uploads, no function may put objects or find received files', () => {
    const isForUploads = ({ role, action }: Permission): boolean =>
      ['s3:PutObject', 'kms:GenerateDataKey'].includes(action) || ['UploadObject', 'LogReceived'].includes(role);
    const acceptsUploads = deployment.objects.some(({ uploadPrefix }) => uploadPrefix !== undefined);

    expect(permissions.some(isForUploads)).toBe(acceptsUploads);
  });
});

test('uploads add no permission to the functions that redeem, describe and redirect downloads', async () => {
  const permissions = permissionsOf(await assemblyWith({}));
  const ofDownloads = permissions.filter(({ role }) =>
    ['AuthorizeAccess', 'DescribeLink', 'AccessObject'].includes(role),
  );

  expect(ofDownloads).toEqual([
    { role: 'AuthorizeAccess', action: 'dynamodb:DeleteItem', resource: expect.stringContaining('-LinkTable') },
    { role: 'AccessObject', action: 's3:GetObject', resource: expect.stringMatching(/^arn:aws:s3:::[^/]+\/\*$/) },
    {
      role: 'AccessObject',
      action: 's3:GetObjectVersion',
      resource: expect.stringMatching(/^arn:aws:s3:::[^/]+\/\*$/),
    },
    { role: 'DescribeLink', action: 'dynamodb:GetItem', resource: expect.stringContaining('-LinkTable') },
  ]);
});
