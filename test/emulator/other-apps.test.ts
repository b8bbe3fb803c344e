import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InvokeCommand, type InvokeCommandInput, LambdaClient } from '@aws-sdk/client-lambda';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { LOCAL_CALLER } from '../../emulator/iam/credentials';
import type { Assembly } from '../../emulator/template/assembly';
import { findConstruct } from '../../emulator/template/find-construct';
import type { MutableResources } from '../support/assembly';
import { send } from '../support/http';
import { type RunningEmulator, runEmulator } from '../support/running-emulator';
import { shopIn } from './shop-app';

let directory: string;
let assembly: Assembly;
beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'other-apps-'));
  // As in an app that is written as ES modules. On Lambda, bundles have no such file above them.
  writeFileSync(join(directory, 'package.json'), '{ "type": "module" }');
  assembly = await findConstruct(shopIn(directory).synth().directory);
});
afterAll(() => rmSync(directory, { recursive: true }));

describe('with a web shop in another account and Region,', () => {
  let emulator: RunningEmulator;
  let lambda: LambdaClient;
  beforeAll(async () => {
    emulator = await runEmulator({ assembly });
    const { accessKeyId, secretAccessKey } = LOCAL_CALLER;
    const credentials = { accessKeyId, secretAccessKey };
    lambda = new LambdaClient({ region: 'us-east-1', endpoint: emulator.lambdaEndpoint, credentials });
    await emulator.s3.send(new PutObjectCommand({ Bucket: 'shop-reports', Key: 'invoice.pdf', Body: 'Invoice 42' }));
  });
  afterAll(async () => {
    lambda.destroy();
    await emulator.close();
  });

  const invoke = async (FunctionName: string, input: Partial<InvokeCommandInput> = {}) => {
    const { Payload, ...result } = await lambda.send(new InvokeCommand({ FunctionName, ...input }));
    return { ...result, payload: Buffer.from(Payload ?? []).toString() };
  };

  test('a function in another stack issues a link to an object in a third, and a rule tells a function that it was redeemed', async () => {
    const issued = await emulator.invoke('Back/Issue', { key: 'invoice.pdf' });
    const { status, url } = (issued.ok ? issued.payload : {}) as { status?: number; url?: string };
    expect(status).toBe(200);

    const redeemed = await send(String(url).trim());
    expect(redeemed.status).toBe(302);
    expect(await (await fetch(String(redeemed.headers['location']))).text()).toBe('Invoice 42');
    expect((await send(String(url).trim())).status).toBe(403);
    await emulator.logged('Prod/Web/Notify', 'told about Link Redeemed');
  });

  test('what it does not serve is listed by type, with the reason unless it is the type', () => {
    expect(emulator.leftAlone).toEqual(
      expect.arrayContaining([
        'AWS::ApiGateway::RestApi (1): Prod/Web/Shop',
        'AWS::ApiGatewayV2::Api (1): Prod/Web/Http',
        'AWS::CloudFormation::Stack (1): Prod/Web/Nested.NestedStack/Nested.NestedStackResource',
        'AWS::EC2::Subnet (2): Prod/Web/Vpc/PublicSubnet1/Subnet, Prod/Web/Vpc/IsolatedSubnet1/Subnet',
        'AWS::EC2::VPC (1): Prod/Web/Vpc',
        'AWS::IAM::Policy (1): Prod/Web/Ask/ServiceRole/DefaultPolicy (PolicyDocument.Statement[1]: Condition: the local emulator does not support the condition key aws:ResourceTag/team with StringEquals)',
        'AWS::IAM::Role (1): Prod/Back/Issue/ServiceRole (the local emulator does not apply arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess)',
        'AWS::Lambda::Url (1): Prod/Web/Greet/FunctionUrl',
        'AWS::S3::Bucket (1): Prod/Web/Optional (Condition: the local emulator does not support this field)',
        'AWS::StepFunctions::StateMachine (1): Prod/Web/Machine',
        'Custom::Migration (1): Prod/Web/Migration',
      ]),
    );
    const lines = emulator.leftAlone.join('\n');
    expect(lines).toContain('Prod/Web/Report (Runtime: the local emulator supports only Node.js, not python3.13)');
    expect(lines).toContain('Prod/Web/Links/Collect (Targets[0].Arn: the local emulator supports only functions');
    expect(lines).toContain('Prod/Web/Nightly (ScheduleExpression: the local emulator does not support cron');
    expect(lines).not.toContain('Prod/Web/Links/LinkTable');
    expect(lines).not.toContain('Prod/Data/Reports (');
  });

  test('the outputs contain what the CLI needs', () => {
    expect(emulator.outputs).toMatchObject({
      ApiGatewayEndpoint: emulator.apiEndpoint,
      BucketUrl: 'shop-reports',
      BucketOwner: '123456789012',
    });
  });

  test('a function can be invoked with the API of Lambda', async () => {
    expect(await invoke('shop-greet', { Payload: Buffer.from('{"name":"Ada"}') })).toMatchObject({
      StatusCode: 200,
      ExecutedVersion: '$LATEST',
      payload: '"Hello, Ada!"',
    });
    const queued = await invoke('shop-notify', {
      InvocationType: 'Event',
      Payload: Buffer.from('{"detail-type":"a test"}'),
    });
    expect(queued).toMatchObject({ StatusCode: 202, payload: '' });
    await emulator.logged('Prod/Web/Notify', 'told about a test');
  });

  test('an error of a function is in the response, and does not stop the emulator', async () => {
    const { StatusCode, FunctionError, payload } = await invoke('shop-broken');

    expect([StatusCode, FunctionError]).toEqual([200, 'Unhandled']);
    expect(JSON.parse(payload)).toEqual({
      errorType: 'Runtime.ImportModuleError',
      errorMessage: expect.stringContaining("Prod/Web/Broken does not load: Cannot find module './missing'"),
    });
  });

  test.each<[name: string, input: Partial<InvokeCommandInput>, error: string]>([
    ['a function that does not exist', {}, 'ResourceNotFoundException'],
    ['shop-greet', { Payload: Buffer.from('{') }, 'InvalidRequestContentException'],
    ['shop-greet', { InvocationType: 'DryRun' }, 'InvalidParameterValueException'],
  ])('the invocation of %s with %j is refused with %s', async (name, input, error) => {
    await expect(invoke(name.replaceAll(' ', '-'), input)).rejects.toMatchObject({ name: error });
  });

  test('an unsigned invocation is refused', async () => {
    const url = `${emulator.lambdaEndpoint}/2015-03-31/functions/shop-greet/invocations`;

    expect((await fetch(url, { method: 'POST' })).status).toBe(403);
  });

  test('a function may invoke only what its role allows, and reaches no service outside of this machine', async () => {
    expect(await emulator.invoke('Ask', {})).toMatchObject({
      ok: true,
      payload: {
        greeting: 'Hello, Ada!',
        denied: expect.stringMatching(
          /^AccessDeniedException: User: .* is not authorized to perform: lambda:InvokeFunction/,
        ),
        notServed: expect.not.stringContaining('done'),
        context: ['shop-ask', '512', true],
      },
    });
    await emulator.logged('not-served', 'does not serve POST / of cloudformation');
  });

  test('invoke names the functions if none has the name', async () => {
    await expect(emulator.invoke('Isue', {})).rejects.toThrow(/^0 functions have the name Isue\. .*Prod\/Back\/Issue/);
  });
});

