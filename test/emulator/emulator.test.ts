import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { startEmulator } from '../../emulator/emulator';
import { type MutableResources, resourceNamed, testAssembly } from '../support/assembly';
import { askForLink, linkTo, send } from '../support/http';
import { type RunningEmulator, type RunningEmulatorOptions, runEmulator } from '../support/running-emulator';
import { SettableClock } from '../support/settable-clock';

/** Runs an emulator for as long as `use` takes. */
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

/** Takes an action out of the policies of a function's role. */
function deny(resources: MutableResources, role: string, action: string): void {
  const policy = resourceNamed(resources, 'AWS::IAM::Policy', `${role}RoleDefaultPolicy`);
  const statements: { Action: string | string[] }[] = policy.Properties.PolicyDocument.Statement;
  for (const statement of statements) {
    const actions = [statement.Action].flat().filter((one) => one !== action);
    statement.Action = actions.length === 0 ? 'none:None' : actions;
  }
}

function only(resources: MutableResources, type: string, prefix = ''): MutableResources[string] {
  return resourceNamed(resources, type, prefix);
}

/** The integration response of the click-through page. */
function fixedPage(resources: MutableResources) {
  return only(resources, 'AWS::ApiGateway::Method', 'LinkApiopenlinkGET').Properties.Integration
    .IntegrationResponses[0];
}

