import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { App } from 'aws-cdk-lib';
import { Annotations, Match } from 'aws-cdk-lib/assertions';
import { MAX_STORED_URL_SECONDS } from '../../../lambda/contract';
import { OPTION_NAMES, readConfig, refuseMisplacedOptions } from '../../../lib/options/options';
import { COMBINATIONS } from '../../support/option-combinations';
import { type Options, stackWith, templateWith } from '../../support/synthesised';
import {
  defaultTemplate,
  idsWhere,
  propertiesOf,
  type RawTemplate,
  type ReadableResources,
  resourcesOf,
} from '../support/template';

const DEFAULTS = {
  ownBucket: true,
  sharedBuckets: [],
  retainData: false,
  maxLinkLifetimeSeconds: 604_800,
  signOnOpen: true,
  openedUrlLifetimeSeconds: 60,
  logRetentionDays: 30,
  issuerRoleArns: [],
  managerRoleArns: [],
  throttles: {
    issue: { ratePerSecond: 100, burst: 200 },
    open: { ratePerSecond: 1000, burst: 2000 },
    manage: { ratePerSecond: 100, burst: 200 },
    page: { ratePerSecond: 1000, burst: 2000 },
    head: { ratePerSecond: 100, burst: 200 },
  },
};
const RETAIN_DATA_ADVICE = 'context value retainData must be true or false, for example: -c retainData=true';
const BASE_URL_ADVICE =
  'context value publicBaseUrl must be an https URL without query and trailing slash, ' +
  'for example: -c publicBaseUrl=https://links.example.com/share';

describe('reading the options', () => {
  test('without any, data goes with the stack, links start with the address of the request and last a week at most', () => {
    expect(config({})).toEqual(DEFAULTS);
  });

  test.each([
    ['true', true],
    [true, true],
    ['false', false],
    [false, false],
  ])('retainData is understood from the command line and from cdk.json alike (%j)', (value, retainData) => {
    expect(config({ retainData: value })).toEqual({ ...DEFAULTS, retainData });
  });

  test.each([['yes'], ['TRUE'], ['True '], ['1'], [''], [1], [0], [null], [{}], [['true']]])(
    'retainData %j is refused with what to write instead, and not taken for either',
    (value) => {
      expect(() => config({ retainData: value })).toThrow(new Error(RETAIN_DATA_ADVICE));
    },
  );

  test.each([
    ['https://links.example.com'],
    ['https://links.example.com/share'],
    ['https://links.example.com/a/b'],
    ['https://links.example.com:8443/share'],
    ['https://xn--bcher-kva.example'],
    ['https://cdn.example.com/links'],
  ])('publicBaseUrl %s is taken as it is', (value) => {
    expect(config({ publicBaseUrl: value })).toEqual({ ...DEFAULTS, publicBaseUrl: value });
  });

  test.each([
    ['without encryption', 'http://links.example.com'],
    ['of another scheme', 'ftp://links.example.com'],
    ['without scheme', 'links.example.com/share'],
    ['without host', 'https://'],
    ['with a trailing slash', 'https://links.example.com/'],
    ['with a trailing slash after its path', 'https://links.example.com/share/'],
    ['with trailing slashes', 'https://links.example.com//'],
    ['with a query', 'https://links.example.com/share?nonce='],
    ['with an empty query', 'https://links.example.com/share?'],
    ['with a fragment', 'https://links.example.com/share#nonce'],
    ['with a user', 'https://me@links.example.com'],
    ['with a password', 'https://me:secret@links.example.com'],
    ['with the port that https has anyway', 'https://links.example.com:443'],
    ['in capitals', 'https://Links.example.com'],
    ['with white space around it', ' https://links.example.com '],
    ['with characters that a URL has to escape', 'https://links.example.com/our links'],
    ['with path segments that a browser would resolve', 'https://links.example.com/a/../b'],
    ['that is empty', ''],
    ['that is null', null],
    ['that is true', true],
    ['that is a number', 443],
    ['that is a list', ['https://links.example.com']],
  ])('a publicBaseUrl %s is refused with what to write instead', (_what, value) => {
    expect(() => config({ publicBaseUrl: value })).toThrow(new Error(BASE_URL_ADVICE));
  });
});