/** The assembly of the shop with a change to the resources of its stack `Web`. */
function changed(change: (resources: MutableResources) => void): Assembly {
  const template = structuredClone(assembly.template);
  change(template.Resources as MutableResources);
  return { ...assembly, template };
}

/** The only resource whose ID starts with `prefix`. */
function propertiesOf(resources: MutableResources, prefix: string, type: string) {
  const [, resource] = Object.entries(resources).find(([id, { Type }]) => id.startsWith(prefix) && Type === type) ?? [];
  return resource?.Properties;
}

test.each<[what: string, message: string, change: (resources: MutableResources) => void]>([
  [
    'an unknown property of its table',
    '.StreamSpecification: the local emulator does not support this field',
    (resources) => {
      propertiesOf(resources, 'LinksLinkTable', 'AWS::DynamoDB::Table').StreamSpecification = {};
    },
  ],
  [
    'a statement of its role',
    'the local emulator does not support the condition key aws:MultiFactorAuthPresent',
    (resources) => {
      const policy = propertiesOf(resources, 'LinksGenerateUrl', 'AWS::IAM::Policy');
      policy.PolicyDocument.Statement[0].Condition = { StringEquals: { 'aws:MultiFactorAuthPresent': 'true' } };
    },
  ],
  [
    'a resource type',
    'Resources.LinksStream: the local emulator does not support AWS::Kinesis::Stream',
    (resources) => {
      const Metadata = { 'aws:cdk:path': 'Prod/Web/Links/Stream/Resource' };
      Object.assign(resources, { LinksStream: { Type: 'AWS::Kinesis::Stream', Metadata } });
    },
  ],
])(
  'in another app, too, the emulator does not start if it does not support %s of the construct',
  async (_, message, change) => {
    await expect(runEmulator({ assembly: changed(change) })).rejects.toThrow(message);
  },
);
