import { LOCAL_CALLER } from '../../emulator/iam/credentials';
import { parseStatement } from '../../emulator/iam/policy';
import type { Principal } from '../../emulator/iam/principal';
import { Template } from '../../emulator/template/template';
import { testAssembly } from '../support/assembly';
import { manageLink, send, sendSigned } from '../support/http';
import { type RunningEmulator, runEmulator } from '../support/running-emulator';

/** A caller with the permissions of one managed policy of the stack. */
async function callerWith(output: string): Promise<Principal> {
  const { template, stackName } = await testAssembly();
  const read = new Template(template, stackName);
  const arn = read.outputs()[output];
  const policy = read.ofType('AWS::IAM::ManagedPolicy').find(({ identity }) => identity.ref === arn);
  const statements = policy?.properties.object('PolicyDocument').list('Statement') ?? [];
  return {
    arn: `arn:aws:iam::123456789012:user/${output}`,
    accessKeyId: output.toUpperCase(),
    secretAccessKey: `${output}-secret`,
    statements: statements.map((statement) => parseStatement(statement, output)),
  };
}

let issuer: Principal;
let manager: Principal;
let emulator: RunningEmulator;

beforeAll(async () => {
  [issuer, manager] = [await callerWith('IssuerPolicyArn'), await callerWith('ManagerPolicyArn')];
  emulator = await runEmulator({ callers: [LOCAL_CALLER, issuer, manager] });
});

afterAll(() => emulator.close());

async function issue(caller: Principal) {
  return await sendSigned(
    `${emulator.apiEndpoint}generate-url`,
    {
      headers: { 'Content-Type': 'application/json', Accept: 'application/json' },
      body: JSON.stringify({ bucket_name: emulator.bucketName, object_name: 'S3.png' }),
    },
    caller,
  );
}

test('a caller with the issuer policy can issue a link, and neither look it up nor revoke it', async () => {
  const { url, link_id: linkId } = JSON.parse((await issue(issuer)).body);

  expect((await manageLink(emulator, 'GET', linkId, issuer)).status).toBe(403);
  expect((await manageLink(emulator, 'DELETE', linkId, issuer)).status).toBe(403);
  expect((await send(url)).status).toBe(302);
});

test('a caller with the manager policy can look a link up and revoke it, and cannot issue one', async () => {
  const { url, link_id: linkId } = JSON.parse((await issue(issuer)).body);

  expect(await manageLink(emulator, 'GET', linkId, manager)).toMatchObject({
    status: 200,
    body: expect.stringContaining(`"created_by":"${issuer.arn}"`),
  });
  expect((await manageLink(emulator, 'DELETE', linkId, manager)).status).toBe(204);
  expect((await send(url)).status).toBe(403);
  const refused = await issue(manager);
  expect(refused.status).toBe(403);
  expect(JSON.parse(refused.body)).toMatchObject({ code: 'AccessDenied' });
});