describe('the emulator obeys the template', () => {
  test('a redeeming role without DeleteItem opens no link, and says to try again', async () => {
    await withEmulator(
      { change: (resources) => deny(resources, 'AuthorizeAccess', 'dynamodb:DeleteItem') },
      async (emulator) => {
        const opened = await send(await linkTo(emulator));

        expect(opened).toMatchObject({ status: 503, headers: { 'retry-after': '2' } });
        expect(JSON.parse(opened.body)).toMatchObject({ code: 'ServiceUnavailable', status: 503 });
        await emulator.logged('AuthorizeAccess', '"error":"AccessDeniedException"');
      },
    );
  });

  test.each([
    ['dynamodb:PutItem', 503],
    ['s3:ListBucket', 200],
    ['s3:GetObject', 400],
  ])('an issuing role without %s answers %i', async (action, status) => {
    await withEmulator({ change: (resources) => deny(resources, 'GenerateUrl', action) }, async (emulator) => {
      const answer = await askForLink(emulator, { bucket_name: emulator.bucketName, object_name: 'S3.png' });

      expect(answer.status).toBe(status);
    });
  });

  test('an issuing role without ListBucket cannot tell a missing object from a forbidden one', async () => {
    await withEmulator({ change: (resources) => deny(resources, 'GenerateUrl', 's3:ListBucket') }, async (emulator) => {
      const answer = await askForLink(emulator, { bucket_name: emulator.bucketName, object_name: 'missing' });

      expect(answer.status).toBe(400);
      expect(JSON.parse(answer.body).detail).toContain('not for this deployment to read');
    });
  });

  test.each([
    ['authorizer', 'AuthorizeAccess'],
    ['GET', 'LinkApiaccessobjectGETApiPermission'],
  ])('a function that API Gateway may not call as %s fails with 5xx', async (_, prefix) => {
    const change = (resources: MutableResources): void => {
      only(resources, 'AWS::Lambda::Permission', prefix).Properties.SourceArn = 'arn:aws:execute-api:elsewhere';
    };
    await withEmulator({ change }, async (emulator) => {
      expect((await send(await linkTo(emulator))).status).toBe(503);
    });
  });

  test('a route without authorization lets unsigned callers pass', async () => {
    const change = (resources: MutableResources): void => {
      only(resources, 'AWS::ApiGateway::Method', 'LinkApigenerateurlPOST').Properties.AuthorizationType = 'NONE';
    };
    await withEmulator({ change }, async (emulator) => {
      const body = JSON.stringify({ bucket_name: emulator.bucketName, object_name: 'S3.png' });

      expect((await send(`${emulator.apiEndpoint}generate-url`, { method: 'POST', body })).status).toBe(200);
    });
  });

  test('a body that the model refuses reaches the function once the validator is off', async () => {
    const incomplete = { bucket_name: 'b' };
    const change = (resources: MutableResources): void => {
      only(resources, 'AWS::ApiGateway::RequestValidator').Properties.ValidateRequestBody = false;
    };

    await withEmulator({}, async (emulator) => {
      expect(JSON.parse((await askForLink(emulator, incomplete)).body).message).toBe('Invalid request body');
    });
    await withEmulator({ change }, async (emulator) => {
      expect(JSON.parse((await askForLink(emulator, incomplete)).body).detail).toContain('object_name');
    });
  });

  test('the click-through page is the text that the template has, under the headers that it has', async () => {
    const change = (resources: MutableResources): void => {
      fixedPage(resources).ResponseTemplates = { 'text/html': 'Ein anderer Text: größer.' };
      fixedPage(resources).ResponseParameters['method.response.header.Cache-Control'] = "'max-age=60'";
    };
    await withEmulator({ change }, async (emulator) => {
      const page = await send(`${emulator.apiEndpoint}open-link`);

      expect(page).toMatchObject({ status: 200, body: 'Ein anderer Text: größer.' });
      expect(page.headers).toMatchObject({ 'cache-control': 'max-age=60', 'content-type': 'text/html; charset=utf-8' });
    });
  });

  test('links and outputs follow the name of the stage', async () => {
    const change = (resources: MutableResources): void => {
      only(resources, 'AWS::ApiGateway::Stage').Properties.StageName = 'beta';
    };
    await withEmulator({ change }, async (emulator) => {
      expect(emulator.outputs['ApiGatewayEndpoint']).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/beta\/$/);
      const link = await linkTo(emulator);
      expect(link).toContain('/beta/access-object?nonce=');
      expect((await send(link)).status).toBe(302);
    });
  });

  test('a spent link passes again while the authorizer caches its results', async () => {
    const change = (resources: MutableResources): void => {
      only(resources, 'AWS::ApiGateway::Authorizer').Properties.AuthorizerResultTtlInSeconds = 300;
    };
    await withEmulator({ change }, async (emulator) => {
      const link = await linkTo(emulator);

      expect((await send(link)).status).toBe(302);
      expect((await send(link)).status).toBe(302);
    });
  });

  test('callers beyond the throttle of a method get 429 and when to come back', async () => {
    const change = (resources: MutableResources): void => {
      for (const settings of only(resources, 'AWS::ApiGateway::Stage').Properties.MethodSettings) {
        settings.ThrottlingBurstLimit = 2;
        settings.ThrottlingRateLimit = 1;
      }
    };
    const clock = new SettableClock(new Date());
    await withEmulator({ change, clock }, async (emulator) => {
      const link = await linkTo(emulator);
      const answers = [await send(link), await send(link), await send(link)];

      expect(answers.map(({ status }) => status)).toEqual([302, 403, 429]);
      expect(answers[2]?.headers['retry-after']).toBe('1');
      clock.advance(1);
      expect((await send(link)).status).toBe(403);
    });
  });

  test('a version of an object can be pinned where the bucket keeps versions', async () => {
    const change = (resources: MutableResources): void => {
      only(resources, 'AWS::S3::Bucket').Properties.VersioningConfiguration = { Status: 'Enabled' };
    };
    await withEmulator({ change }, async (emulator) => {
      const object = { Bucket: emulator.bucketName, Key: 'report.txt' };
      const { VersionId: first } = await emulator.s3.send(new PutObjectCommand({ ...object, Body: 'first' }));
      await emulator.s3.send(new PutObjectCommand({ ...object, Body: 'second' }));

      const opened = await send(await linkTo(emulator, { object_name: 'report.txt', version_id: first }));

      expect(await (await fetch(String(opened.headers['location']))).text()).toBe('first');
    });
  });

  test('a request by another name than that of this machine is not served: a web page could send it', async () => {
    await withEmulator({}, async (emulator) => {
      for (const endpoint of [emulator.apiEndpoint, emulator.s3Endpoint, emulator.dynamoDbEndpoint]) {
        for (const host of ['rebound.example', 'rebound.example:80', '127.0.0.1.example']) {
          expect((await send(endpoint, { headers: { Host: host } })).status).toBe(421);
        }
      }
    });
  });

  test('of other names, those of the template lead to the API, and to nothing else', async () => {
    await withEmulator({ change: withDomain }, async (emulator) => {
      const statusOf = async (endpoint: string, host: string): Promise<number> =>
        (await send(`${new URL(endpoint).origin}/open-link`, { headers: { Host: host } })).status;

      for (const host of ['links.example.com', 'links.example.com:4580', 'Links.Example.COM']) {
        expect(await statusOf(emulator.apiEndpoint, host)).toBe(200);
        expect(await statusOf(emulator.s3Endpoint, host)).toBe(421);
        expect(await statusOf(emulator.dynamoDbEndpoint, host)).toBe(421);
      }
      for (const host of [
        'example.com',
        'x.links.example.com',
        'links.example.com.rebound.example',
        'linksXexample.com',
      ]) {
        expect(await statusOf(emulator.apiEndpoint, host)).toBe(421);
      }
    });
  });

  test('what is no HTTP request, or too long for one, is a problem like any other', async () => {
    await withEmulator({}, async (emulator) => {
      const tooLong = await send(`${emulator.apiEndpoint}access-object?nonce=${'A'.repeat(20_000)}`);
      const odd = await send(`${emulator.apiEndpoint}access-object`, { headers: { Expect: 'banana' } });

      expect(tooLong.status).toBe(431);
      expect(JSON.parse(tooLong.body)).toMatchObject({ status: 431, code: 'RequestRefused' });
      expect(odd.status).toBe(401);
    });
  });

  test('the API is only as public as the loopback interface', async () => {
    await withEmulator({}, async (emulator) => {
      const { hostname, port } = new URL(emulator.apiEndpoint);
      expect(hostname).toBe('127.0.0.1');
      const others = Object.values(networkInterfaces())
        .flatMap((addresses) => addresses ?? [])
        .filter(({ internal, family }) => !internal && family === 'IPv4');
      for (const { address } of others) {
        await expect(send(`http://${address}:${port}/`)).rejects.toThrow('ECONNREFUSED');
      }
    });
  });
});

