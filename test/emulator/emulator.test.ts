import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { startEmulator } from '../../emulator/emulator';
import type { AwsCall } from '../../emulator/iam/principal';
import type { LogBatch } from '../../emulator/logs/subscriptions';
import { type MutableResources, resourceNamed, testAssembly } from '../support/assembly';
import { askForLink, linkTo, send } from '../support/http';
import { type RunningEmulator, type RunningEmulatorOptions, runEmulator } from '../support/running-emulator';
import { SettableClock } from '../support/settable-clock';

type Change = (resources: MutableResources) => void;

const BUCKET = 'AWS::S3::Bucket';
const FUNCTION = 'AWS::Lambda::Function';
const METHOD = 'AWS::ApiGateway::Method';
const STAGE = 'AWS::ApiGateway::Stage';

/** Runs an emulator during `use`. */
async function withEmulator(
  options: RunningEmulatorOptions,
  use: (emulator: RunningEmulator) => Promise<void>,
): Promise<void> {
  const emulator = await runEmulator(options);
  try {
    await use(emulator);
  } finally {
    await emulator.close();
  }
}

/** Sets a property of the resource whose logical ID starts with `prefix`; `undefined` removes it. */
function set(type: string, prefix: string, path: string, value: unknown): Change {
  return (resources) => {
    const keys = path.split('.');
    const last = keys.pop() ?? '';
    const target = keys.reduce((object, key) => object[key], resourceNamed(resources, type, prefix).Properties);
    target[last] = value;
    if (value === undefined) {
      delete target[last];
    }
  };
}

/** Sets a property of the response with the click-through page. */
function setMock(property: string, value: unknown): Change {
  return set(METHOD, 'LinkApiopenlinkHEAD', `Integration.IntegrationResponses.0.${property}`, value);
}

/** Makes several changes. */
function all(...changes: readonly Change[]): Change {
  return (resources) => {
    for (const change of changes) {
      change(resources);
    }
  };
}

/** Removes an action from the policies of a function's role. */
function deny(role: string, action: string): Change {
  return (resources) => {
    const policy = resourceNamed(resources, 'AWS::IAM::Policy', `${role}RoleDefaultPolicy`);
    const statements: { Action: string | string[] }[] = policy.Properties.PolicyDocument.Statement;
    for (const statement of statements) {
      const actions = [statement.Action].flat().filter((one) => one !== action);
      statement.Action = actions.length === 0 ? 'none:None' : actions;
    }
  };
}

/** Subscribes a function to the log of another one. */
function subscribe(subscriber: string, writer: string): Change {
  return (resources) => {
    const functionArn = { 'Fn::GetAtt': [idStartingWith(resources, FUNCTION, subscriber), 'Arn'] };
    const logGroup = resourceNamed(resources, FUNCTION, writer).Properties.LoggingConfig.LogGroup;
    resources['Permission'] = {
      Type: 'AWS::Lambda::Permission',
      Properties: {
        Action: 'lambda:InvokeFunction',
        FunctionName: functionArn,
        Principal: 'logs.amazonaws.com',
        SourceArn: { 'Fn::GetAtt': [logGroup.Ref, 'Arn'] },
      },
    };
    resources['Subscription'] = {
      Type: 'AWS::Logs::SubscriptionFilter',
      Properties: { DestinationArn: functionArn, FilterPattern: '{ $.event = "link_access" }', LogGroupName: logGroup },
    };
  };
}

function idStartingWith(resources: MutableResources, type: string, prefix: string): string | undefined {
  return Object.keys(resources).find((id) => resources[id]?.Type === type && id.startsWith(prefix));
}

/** Adds a custom domain, then makes a further change. */
function withDomain(more: Change = () => {}): Change {
  return (resources) => {
    const idOf = (type: string) => idStartingWith(resources, type, '');
    const endpoint = { Types: ['REGIONAL'] };
    resources['Domain'] = {
      Type: 'AWS::ApiGateway::DomainName',
      Properties: { DomainName: 'links.example.com', EndpointConfiguration: endpoint, SecurityPolicy: 'TLS_1_2' },
    };
    const [api, stage] = [idOf('AWS::ApiGateway::RestApi'), idOf('AWS::ApiGateway::Stage')];
    resources['Mapping'] = {
      Type: 'AWS::ApiGateway::BasePathMapping',
      Properties: { DomainName: { Ref: 'Domain' }, RestApiId: { Ref: api }, Stage: { Ref: stage } },
    };
    more(resources);
  };
}

