import {
  type CallContext,
  decide,
  describeDenial,
  isAllowed,
  matchesPattern,
  parseStatement,
} from '../../../emulator/iam/policy';

const ALLOW_ALL = { Effect: 'Allow', Action: '*', Resource: '*' };
const TABLE = 'arn:aws:dynamodb:us-east-1:123456789012:table/links';

describe('parseStatement', () => {
  test('parses single strings and lists', () => {
    const statement = { Sid: 'One', Effect: 'Allow', Action: 'dynamodb:PutItem', Resource: [TABLE, '*'] };
    expect(parseStatement(statement, 'Role')).toEqual({
      effect: 'Allow',
      actions: ['dynamodb:PutItem'],
      resources: [TABLE, '*'],
    });
  });

  test.each(['NotAction', 'NotResource', 'Principal'])('refuses %s with its path', (element) => {
    const statement = { Effect: 'Allow', Action: '*', Resource: '*', [element]: {} };
    expect(() => parseStatement(statement, 'Resources.Role.Policy[0]')).toThrow(
      new RegExp(`^Resources\\.Role\\.Policy\\[0\\].*${element}`),
    );
  });

  const ALL = ALLOW_ALL;
  const UPDATE = { ...ALL, Action: 'dynamodb:UpdateItem' };
  const LEADING_KEYS = { 'dynamodb:LeadingKeys': 'upload-quota/*' };
  test.each([
    ['an unresolved reference', { ...ALL, Resource: { 'Fn::GetAtt': ['B', 'Arn'] } }],
    ['a policy variable', { ...ALL, Resource: `arn:aws:s3:::b/\${aws:username}` }],
    ['a resource that is not an ARN', { ...ALL, Resource: 'bucket' }],
    ['an action without a service', { ...ALL, Action: 'GetObject' }],
    ['an empty list of actions', { ...ALL, Action: [] }],
    ['an unknown effect', { ...ALL, Effect: 'allow' }],
    ['no resource', { Effect: 'Allow', Action: '*' }],
    ['a string', 'Allow'],
    ['a condition that is not an object', { ...ALL, Condition: 'StringEquals' }],
    ['an empty condition', { ...ALL, Condition: {} }],
    ['another operator', { ...ALL, Condition: { ArnLike: { 'kms:EncryptionContext:aws:s3:arn': 'arn:a' } } }],
    [
      'a wildcard that StringEquals would not match',
      { ...ALL, Condition: { StringEquals: { 's3:prefix': 'shared*' } } },
    ],
    ['an empty pattern', { ...ALL, Condition: { StringLike: { 's3:prefix': '' } } }],
    ['a policy variable in a pattern', { ...ALL, Condition: { StringLike: { 's3:prefix': `\${aws:username}/*` } } }],
    ['a list of values for an operator of one value', { ...UPDATE, Condition: { StringLike: LEADING_KEYS } }],
    ['one value for an operator of a list', { ...ALL, Condition: { 'ForAllValues:StringLike': { 's3:prefix': 'a' } } }],
    [
      'dynamodb:LeadingKeys for a query',
      { ...UPDATE, Action: 'dynamodb:Query', Condition: { 'ForAllValues:StringLike': LEADING_KEYS } },
    ],
    ['another condition key', { ...ALL, Condition: { StringEquals: { 'aws:SourceIp': '127.0.0.1' } } }],
    [
      'a policy variable in a condition',
      { ...ALL, Condition: { StringEquals: { 's3:ResourceAccount': `\${aws:PrincipalAccount}` } } },
    ],
  ])('refuses %s', (_, statement) => {
    expect(() => parseStatement(statement, 'Policy')).toThrow(/^Policy/);
  });
});