/** A domain name that leads to the API. */
function withDomain(resources: MutableResources): void {
  const [[api = ''] = [], [stage = ''] = []] = ['RestApi', 'Stage'].map((type) =>
    Object.keys(resources).filter((id) => resources[id]?.Type === `AWS::ApiGateway::${type}`),
  );
  const endpoint = { Types: ['REGIONAL'] };
  resources['Domain'] = {
    Type: 'AWS::ApiGateway::DomainName',
    Properties: { DomainName: 'links.example.com', EndpointConfiguration: endpoint, SecurityPolicy: 'TLS_1_2' },
  };
  resources['Mapping'] = {
    Type: 'AWS::ApiGateway::BasePathMapping',
    Properties: { DomainName: { Ref: 'Domain' }, RestApiId: { Ref: api }, Stage: { Ref: stage } },
  };
}

describe('the emulator stops at what it does not know', () => {
  test.each<[string, (resources: MutableResources) => void, string]>([
    [
      'a type of resource',
      (resources) => {
        resources['Queue'] = { Type: 'AWS::SQS::Queue', Properties: {} };
      },
      'Resources.Queue: the local emulator does not support AWS::SQS::Queue',
    ],
    [
      'a property of a table',
      (resources) => {
        only(resources, 'AWS::DynamoDB::Table').Properties.StreamSpecification = {};
      },
      '.Properties.StreamSpecification: the local emulator does not support this field',
    ],
    [
      'a rule about the age of objects',
      (resources) => {
        const [rule] = only(resources, 'AWS::S3::Bucket').Properties.LifecycleConfiguration.Rules;
        rule.Transitions = [{ StorageClass: 'GLACIER', TransitionInDays: 1 }];
      },
      '.LifecycleConfiguration.Rules[0].Transitions: the local emulator does not support this field',
    ],
    [
      'a rule for the whole bucket',
      (resources) => {
        const [rule] = only(resources, 'AWS::S3::Bucket').Properties.LifecycleConfiguration.Rules;
        delete rule.Prefix;
      },
      '.LifecycleConfiguration.Rules[0].Prefix: must be a string',
    ],
    [
      'a property of a function',
      (resources) => {
        only(resources, 'AWS::Lambda::Function', 'GenerateUrl').Properties.VpcConfig = {};
      },
      '.Properties.VpcConfig: the local emulator does not support this field',
    ],
    [
      'a runtime',
      (resources) => {
        only(resources, 'AWS::Lambda::Function', 'GenerateUrl').Properties.Runtime = 'python3.13';
      },
      '.Properties.Runtime: the local emulator supports only "nodejs24.x", not "python3.13"',
    ],
    [
      'a kind of integration',
      (resources) => {
        only(resources, 'AWS::ApiGateway::Method', 'LinkApigenerateurlPOST').Properties.Integration.Type = 'HTTP_PROXY';
      },
      '.Properties.Integration.Type: the local emulator does not support HTTP_PROXY',
    ],
    [
      'a condition in a policy',
      (resources) => {
        const policy = only(resources, 'AWS::IAM::Policy', 'AuthorizeAccessRole');
        policy.Properties.PolicyDocument.Statement[0].Condition = { Bool: { 'aws:MultiFactorAuthPresent': 'true' } };
      },
      '.PolicyDocument.Statement[0]: Condition: the local emulator supports only the operator StringEquals',
    ],
    [
      'a variable in the access log',
      (resources) => {
        only(resources, 'AWS::ApiGateway::Stage').Properties.AccessLogSetting.Format = '$context.wafResponseCode';
      },
      'AccessLogSetting.Format: the local emulator does not support $context.wafResponseCode',
    ],
    [
      'the user agent as it was sent in the access log, which AWS escapes or does not',
      (resources) => {
        only(resources, 'AWS::ApiGateway::Stage').Properties.AccessLogSetting.Format = '$context.identity.userAgent';
      },
      'AccessLogSetting.Format: the local emulator does not support $context.identity.userAgent',
    ],
    [
      'a function with a log of another format',
      (resources) => {
        only(resources, 'AWS::Lambda::Function', 'GenerateUrl').Properties.LoggingConfig.LogFormat = 'Text';
      },
      '.LoggingConfig.LogFormat: the local emulator supports only "JSON", not "Text"',
    ],
    [
      'a mapping template',
      (resources) => {
        const head = only(resources, 'AWS::ApiGateway::Method', 'LinkApiaccessobjectHEAD');
        head.Properties.Integration.RequestTemplates['application/json'] = '#set($x = 1)';
      },
      '.Integration.RequestTemplates: the local emulator supports only {"statusCode": 200}',
    ],
    ...['<p>$context.requestId</p>', '<p>#set($x = 1)</p>', '<a href="#">'].map(
      (text): [string, (resources: MutableResources) => void, string] => [
        `a response template that could be VTL: ${text}`,
        (resources) => {
          fixedPage(resources).ResponseTemplates = { 'text/html': text };
        },
        '.ResponseTemplates: the local emulator supports one text without $ and # (no VTL)',
      ],
    ),
    [
      'a choice of response templates',
      (resources) => {
        fixedPage(resources).ResponseTemplates['application/json'] = '{}';
      },
      '.ResponseTemplates: the local emulator supports one text without $ and # (no VTL)',
    ],
    [
      'a response template of one media type under a header of another',
      (resources) => {
        fixedPage(resources).ResponseParameters['method.response.header.Content-Type'] = "'text/plain'";
      },
      '.ResponseTemplates: the local emulator supports only a Content-Type header of text/html here',
    ],
    [
      'a header that the method response does not declare, which AWS would not deploy',
      (resources) => {
        fixedPage(resources).ResponseParameters['method.response.header.X-Other'] = "'1'";
      },
      '.ResponseParameters.method.response.header.X-Other: the method response does not declare this header',
    ],
    [
      'a pattern that selects an integration response',
      (resources) => {
        fixedPage(resources).SelectionPattern = '2..';
      },
      '.IntegrationResponses[0].SelectionPattern: the local emulator does not support this field',
    ],
    [
      'a managed policy on a role of ours',
      (resources) => {
        only(resources, 'AWS::IAM::Role', 'GenerateUrlRole').Properties.ManagedPolicyArns = [
          'arn:aws:iam::aws:policy/x',
        ];
      },
      '.Properties.ManagedPolicyArns: the local emulator does not support this field',
    ],
    [
      'a condition in a policy for callers',
      (resources) => {
        const policy = only(resources, 'AWS::IAM::ManagedPolicy', 'LinkPoliciesIssuer');
        policy.Properties.PolicyDocument.Statement[0].Condition = {};
      },
      '.PolicyDocument.Statement[0]: Condition: the local emulator supports only the operator StringEquals',
    ],
    [
      'a domain name that leads nowhere',
      (resources) => {
        withDomain(resources);
        delete resources['Mapping'];
      },
      'Resources.Domain.Properties.DomainName: the local emulator supports exactly one base path mapping per domain',
    ],
    [
      'a domain name that leads to another stage',
      (resources) => {
        withDomain(resources);
        only(resources, 'AWS::ApiGateway::BasePathMapping').Properties.Stage = 'beta';
      },
      'Resources.Mapping.Properties.Stage: the local emulator supports only "prod", not "beta"',
    ],
    [
      'a domain name at the edge',
      (resources) => {
        withDomain(resources);
        only(resources, 'AWS::ApiGateway::DomainName').Properties.EndpointConfiguration = { Types: ['EDGE'] };
      },
      'EndpointConfiguration: the local emulator supports only {"Types":["REGIONAL"]}, not {"Types":["EDGE"]}',
    ],
    [
      'clients that must show a certificate',
      (resources) => {
        withDomain(resources);
        only(resources, 'AWS::ApiGateway::DomainName').Properties.MutualTlsAuthentication = {};
      },
      'Resources.Domain.Properties.MutualTlsAuthentication: the local emulator does not support this field',
    ],
    [
      'a function that is not there',
      (resources) => {
        const method = only(resources, 'AWS::ApiGateway::Method', 'LinkApigenerateurlPOST');
        method.Properties.Integration.Uri =
          'arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/arn:aws:lambda:gone/invocations';
      },
      'Resources: the API refers to arn:aws:lambda:gone, which is not in the template',
    ],
  ])('%s', async (_, change, message) => {
    const assembly = await testAssembly(change);

    await expect(startEmulator({ assembly, port: 0 })).rejects.toThrow(message);
  });

  test('a function whose bundle does not load', async () => {
    const assembly = await testAssembly((resources) => {
      const { Variables: variables } = only(resources, 'AWS::Lambda::Function', 'GenerateUrl').Properties.Environment;
      delete variables.NONCE_TABLE_NAME;
    });

    await expect(startEmulator({ assembly, port: 0 })).rejects.toThrow(
      'The function GenerateUrl does not load: environment variable NONCE_TABLE_NAME is not set',
    );
  });
});