describe('the emulator behaves as the template says', () => {
  test('without dynamodb:DeleteItem, redeeming fails with 503', async () => {
    await withEmulator({ change: deny('AuthorizeAccess', 'dynamodb:DeleteItem') }, async (emulator) => {
      const redeemed = await send(await linkTo(emulator));

      expect(redeemed).toMatchObject({ status: 503, headers: { 'retry-after': '2' } });
      expect(JSON.parse(redeemed.body)).toMatchObject({ code: 'ServiceUnavailable', status: 503 });
      await emulator.logged('AuthorizeAccess', '"error":"AccessDeniedException"');
    });
  });

  test.each([
    ['dynamodb:PutItem', { 'S3.png': 503 }],
    ['s3:ListBucket', { 'S3.png': 200, 'missing.png': 400 }],
    ['s3:GetObject', { 'S3.png': 400 }],
  ])('without %s, issuing links returns %j', async (action, expected) => {
    await withEmulator({ change: deny('GenerateUrl', action) }, async (emulator) => {
      for (const [object, status] of Object.entries(expected)) {
        const response = await askForLink(emulator, { bucket_name: emulator.bucketName, object_name: object });
        expect([object, response.status]).toEqual([object, status]);
      }
    });
  });

  test.each([
    ['authorizer', 'AuthorizeAccess'],
    ['GET', 'LinkApiaccessobjectGETApiPermission'],
  ])('without the permission to invoke the function for %s, redeeming fails with 503', async (_, prefix) => {
    const change = set('AWS::Lambda::Permission', prefix, 'SourceArn', 'arn:aws:execute-api:elsewhere');
    await withEmulator({ change }, async (emulator) => {
      expect((await send(await linkTo(emulator))).status).toBe(503);
    });
  });

  test('with a cached authorizer result, a redeemed link works again', async () => {
    const change = set('AWS::ApiGateway::Authorizer', '', 'AuthorizerResultTtlInSeconds', 300);
    await withEmulator({ change }, async (emulator) => {
      const link = await linkTo(emulator);

      expect((await send(link)).status).toBe(302);
      expect((await send(link)).status).toBe(302);
    });
  });

  test('a function receives the lines of the function that it subscribes to', async () => {
    const batches: LogBatch[] = [];
    const invoked: AwsCall[] = [];
    await withEmulator(
      {
        change: subscribe('OpenLink', 'AuthorizeAccess'),
        onCall: (call) => invoked.push(call),
        async deliver(batch, send) {
          batches.push(batch);
          await send(batch);
        },
      },
      async (emulator) => {
        const link = await linkTo(emulator);
        await send(link);
        await send(link);
        await emulator.delivered();
      },
    );
    const lines = batches
      .filter(({ filterName }) => filterName === 'PreSignedURLStack-Subscription')
      .flatMap(({ events }) => events.map(({ message }) => JSON.parse(message)));

    expect(lines.map(({ outcome }) => outcome)).toEqual(['redeemed', 'not_active']);
    expect(invoked).toContainEqual({
      principalArn: 'logs.amazonaws.com',
      action: 'lambda:InvokeFunction',
      resource: expect.stringContaining(':function:PreSignedURLStack-OpenLink'),
    });
  });

  test('requests over the throttling limit get 429 with Retry-After', async () => {
    const change: Change = (resources) => {
      const { Properties } = resourceNamed(resources, STAGE, '');
      for (const settings of Properties.MethodSettings) {
        settings.ThrottlingBurstLimit = 2;
        settings.ThrottlingRateLimit = 1;
      }
    };
    const clock = new SettableClock(new Date());
    await withEmulator({ change, clock }, async (emulator) => {
      const link = await linkTo(emulator);

      expect((await send(link)).status).toBe(302);
      expect((await send(link)).status).toBe(403);
      expect(await send(link)).toMatchObject({ status: 429, headers: { 'retry-after': '1' } });
      clock.advance(1);
      expect((await send(link)).status).toBe(403);
    });
  });

  describe('with another stage, fixed response, authorization, validation and versioning,', () => {
    let emulator: RunningEmulator;
    beforeAll(async () => {
      emulator = await runEmulator({
        change: all(
          set(STAGE, '', 'StageName', 'beta'),
          set(METHOD, 'LinkApigenerateurlPOST', 'AuthorizationType', 'NONE'),
          set('AWS::ApiGateway::RequestValidator', '', 'ValidateRequestBody', false),
          set(BUCKET, '', 'VersioningConfiguration', { Status: 'Enabled' }),
          (resources) => {
            const [response] = resourceNamed(resources, METHOD, 'LinkApiopenlinkHEAD').Properties.Integration
              .IntegrationResponses;
            response.ResponseParameters['method.response.header.Cache-Control'] = "'max-age=60'";
          },
        ),
      });
    });
    afterAll(() => emulator.close());

    test('links and outputs contain the name of the stage', async () => {
      expect(emulator.outputs['ApiGatewayEndpoint']).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/beta\/$/);
      const link = await linkTo(emulator);
      expect(link).toContain('/beta/access-object?nonce=');
      expect((await send(link)).status).toBe(302);
    });

    test('a fixed response has the headers of the template', async () => {
      // Not `send`: openapi.yaml does not allow this response.
      const page = await fetch(`${emulator.apiEndpoint}open-link`, { method: 'HEAD' });

      expect([page.status, await page.text()]).toEqual([200, '']);
      expect(page.headers.get('cache-control')).toBe('max-age=60');
      expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8');
    });

    test('an unsigned request is accepted', async () => {
      const body = JSON.stringify({ bucket_name: emulator.bucketName, object_name: 'S3.png' });

      expect((await send(`${emulator.apiEndpoint}generate-url`, { method: 'POST', body })).status).toBe(200);
    });

    test('an invalid body is refused by the function', async () => {
      expect(JSON.parse((await askForLink(emulator, { bucket_name: 'b' })).body).detail).toContain('object_name');
    });

    test('a link can pin a version', async () => {
      const object = { Bucket: emulator.bucketName, Key: 'report.txt' };
      const { VersionId: first } = await emulator.s3.send(new PutObjectCommand({ ...object, Body: 'first' }));
      await emulator.s3.send(new PutObjectCommand({ ...object, Body: 'second' }));

      const redeemed = await send(await linkTo(emulator, { object_name: 'report.txt', version_id: first }));

      expect(await (await fetch(String(redeemed.headers['location']))).text()).toBe('first');
    });
  });
});