describe('isAllowed', () => {
  const statements = [
    parseStatement({ Effect: 'Allow', Action: 'dynamodb:*Item', Resource: TABLE }, 'a'),
    parseStatement({ Effect: 'Deny', Action: 'dynamodb:PutItem', Resource: '*' }, 'b'),
  ];

  test('allows what a statement allows', () => {
    expect(isAllowed(statements, 'dynamodb:DeleteItem', TABLE)).toBe(true);
  });

  test('an explicit deny wins over an allow', () => {
    expect(decide(statements, 'dynamodb:PutItem', TABLE)).toBe('explicit-deny');
    expect(isAllowed(statements, 'dynamodb:PutItem', TABLE)).toBe(false);
  });

  test('denies by default', () => {
    expect(decide(statements, 'dynamodb:Scan', TABLE)).toBe('implicit-deny');
    expect(isAllowed(statements, 'dynamodb:DeleteItem', `${TABLE}2`)).toBe(false);
    expect(isAllowed([], 'dynamodb:DeleteItem', TABLE)).toBe(false);
  });

  test('a condition matches if every key has one of its values', () => {
    const StringEquals = { 's3:ResourceAccount': ['123456789012', '210987654321'], 'kms:ViaService': 's3.eu-west-1.a' };
    const conditional = [
      parseStatement({ Effect: 'Allow', Action: '*', Resource: '*', Condition: { StringEquals } }, 'c'),
    ];
    const context = { 's3:ResourceAccount': '210987654321', 'kms:ViaService': 's3.eu-west-1.a' };

    expect(isAllowed(conditional, 's3:GetObject', TABLE, context)).toBe(true);
    expect(isAllowed(conditional, 's3:GetObject', TABLE, { ...context, 's3:ResourceAccount': '111111111111' })).toBe(
      false,
    );
    expect(isAllowed(conditional, 's3:GetObject', TABLE, { 's3:ResourceAccount': '210987654321' })).toBe(false);
    expect(isAllowed(conditional, 's3:GetObject', TABLE)).toBe(false);
  });

  test('StringLike matches wildcards, StringEquals does not', () => {
    const [key, bucket] = ['kms:EncryptionContext:aws:s3:arn', 'arn:aws:s3:::scans'];
    const Condition = { StringLike: { [key]: [bucket, `${bucket}/*`] }, StringEquals: { 'kms:ViaService': 's3' } };
    const conditional = [parseStatement({ Effect: 'Allow', Action: '*', Resource: '*', Condition }, 'd')];
    const decrypts = (context: object): boolean => isAllowed(conditional, 'kms:Decrypt', 'arn:key', { ...context });

    expect(decrypts({ [key]: bucket, 'kms:ViaService': 's3' })).toBe(true);
    expect(decrypts({ [key]: `${bucket}/2026/1.txt`, 'kms:ViaService': 's3' })).toBe(true);
    expect(decrypts({ [key]: `${bucket}-old/1.txt`, 'kms:ViaService': 's3' })).toBe(false);
    expect(decrypts({ [key]: bucket, 'kms:ViaService': 's3.us-east-1' })).toBe(false);
    expect(decrypts({ 'kms:ViaService': 's3' })).toBe(false);
  });

  test('s3:prefix limits a listing to a folder; without a prefix, the condition does not match', () => {
    const Condition = { StringLike: { 's3:prefix': 'shared/*' } };
    const conditional = [parseStatement({ Effect: 'Allow', Action: 's3:ListBucket', Resource: '*', Condition }, 'e')];
    const lists = (context?: CallContext): boolean => isAllowed(conditional, 's3:ListBucket', 'arn:b', context);

    expect(lists({ 's3:prefix': 'shared/' })).toBe(true);
    expect(lists({ 's3:prefix': 'shared/ada' })).toBe(true);
    expect(lists({ 's3:prefix': 'shared' })).toBe(false);
    expect(lists({ 's3:prefix': '' })).toBe(false);
    expect(lists()).toBe(false);
  });

  test.each<[string, CallContext, boolean]>([
    ['a call that creates an object without the header', { 's3:ObjectCreationOperation': 'true' }, true],
    [
      'a call that creates an object with the header',
      { 's3:ObjectCreationOperation': 'true', 's3:if-none-match': '*' },
      false,
    ],
    ['a call that prepares an object', { 's3:ObjectCreationOperation': 'false' }, false],
    ['a call without these keys', {}, false],
  ])('Null and Bool deny %s: %j', (_, context, denied) => {
    const Condition = { Null: { 's3:if-none-match': 'true' }, Bool: { 's3:ObjectCreationOperation': 'true' } };
    const denial = [parseStatement({ Effect: 'Deny', Action: 's3:PutObject', Resource: '*', Condition }, 'g')];

    expect(decide(denial, 's3:PutObject', 'arn:b', context) === 'explicit-deny').toBe(denied);
  });

  test('every call counts as encrypted', () => {
    const onlyIf = (secure: string) => [
      parseStatement({ ...ALLOW_ALL, Condition: { Bool: { 'aws:SecureTransport': secure } } }, 'h'),
    ];

    expect(isAllowed(onlyIf('true'), 'sns:Publish', 'arn:t')).toBe(true);
    expect(isAllowed(onlyIf('false'), 'sns:Publish', 'arn:t')).toBe(false);
  });

  test.each<[readonly string[] | undefined, boolean]>([
    [['upload-quota/ada'], true],
    [['upload-quota/ada', 'upload-quota/bob'], true],
    [['upload-quota/ada', 'abc'], false],
    [['abc'], false],
    [[], true],
    [undefined, true],
  ])('ForAllValues:StringLike with the keys %j: %s', (keys, allowed) => {
    const Condition = { 'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': ['upload-quota/*'] } };
    const statement = { Effect: 'Allow', Action: 'dynamodb:UpdateItem', Resource: TABLE, Condition };

    expect(
      isAllowed(
        [parseStatement(statement, 'i')],
        'dynamodb:UpdateItem',
        TABLE,
        keys && { 'dynamodb:LeadingKeys': keys },
      ),
    ).toBe(allowed);
  });

  test('events:source limits the events that a caller can publish', () => {
    const Condition = { StringEquals: { 'events:source': 'one-time-s3-links' } };
    const conditional = [
      parseStatement({ Effect: 'Allow', Action: 'events:PutEvents', Resource: '*', Condition }, 'f'),
    ];
    const publishes = (context?: CallContext): boolean =>
      isAllowed(conditional, 'events:PutEvents', 'arn:bus', context);

    expect(publishes({ 'events:source': 'one-time-s3-links' })).toBe(true);
    expect(publishes({ 'events:source': 'aws.s3' })).toBe(false);
    expect(publishes()).toBe(false);
  });

  test('actions are case-insensitive, resources are case-sensitive', () => {
    expect(isAllowed(statements, 'DynamoDB:deleteitem', TABLE)).toBe(true);
    expect(isAllowed(statements, 'dynamodb:DeleteItem', TABLE.toUpperCase())).toBe(false);
  });

  test('a denial has the same message as on AWS', () => {
    expect(describeDenial('implicit-deny', 'arn:me', 'dynamodb:Scan', TABLE)).toBe(
      `User: arn:me is not authorized to perform: dynamodb:Scan on resource: ${TABLE} because no identity-based policy allows the dynamodb:Scan action`,
    );
    expect(describeDenial('explicit-deny', 'arn:me', 'dynamodb:Scan', TABLE)).toMatch(
      /with an explicit deny in an identity-based policy$/,
    );
  });
});

describe('matchesPattern', () => {
  test.each([
    ['*', '', true],
    ['*', 'anything/at:all', true],
    ['a*', 'a', true],
    ['a*c', 'abbc', true],
    ['a*c', 'abcb', false],
    ['*b*d', 'abcbd', true],
    ['a?c', 'abc', true],
    ['a?c', 'ac', false],
    ['?', '', false],
    ['abc', 'abcd', false],
    ['abcd', 'abc', false],
    ['', '', true],
    ['', 'a', false],
    ['a.c', 'abc', false],
    ['*?', '', false],
    ['*aab', 'aaaab', true],
  ])('%s against %s: %s', (pattern, value, expected) => {
    expect(matchesPattern(pattern, value)).toBe(expected);
  });

  test('a pattern with many stars does not take exponential time', () => {
    expect(matchesPattern(`${'*a'.repeat(200)}b`, 'a'.repeat(5_000))).toBe(false);
  });
});