describe.each([
  ['maxLinkLifetimeSeconds', 1, 2_592_000, 604_800],
  ['openedUrlLifetimeSeconds', 5, 900, 60],
])('reading %s', (name, least, most, byDefault) => {
  test.each([least, most, String(least), String(most)])('%j is taken', (value) => {
    expect(config({ [name]: value })).toEqual({ ...DEFAULTS, [name]: Number(value) });
  });

  test.each([least - 1, most + 1, String(most + 1), -60, 60.5, '60.5', '1e2', '60s', ' 60', '', null, true, [60]])(
    '%j is refused with what to write instead',
    (value) => {
      expect(() => config({ [name]: value })).toThrow(
        new Error(
          `context value ${name} must be a whole number of seconds from ${least} to ${most}, ` +
            `for example: -c ${name}=${byDefault}`,
        ),
      );
    },
  );
});

describe('reading redirectReservedConcurrency', () => {
  test.each([20, '200', 100_000])('%j is taken', (value) => {
    expect(config({ redirectReservedConcurrency: value })).toEqual({
      ...DEFAULTS,
      redirectReservedConcurrency: Number(value),
    });
  });
});

describe('reading stackName', () => {
  test('a stack with a name of its own stands beside another: its alarms, metrics and queries have its name', () => {
    const resources = resourcesOf(templateWith({ stackName: 'links-staging' }));
    const of = (type: string, property: string): readonly string[] =>
      Object.values(propertiesOf(resources, type)).map((properties) => String(properties[property]));

    const namespaces = propertiesOf(resources, 'AWS::Logs::MetricFilter');
    expect(
      new Set(Object.values(namespaces).map((filter) => JSON.stringify(filter).match(/OneTimeLinks[^"]*/)?.[0])),
    ).toEqual(new Set(['OneTimeLinks/links-staging']));
    expect(of('AWS::CloudWatch::Alarm', 'AlarmName')).toContain('links-staging-server-errors');
    expect(of('AWS::CloudWatch::Alarm', 'AlarmName').filter((name) => !name.startsWith('links-staging-'))).toEqual([]);
    expect(of('AWS::CloudWatch::Dashboard', 'DashboardName')).toEqual(['links-staging-links']);
    expect(of('AWS::Logs::QueryDefinition', 'Name')).toContain('OneTimeLinks/links-staging/link-history');
    expect(
      of('AWS::Logs::QueryDefinition', 'Name').filter((name) => !name.startsWith('OneTimeLinks/links-staging/')),
    ).toEqual([]);
  });
});

test('the longest stack name is one that the topic of the alarms can show', () => {
  const stackName = 'l'.repeat(84);
  const [topic] = Object.values(propertiesOf(resourcesOf(templateWith({ stackName })), 'AWS::SNS::Topic'));
  // https://docs.aws.amazon.com/sns/latest/api/API_CreateTopic.html
  expect(String(topic?.['DisplayName'])).toHaveLength(100);
});

test('without signing on opening, links live for as long as a URL that is signed beforehand', () => {
  expect(() => config({ signOnOpen: false, maxLinkLifetimeSeconds: MAX_STORED_URL_SECONDS })).not.toThrow();
  expect(() => config({ signOnOpen: false, maxLinkLifetimeSeconds: MAX_STORED_URL_SECONDS + 1 })).toThrow();
});

describe('logs that are kept for less than links live', () => {
  // The CDK prints what it warns of.
  beforeEach(() => jest.spyOn(console, 'error').mockImplementation());
  afterEach(() => jest.restoreAllMocks());

  test.each([
    [{ logRetentionDays: '5' }, /logRetentionDays is 5, and links may live for 7 days/],
    [{ logRetentionDays: '14', maxLinkLifetimeSeconds: '2592000' }, /links may live for 30 days/],
  ])('are warned of: %j', (options, warning) => {
    Annotations.fromStack(stackWith(options)).hasWarning('*', Match.stringLikeRegexp(warning.source));
  });

  test.each([
    {},
    { logRetentionDays: '7' },
    { logRetentionDays: '1', maxLinkLifetimeSeconds: '86400' },
    { logRetentionDays: '1', signOnOpen: 'false' },
  ])('are not warned of: %j', (options) => {
    Annotations.fromStack(stackWith(options)).hasNoWarning('*', Match.stringLikeRegexp('logRetentionDays'));
  });
});

describe('a context value that is no option', () => {
  test.each([
    ['retaindata', 'retainData'],
    ['retain_data', 'retainData'],
    ['retain-data', 'retainData'],
    ['retainData2', 'retainData'],
    ['retainData ', 'retainData'],
    ['alarm_email', 'alarmEmail'],
    ['sharedBucket', `one of ${OPTION_NAMES.join(', ')}`],
    ['bucket/name', `one of ${OPTION_NAMES.join(', ')}`],
  ])('%j is refused, with what may have been meant', (name, advice) => {
    expect(() => config({ [name]: 'true' })).toThrow(new Error(`context value ${name} is no option: write ${advice}`));
  });

  test.each(['@aws-cdk/core:target', 'aws:cdk:any', 'availability-zones:account=1', 'cli-telemetry'])(
    '%s is the toolkit’s',
    (name) => {
      expect(config({ [name]: 'true' })).toEqual(DEFAULTS);
    },
  );

  test('an option beside the context in cdk.json is refused: nobody would read it', () => {
    expect(() => refuseMisplacedOptions({ app: 'node bin/app.js', context: {}, retainData: true })).toThrow(
      new Error('context value retainData is at the top of cdk.json, where nobody reads it: write it below "context"'),
    );
    expect(() => refuseMisplacedOptions({ app: 'node bin/app.js', context: { retainData: true } })).not.toThrow();
  });

  test('every option is in the table of the README, and nothing else is', () => {
    const readme = readFileSync(join(__dirname, '..', '..', '..', 'README.md'), 'utf8');
    const table = readme.slice(readme.indexOf('## Configuration')).split('\n## ')[0] ?? '';
    const rows = table.split('\n').flatMap((line) => (line.startsWith('| `') ? [line.split(' | ')[0] ?? ''] : []));
    const named = rows.flatMap((cell) => [...cell.matchAll(/`(\w+)`/g)].map(([, name]) => name ?? ''));
    expect(named.sort()).toEqual([...OPTION_NAMES].sort());
  });
});

describe('reading signOnOpen', () => {
  test.each([true, false, 'true', 'false'])('%j is taken', (value) => {
    expect(config({ signOnOpen: value })).toEqual({ ...DEFAULTS, signOnOpen: String(value) === 'true' });
  });

  test.each(['no', 'FALSE', '', 0, null])('%j is refused, and not taken for either', (value) => {
    expect(() => config({ signOnOpen: value })).toThrow(
      new Error('context value signOnOpen must be true or false, for example: -c signOnOpen=false'),
    );
  });
});

describe('reading logRetentionDays', () => {
  test.each([1, 30, 90, 400, 3653, '1', '90', '3653'])('%j is taken', (value) => {
    expect(config({ logRetentionDays: value })).toEqual({ ...DEFAULTS, logRetentionDays: Number(value) });
  });

  test.each([0, 2, 31, 365.25, 9999, '9999', '-1', '30 days', '', ' 30', 'never', null, true, [30]])(
    '%j is refused with what to write instead: CloudWatch would, or would keep logs forever',
    (value) => {
      expect(() => config({ logRetentionDays: value })).toThrow(
        new Error(
          'context value logRetentionDays must be one of the numbers of days that CloudWatch Logs knows ' +
            '(1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653), ' +
            'for example: -c logRetentionDays=90',
        ),
      );
    },
  );
});

describe('reading alarmEmail', () => {
  test.each(['oncall@example.com', 'on.call+links@mail.example.co.uk', 'o@xn--bcher-kva.example'])(
    '%s is taken',
    (value) => {
      expect(config({ alarmEmail: value })).toEqual({ ...DEFAULTS, alarmEmail: value });
    },
  );

  test.each([
    '',
    'oncall',
    'oncall@example',
    '@example.com',
    'oncall@',
    'oncall@example.com,',
    'a@example.com, b@example.com',
    'On call <oncall@example.com>',
    'mailto:oncall@example.com',
    'öncall@example.com',
    'oncall(prod)@example.com',
    'oncall@10.0.0.1',
    `oncall@\${domain}`,
    'oncall@@example.com',
    'oncall@example.com@example.org',
    'oncall@.example.com',
    'on..call@example.com',
    'oncall.@example.com',
    ' oncall@example.com',
    null,
    true,
    ['oncall@example.com'],
  ])('%j is refused with what to write instead', (value) => {
    expect(() => config({ alarmEmail: value })).toThrow(
      new Error(
        'context value alarmEmail must be one e-mail address without a name, for example: -c alarmEmail=oncall@example.com',
      ),
    );
  });
});

test('docs/options.md has the throttles as they are by default', () => {
  const text = readFileSync(join(__dirname, '..', '..', '..', 'docs', 'options.md'), 'utf8');
  const rows = text.matchAll(/^\| `(\w+)` \| .* \| (\d+) \| (\d+) \|$/gm);
  const documented = [...rows].map(([, name, rate, burst]) => [
    name,
    { ratePerSecond: Number(rate), burst: Number(burst) },
  ]);
  expect(Object.fromEntries(documented)).toEqual(DEFAULTS.throttles);
});

describe.each(COMBINATIONS)('the stack %s', (_name, options) => {
  test('leaves behind what retainData keeps, and the role for logs, when it is destroyed; all else goes', () => {
    const resources = resourcesOf(templateWith(options));
    const left = idsWhere(resources, ({ DeletionPolicy = 'Delete' }) => DeletionPolicy !== 'Delete');
    const ownBucket = options['ownBucket'] !== false;
    const kept = ['LinkStoreTable', ...(ownBucket ? ['SharedBucket', 'SharedBucketPolicy'] : [])];
    expect(left).toEqual(['LinkApiAccount', 'LinkApiCloudWatchRole', ...(options['retainData'] ? kept : [])]);
    const logs = idsWhere(resources, ({ Type }) => Type === 'AWS::Logs::LogGroup');
    expect(idsWhere(resources, ({ DeletionPolicy }) => DeletionPolicy === 'Delete')).toEqual(
      expect.arrayContaining(logs),
    );
  });
});

describe('the stack', () => {
  const byDefault = templateWith({});

  test('is by default what the suites and the local emulator run on', () => {
    expect(withoutCode(resourcesOf(byDefault))).toEqual(withoutCode(resourcesOf(defaultTemplate())));
  });

  describe('with retainData', () => {
    const template = templateWith({ retainData: 'true' });
    const resources = resourcesOf(template);

    test('keeps the bucket, what protects it, and the table when it is destroyed or replaced', () => {
      const kept = idsWhere(
        resources,
        ({ DeletionPolicy, UpdateReplacePolicy }) => DeletionPolicy === 'Retain' && UpdateReplacePolicy === 'Retain',
      );
      expect(kept).toEqual([
        'LinkApiAccount',
        'LinkApiCloudWatchRole',
        'LinkStoreTable',
        'SharedBucket',
        'SharedBucketPolicy',
      ]);
    });

    test('protects the table from deletion by hand', () => {
      expect(resources['LinkStoreTable']?.Properties).toMatchObject({ DeletionProtectionEnabled: true });
    });

    test('has nothing that could empty the bucket', () => {
      expect(propertiesOf(resources, 'Custom::S3AutoDeleteObjects')).toEqual({});
      expect(JSON.stringify(resources)).not.toContain('AutoDeleteObjects');
      expect(JSON.stringify(resources)).not.toContain('aws-cdk:auto-delete-objects');
      expect(propertiesOf(resources, 'AWS::S3::BucketPolicy')['SharedBucketPolicy']).toMatchObject({
        PolicyDocument: { Statement: [{ Effect: 'Deny' }] },
      });
    });

    test('has the same bucket and the same table as without it, so that it can be switched', () => {
      const stateful = (from: RawTemplate): string[] =>
        Object.keys(from.Resources).filter((id) => /^(SharedBucket|LinkStoreTable)[0-9A-F]{8}$/.test(id));
      expect(stateful(template)).toHaveLength(2);
      expect(stateful(template)).toEqual(stateful(byDefault));
    });
  });

  describe('with publicBaseUrl', () => {
    const resources = resourcesOf(templateWith({ publicBaseUrl: 'https://links.example.com/share' }));

    test('tells it to the function that makes links, and changes nothing else', () => {
      const expected = structuredClone(resourcesOf(byDefault)) as Record<string, (typeof resources)[string]>;
      variablesOf(expected, 'GenerateUrl')['PUBLIC_BASE_URL'] = 'https://links.example.com/share';
      expect(resources).toEqual(expected);
    });
  });

  describe('with lifetimes of its own', () => {
    const resources = resourcesOf(templateWith({ maxLinkLifetimeSeconds: '86400', openedUrlLifetimeSeconds: '300' }));

    test('tells them to the functions that go by them, and changes nothing else', () => {
      const expected = structuredClone(resourcesOf(byDefault)) as Record<string, (typeof resources)[string]>;
      variablesOf(expected, 'GenerateUrl')['MAX_LINK_LIFETIME_SECONDS'] = '86400';
      for (const id of ['GenerateUrl', 'AccessObject']) {
        variablesOf(expected, id)['OPENED_URL_LIFETIME_SECONDS'] = '300';
      }
      expect(resources).toEqual(expected);
    });
  });

  describe('with executions reserved for the redirect', () => {
    const resources = resourcesOf(templateWith({ redirectReservedConcurrency: '200' }));

    test('keeps them for that function, and changes nothing else', () => {
      const expected = structuredClone(resourcesOf(byDefault));
      const functions = propertiesOf(expected, 'AWS::Lambda::Function');
      Object.assign(functions['AccessObject'] ?? {}, { ReservedConcurrentExecutions: 200 });
      expect(resources).toEqual(expected);
    });
  });

  describe('with logs that are kept for longer', () => {
    const resources = resourcesOf(templateWith({ logRetentionDays: '400' }));

    test('keeps every one of them so, and changes nothing else', () => {
      const expected = structuredClone(resourcesOf(byDefault));
      const logGroups = Object.values(propertiesOf(expected, 'AWS::Logs::LogGroup'));
      expect(logGroups).toHaveLength(7);
      for (const properties of logGroups) {
        properties['RetentionInDays'] = 400;
      }
      expect(resources).toEqual(expected);
    });
  });

  describe('with somebody to write to', () => {
    const resources = resourcesOf(templateWith({ alarmEmail: 'oncall@example.com' }));

    test('tells them of every alarm, and changes nothing else', () => {
      const { MonitoringAlarmTopiconcallexamplecom: subscription, ...others } = resources;
      expect(subscription).toMatchObject({
        Type: 'AWS::SNS::Subscription',
        Properties: { Protocol: 'email', Endpoint: 'oncall@example.com', TopicArn: '<MonitoringAlarmTopic>' },
      });
      expect(others).toEqual(resourcesOf(byDefault));
    });
  });

  describe('with throttles', () => {
    const throttles = {
      issue: { ratePerSecond: 1, burst: 2 },
      open: { ratePerSecond: '3', burst: '4' },
      manage: { burst: 9 },
      page: { ratePerSecond: 5 },
      head: { burst: 8 },
    };
    const resources = resourcesOf(templateWith({ throttles: JSON.stringify(throttles) }));

    test('sets each method to its own, and the alarm of too many requests; leaves all else as it is', () => {
      const expected = structuredClone(resourcesOf(byDefault)) as Record<string, (typeof resources)[string]>;
      const limits: Readonly<Record<string, readonly [rate: number, burst: number]>> = {
        'POST /~1generate-url': [1, 2],
        'GET /~1access-object': [3, 4],
        'POST /~1access-object': [3, 4],
        'HEAD /~1access-object': [100, 8],
        'GET /~1open-link': [5, 2000],
        'HEAD /~1open-link': [100, 8],
        'GET /~1links~1{link_id}': [100, 9],
        'DELETE /~1links~1{link_id}': [100, 9],
      };
      for (const settings of methodSettingsOf(expected)) {
        const [rate, burst] = limits[`${settings['HttpMethod']} ${settings['ResourcePath']}`] ?? [];
        Object.assign(settings, rate && { ThrottlingRateLimit: rate, ThrottlingBurstLimit: burst });
      }
      const alarm = expected['MonitoringAlarmrequestsurge']?.Properties;
      Object.assign(alarm ?? {}, { Threshold: 3000 });
      expect(resources).toEqual(expected);
    });

    test('raises the alarm of too many requests with the throttle', () => {
      const raised = resourcesOf(templateWith({ throttles: { open: { ratePerSecond: 5000 } } }));
      expect(raised['MonitoringAlarmrequestsurge']?.Properties).toMatchObject({ Threshold: 300_000 });
    });
  });

  describe('with a web ACL', () => {
    const webAclArn = 'arn:aws:wafv2:eu-west-1:123456789012:regional/webacl/links/1234abcd-12ab-34cd-56ef-1234567890ab';
    const target = { account: '123456789012', region: 'eu-west-1' };
    const resources = resourcesOf(templateWith({ webAclArn }, target));

    test('puts the stage behind it, and changes nothing else', () => {
      const { LinkApiWebAcl, ...others } = resources;
      expect(LinkApiWebAcl).toMatchObject({
        Type: 'AWS::WAFv2::WebACLAssociation',
        Properties: {
          WebACLArn: webAclArn,
          ResourceArn:
            'arn:<AWS::Partition>:apigateway:<AWS::Region>::/restapis/<LinkApi>/stages/<LinkApiDeploymentStageprod>',
        },
      });
      expect(others).toEqual(resourcesOf(byDefault));
    });
  });

  describe('without signing on opening', () => {
    const resources = resourcesOf(templateWith({ signOnOpen: 'false' }));

    test('lets the function that opens links do nothing but write its log', () => {
      expect(resources['AccessObject']?.Properties).not.toHaveProperty('Environment');
      expect(resources['AccessObjectRoleDefaultPolicy']?.Properties).toMatchObject({
        PolicyDocument: { Statement: [{ Action: ['logs:CreateLogStream', 'logs:PutLogEvents'] }] },
      });
      expect(JSON.stringify(resources['AccessObjectRoleDefaultPolicy'])).not.toContain('s3:');
    });

    test('tells nobody how long URLs live that are signed so', () => {
      expect(variablesOf(resources, 'GenerateUrl')).not.toHaveProperty('OPENED_URL_LIFETIME_SECONDS');
    });
  });
});

/** The environment of a function. */
function variablesOf(resources: ReadableResources, id: string): Record<string, string> {
  const properties: Readonly<Record<string, unknown>> = resources[id]?.Properties ?? {};
  return (properties['Environment'] as { readonly Variables: Record<string, string> }).Variables;
}

/** What the stage says of each method. */
function methodSettingsOf(resources: ReadableResources): readonly Record<string, unknown>[] {
  return resources['LinkApiDeploymentStageprod']?.Properties['MethodSettings'] as Record<string, unknown>[];
}

function config(context: Options): unknown {
  return readConfig(new App({ context: { ...context } }).node);
}

/** Leaves out what differs where bundling is skipped, and the toolkit's own resource. */
function withoutCode(resources: ReadableResources): unknown {
  const ours = Object.entries(resources).filter(([id]) => id !== 'CDKMetadata');
  return Object.fromEntries(
    ours.map(([id, { Type, Properties, DependsOn }]) => [
      id,
      { Type, Properties: { ...Properties, Code: null }, DependsOn },
    ]),
  );
}