describe('with the unchanged template and a custom domain,', () => {
  let emulator: RunningEmulator;
  beforeAll(async () => {
    emulator = await runEmulator({ change: withDomain() });
  });
  afterAll(() => emulator.close());

  const statusAt = async (endpoint: string, host: string): Promise<number> =>
    (await send(`${new URL(endpoint).origin}/open-link`, { headers: { Host: host } })).status;

  test.each([
    'rebound.example',
    'rebound.example:80',
    '127.0.0.1.example',
    'example.com',
    'x.links.example.com',
    'links.example.com.rebound.example',
    'linksXexample.com',
  ])('a request to the host name %s is refused, because a web page could send it', async (host) => {
    expect(await statusAt(emulator.apiEndpoint, host)).toBe(421);
    expect(await statusAt(emulator.s3Endpoint, host)).toBe(421);
    expect(await statusAt(emulator.dynamoDbEndpoint, host)).toBe(421);
  });

  test.each(['links.example.com', 'links.example.com:4580', 'Links.Example.COM'])(
    'the custom domain, as %s, leads to the API only',
    async (host) => {
      expect(await statusAt(emulator.apiEndpoint, host)).toBe(200);
      expect(await statusAt(emulator.s3Endpoint, host)).toBe(421);
      expect(await statusAt(emulator.dynamoDbEndpoint, host)).toBe(421);
    },
  );

  test('an invalid body is refused by the validator', async () => {
    expect(JSON.parse((await askForLink(emulator, { object_name: 'a.txt' })).body).message).toBe(
      'Invalid request body',
    );
  });

  test('the ports are closed on other network interfaces', async () => {
    const { hostname, port } = new URL(emulator.apiEndpoint);
    expect(hostname).toBe('127.0.0.1');
    const others = Object.values(networkInterfaces())
      .flatMap((addresses) => addresses ?? [])
      .filter(({ internal, family }) => !internal && family === 'IPv4');
    for (const { address } of others) {
      await expect(send(`http://${address}:${port}/`)).rejects.toThrow('ECONNREFUSED');
    }
  });

  test('a request that is too long for HTTP gets a problem', async () => {
    const tooLong = await send(`${emulator.apiEndpoint}access-object?nonce=${'A'.repeat(20_000)}`);

    expect(tooLong.status).toBe(431);
    expect(JSON.parse(tooLong.body)).toMatchObject({ status: 431, code: 'RequestRefused' });
  });

  test('an unknown Expect header is ignored', async () => {
    expect((await send(`${emulator.apiEndpoint}access-object`, { headers: { Expect: 'banana' } })).status).toBe(401);
  });
});