describe('what the emulator keeps', () => {
  test('links and objects outlive it in the data directory', async () => {
    const dataDirectory = mkdtempSync(join(tmpdir(), 'emulator-data-'));
    const links: { open?: string; spent?: string } = {};
    try {
      await withEmulator({ dataDirectory }, async (emulator) => {
        const { pathname: open, search } = new URL(await linkTo(emulator));
        const spent = new URL(await linkTo(emulator));
        await send(spent.href);
        Object.assign(links, { open: open.slice(6) + search, spent: spent.pathname.slice(6) + spent.search });
      });
      await withEmulator({ dataDirectory }, async (emulator) => {
        expect((await send(`${emulator.apiEndpoint}${links.open}`)).status).toBe(302);
        expect((await send(`${emulator.apiEndpoint}${links.spent}`)).status).toBe(403);
      });
    } finally {
      rmSync(dataDirectory, { recursive: true });
    }
  });

  test('without one, nothing is left when it ends', async () => {
    const directories: string[] = [];
    await withEmulator({}, async (emulator) => {
      await linkTo(emulator);
      directories.push(emulator.dataDirectory);
      expect(existsSync(emulator.dataDirectory)).toBe(true);
    });
    expect(directories.map((directory) => existsSync(directory))).toEqual([false]);
  });
});
