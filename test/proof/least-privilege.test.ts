import { PutObjectCommand } from '@aws-sdk/client-s3';
import type { AwsCall } from '../../lib/local/principal';
import { type MutableResources, testAssembly } from '../support/assembly';
import { askForLink, send } from '../support/http';
import { runStand } from '../support/running-stand';

const ROLES = ['GenerateUrl', 'AuthorizeAccess', 'AccessObject'];

/** Used by the Lambda service on the function's behalf, which the stand does not act out. */
const USED_BY_LAMBDA = ['logs:CreateLogStream', 'logs:PutLogEvents'];

interface Statement {
  Action: string | string[];
}

/** Statements of the policies of our functions' roles, by role. */
function statementsByRole(
  resources: MutableResources,
): readonly { readonly role: string; readonly statement: Statement }[] {
  return Object.entries(resources)
    .filter(([, { Type }]) => Type === 'AWS::IAM::Policy')
    .flatMap(([id, { Properties }]) =>
      ROLES.filter((role) => id.startsWith(`${role}RoleDefaultPolicy`)).flatMap((role) =>
        Properties.PolicyDocument.Statement.map((statement: Statement) => ({ role, statement })),
      ),
    );
}

/** Every action that a role of ours is granted. */
async function granted(): Promise<readonly (readonly [role: string, action: string])[]> {
  const { template } = await testAssembly();
  return statementsByRole(template.Resources as MutableResources).flatMap(({ role, statement }) =>
    [statement.Action].flat().map((action) => [role, action] as const),
  );
}

/** With versions in the bucket links make use of every right on a version, without of every right on an object. */
function withVersions(resources: MutableResources): void {
  for (const { Type, Properties } of Object.values(resources)) {
    if (Type === 'AWS::S3::Bucket') {
      Properties.VersioningConfiguration = { Status: 'Enabled' };
    }
  }
}

/** Does all that links can do, and says how each step went. */
async function journey(
  change: (resources: MutableResources) => void,
  onCall?: (call: AwsCall) => void,
): Promise<string> {
  const outcomes = [await journeyIn(change, onCall)];
  outcomes.push(
    await journeyIn((resources) => {
      withVersions(resources);
      change(resources);
    }, onCall),
  );
  return outcomes.join('; ');
}

async function journeyIn(
  change: (resources: MutableResources) => void,
  onCall?: (call: AwsCall) => void,
): Promise<string> {
  const stand = await runStand({ change, ...(onCall && { onCall }) });
  try {
    const object = { Bucket: stand.bucketName, Key: 'file.txt' };
    const { VersionId: version } = await stand.s3.send(new PutObjectCommand({ ...object, Body: 'first' }));
    const steps: string[] = [];
    const fieldsOfSteps = [{}, { presign: 'on_open' }, { version_id: version }, { object_name: 'missing' }];
    for (const fields of fieldsOfSteps) {
      const asked = await askForLink(stand, { bucket_name: stand.bucketName, object_name: 'file.txt', ...fields });
      const opened = asked.status === 200 ? await send(asked.body) : undefined;
      const location = opened?.headers['location'];
      const fetched = typeof location === 'string' ? await fetch(location) : undefined;
      steps.push([asked.status, opened?.status, fetched?.status].join(' '));
    }
    return steps.join(', ');
  } finally {
    await stand.close();
  }
}

const WORKS = '200 302 200, 200 302 200, 200 302 200, 404  ';
const EVERYTHING_WORKS = `${WORKS}; ${WORKS}`;

test('every call to AWS is one that the role of its function is granted, and the redirecting function signs downloads only', async () => {
  const calls: AwsCall[] = [];
  expect(
    await journey(
      () => {},
      (call) => calls.push(call),
    ),
  ).toBe(EVERYTHING_WORKS);

  const pairs = new Set((await granted()).map(([role, action]) => `${role} ${action}`));
  const made = calls.flatMap(({ principalArn, action }) => {
    const [, role] = /assumed-role\/PreSignedURLStack-(\w+?)Role[0-9A-F]{8}\//.exec(principalArn) ?? [];
    return role === undefined ? [] : [`${role} ${action}`];
  });
  expect(made.length).toBeGreaterThan(0);
  expect(made.filter((call) => !pairs.has(call))).toEqual([]);
  // Whoever follows a URL that a function signed calls in the name of its role.
  const ofOpener = made.filter((call) => call.startsWith('AccessObject'));
  expect([...new Set(ofOpener)].sort()).toEqual(['AccessObject s3:GetObject', 'AccessObject s3:GetObjectVersion']);
});

test('every right that is granted is needed: without any one of them, something stops working', async () => {
  const rights = (await granted()).filter(([, action]) => !USED_BY_LAMBDA.includes(action));
  expect(rights).toHaveLength(7);

  for (const [withoutRole, withoutAction] of rights) {
    const outcome = await journey((resources) => {
      for (const { role, statement } of statementsByRole(resources)) {
        const kept = [statement.Action].flat().filter((action) => role !== withoutRole || action !== withoutAction);
        statement.Action = kept.length === 0 ? 'none:None' : kept;
      }
    });
    expect([withoutRole, withoutAction, outcome]).not.toEqual([withoutRole, withoutAction, EVERYTHING_WORKS]);
  }
});
