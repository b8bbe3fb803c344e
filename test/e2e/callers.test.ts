import { LOCAL_CALLER } from '../../emulator/iam/credentials';
import { parseStatement } from '../../emulator/iam/policy';
import type { Principal } from '../../emulator/iam/principal';
import { Template } from '../../emulator/template/template';
import { testAssembly } from '../support/assembly';
import { manageLink, send, sendSigned } from '../support/http';
import { type RunningEmulator, runEmulator } from '../support/running-emulator';

/** A caller who may do what a managed policy of the stack says, and nothing else. */
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

async function ask(caller: Principal, accept = 'text/plain') {
  return await sendSigned(
    `${emulator.apiEndpoint}generate-url`,
    {
      headers: { 'Content-Type': 'application/json', Accept: accept },
      body: JSON.stringify({ bucket_name: emulator.bucketName, object_name: 'S3.png' }),
    },
    caller,
  );
}

test('whoever has the policy for issuers, and nothing else, gets a link', async () => {
  const answer = await ask(issuer);

  expect(answer).toMatchObject({ status: 200, body: expect.stringContaining('/access-object?nonce=') });
});

test('whoever has the policy for managers makes no link', async () => {
  const answer = await ask(manager);

  expect(answer.status).toBe(403);
  expect(JSON.parse(answer.body)).toMatchObject({ code: 'AccessDenied' });
});

test('whoever has the policy for managers looks links up and revokes them; one for issuers does neither', async () => {
  const { url, link_id: linkId } = JSON.parse((await ask(issuer, 'application/json')).body);

  for (const method of ['GET', 'DELETE'] as const) {
    expect((await manageLink(emulator, method, linkId, issuer)).status).toBe(403);
  }
  expect(await manageLink(emulator, 'GET', linkId, manager)).toMatchObject({
    status: 200,
    body: expect.stringContaining(`"created_by":"${issuer.arn}"`),
  });
  expect((await manageLink(emulator, 'DELETE', linkId, manager)).status).toBe(204);
  expect((await send(url)).status).toBe(403);
});