/** The message about a property or resource type that the emulator does not know. */
function unsupported(path: string, what = 'this field'): string {
  return `${path}: the local emulator does not support ${what}`;
}

const ELSEWHERE = 'arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/arn:aws:lambda:gone/invocations';
const OPERATORS = '.Statement[0]: Condition: the local emulator supports only the operators Bool, ';
const MFA = { BoolIfExists: { 'aws:MultiFactorAuthPresent': 'true' } };

describe('the emulator does not start, and names the reason:', () => {
  test.each<[message: string, Change]>([
    [
      unsupported('Resources.Stream', 'AWS::Kinesis::Stream'),
      (resources) => {
        resources['Stream'] = { Type: 'AWS::Kinesis::Stream', Properties: {} };
      },
    ],
    [unsupported('.StreamSpecification'), set('AWS::DynamoDB::Table', 'LinkTable', 'StreamSpecification', {})],
    [
      'Resources: no table has the partition key nonce_id',
      (resources) => {
        const { Properties: table } = resourceNamed(resources, 'AWS::DynamoDB::Table', 'LinkTable');
        table.KeySchema[0].AttributeName = 'id';
        table.AttributeDefinitions[0].AttributeName = 'id';
      },
    ],
    [unsupported('.Rules[0].Transitions'), set(BUCKET, '', 'LifecycleConfiguration.Rules.0.Transitions', [{}])],
    [
      'CorsConfiguration.CorsRules[0].AllowedMethods: S3 does not accept "PATCH"',
      set(BUCKET, '', 'CorsConfiguration.CorsRules.0.AllowedMethods', ['PATCH']),
    ],
    ['.Rules[0].Prefix: must be a string', set(BUCKET, '', 'LifecycleConfiguration.Rules.0.Prefix', undefined)],
    [
      '.Statement[1].Principal: the local emulator supports only {"AWS":"arn:aws:iam::123456789012:role/',
      set('AWS::S3::BucketPolicy', '', 'PolicyDocument.Statement.1.Principal', { AWS: '*' }),
    ],
    [unsupported('.VpcConfig'), set(FUNCTION, 'GenerateUrl', 'VpcConfig', {})],
    ['.Runtime: the local emulator supports only "nodejs24.x"', set(FUNCTION, 'GenerateUrl', 'Runtime', 'python3.13')],
    [
      '.LogFormat: the local emulator supports only "JSON", not "Text"',
      set(FUNCTION, 'GenerateUrl', 'LoggingConfig.LogFormat', 'Text'),
    ],
    [
      'Resources: the API refers to arn:aws:lambda:gone, which is not in the template',
      set(METHOD, 'LinkApigenerateurlPOST', 'Integration.Uri', ELSEWHERE),
    ],
    [
      unsupported('.Integration.Type', 'HTTP_PROXY'),
      set(METHOD, 'LinkApigenerateurlPOST', 'Integration.Type', 'HTTP_PROXY'),
    ],
    [OPERATORS, set('AWS::IAM::Policy', 'AuthorizeAccessRole', 'PolicyDocument.Statement.0.Condition', MFA)],
    [OPERATORS, set('AWS::IAM::ManagedPolicy', 'IssuerPolicy', 'PolicyDocument.Statement.0.Condition', {})],
    [unsupported('.ManagedPolicyArns'), set('AWS::IAM::Role', 'GenerateUrlRole', 'ManagedPolicyArns', ['arn:aws:x'])],
    [
      unsupported('.Format', '$context.wafResponseCode'),
      set(STAGE, '', 'AccessLogSetting.Format', '$context.wafResponseCode'),
    ],
    // AWS does not document whether it is escaped.
    [
      unsupported('.Format', '$context.identity.userAgent'),
      set(STAGE, '', 'AccessLogSetting.Format', '$context.identity.userAgent'),
    ],
    [
      '.RequestTemplates: the local emulator supports only {"statusCode": 200}',
      set(METHOD, 'LinkApiaccessobjectHEAD', 'Integration.RequestTemplates', { 'application/json': '#set($x = 1)' }),
    ],
    [unsupported('.IntegrationResponses[0].ResponseTemplates'), setMock('ResponseTemplates', { 'text/html': 'a' })],
    [
      '.ResponseParameters.method.response.header.X-Other: the method response does not declare this header',
      setMock('ResponseParameters', { 'method.response.header.X-Other': "'1'" }),
    ],
    [unsupported('.IntegrationResponses[0].SelectionPattern'), setMock('SelectionPattern', '2..')],
    [
      '.DomainName: the local emulator supports exactly one base path mapping per domain',
      withDomain((resources) => {
        delete resources['Mapping'];
      }),
    ],
    [
      'Resources.Mapping.Properties.Stage: the local emulator supports only "prod", not "beta"',
      withDomain(set('AWS::ApiGateway::BasePathMapping', '', 'Stage', 'beta')),
    ],
    [
      'EndpointConfiguration: the local emulator supports only {"Types":["REGIONAL"]}, not {"Types":["EDGE"]}',
      withDomain(set('AWS::ApiGateway::DomainName', '', 'EndpointConfiguration', { Types: ['EDGE'] })),
    ],
    [
      '.SecurityPolicy: the local emulator supports only "TLS_1_2", not "TLS_1_0"',
      set('AWS::ApiGateway::RestApi', '', 'SecurityPolicy', 'TLS_1_0'),
    ],
    [unsupported('.EndpointAccessMode'), set('AWS::ApiGateway::RestApi', '', 'EndpointAccessMode', 'STRICT')],
    [
      unsupported('Resources.Domain.Properties.MutualTlsAuthentication'),
      withDomain(set('AWS::ApiGateway::DomainName', '', 'MutualTlsAuthentication', {})),
    ],
    [
      'The function GenerateUrl does not load: environment variable NONCE_TABLE_NAME is not set',
      set(FUNCTION, 'GenerateUrl', 'Environment.Variables.NONCE_TABLE_NAME', undefined),
    ],
  ])('%s', async (message, change) => {
    const assembly = await testAssembly(change);

    await expect(startEmulator({ assembly, port: 0 })).rejects.toThrow(message);
  });
});

describe('the data directory', () => {
  test('keeps links and objects', async () => {
    const dataDirectory = mkdtempSync(join(tmpdir(), 'emulator-data-'));
    let active = '';
    let redeemed = '';
    await withEmulator({ dataDirectory }, async (emulator) => {
      active = new URL(await linkTo(emulator)).search;
      const link = await linkTo(emulator);
      await send(link);
      redeemed = new URL(link).search;
    });
    await withEmulator({ dataDirectory }, async (emulator) => {
      expect((await send(`${emulator.apiEndpoint}access-object${active}`)).status).toBe(302);
      expect((await send(`${emulator.apiEndpoint}access-object${redeemed}`)).status).toBe(403);
    });
    rmSync(dataDirectory, { recursive: true });
  });

  test('is removed on close if it is temporary', async () => {
    const { dataDirectory, close } = await startEmulator({ assembly: await testAssembly(), port: 0 });
    expect(existsSync(dataDirectory)).toBe(true);
    await close();
    expect(existsSync(dataDirectory)).toBe(false);
  });
});
