import { DeleteCommand, DynamoDBDocumentClient, GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import { mockClient } from 'aws-sdk-client-mock';
import {
  findActive,
  findLink,
  type Redeemable,
  redeemLink,
  revokeLink,
  STORE_CLIENT_SETTINGS,
  type StoredLink,
  storeLink,
} from '../../../lambda/aws/link-table';
import { tableClient } from '../../../lambda/aws/table-client';
import type { UploadLimits } from '../../../lambda/link/destination';
import { linkIdOf } from '../../../lambda/link/nonce';
import type { LinkItem } from '../../../lambda/link/receipt';
import { sealDestination } from '../../../lambda/link/sealed-destination';
import type { UploadDeclaration } from '../../../lambda/link/upload-declaration';
import { isAwsFailure } from '../../../lambda/runtime/outage';
import { startTable, type TableEngine } from '../support/engines';
import { failureOf } from '../support/failure-of';
import { type Attempt, appliedThen, FaultyClients, failed, reset, throttled } from '../support/faulty-client';
import { conditionFailed } from '../support/handler';
import { nonceNumber, presignedUrl, sessionToken, storedUrl } from '../support/samples';

function linkNumber(number: number): StoredLink {
  const nonce = nonceNumber(number);
  return {
    linkId: linkIdOf(nonce),
    sealed: sealDestination(nonce, storedUrl(presignedUrl({ token: sessionToken(1_100) }))),
    expiresAtSeconds: 2_000,
    purgeAtSeconds: 3_000,
    createdBy: 'arn:aws:iam::123456789012:user/jane',
  };
}

const LINK = linkNumber(0);
/** {@link LINK}, as returned by a lookup. */
const LIVE = { expiresAtSeconds: 2_000, createdBy: 'arn:aws:iam::123456789012:user/jane' };
/** What the download route of a deployment that signs on redemption can redeem. */
const DOWNLOAD: Redeemable = { formats: [1, 2] };
/** What a request with this declared file can redeem on the upload route. */
function upload(file: Partial<UploadDeclaration> = {}): Redeemable {
  const declaration = { fileName: 'photo.png', sizeBytes: 1_000, contentType: 'image/png', ...file };
  return { formats: [3], declaration };
}

/** An upload link under the ID of {@link LINK}, which accepts files within these limits. */
function uploadLink(limits: UploadLimits): StoredLink {
  const destination = { bucketName: 'shared', region: 'us-east-1', key: { prefix: 'inbox/' }, ...limits };
  return { ...LINK, sealed: sealDestination(nonceNumber(0), destination), limits };
}

const NOT_OURS = 'the item is not a link that this project stores';
const { linkId: LINK_ID, sealed: SEALED, createdBy: CREATED_BY } = LINK;

describe('the request to DynamoDB', () => {
  const dynamoDb = mockClient(DynamoDBDocumentClient);
  const links = { client: tableClient({ region: 'us-east-1' }), name: 'links' };
  afterEach(() => {
    dynamoDb.reset();
    jest.restoreAllMocks();
  });
  afterAll(() => dynamoDb.restore());

  const store = () => storeLink(links, LINK);
  const redeem = () => redeemLink(links, LINK_ID, 1_000, DOWNLOAD);
  const revoke = () => revokeLink(links, LINK_ID, 1_000);
  const find = () => findLink(links, LINK_ID, 1_000);

  test('that stores a link is one put of six attributes, none of which redeems it', async () => {
    dynamoDb.on(PutCommand).resolves({});

    await store();

    expect(dynamoDb.calls()).toHaveLength(1);
    expect(dynamoDb.commandCalls(PutCommand)[0]?.args[0].input).toEqual({
      TableName: 'links',
      Item: {
        nonce_id: LINK_ID,
        sealed: SEALED,
        expires_at: 2_000,
        purge_at: 3_000,
        created_by: CREATED_BY,
        record_format: 1,
      },
    });
  });

  test('that stores an upload link also stores which files it accepts, for the condition of its delete', async () => {
    dynamoDb.on(PutCommand).resolves({});

    await storeLink(links, uploadLink({ maxBytes: 1_000, contentTypes: ['image/*', 'application/pdf'] }));
    await storeLink(links, uploadLink({ maxBytes: 1_000 }));

    const [first, second] = dynamoDb.commandCalls(PutCommand).map(({ args }) => args[0].input.Item);
    expect(first).toMatchObject({
      record_format: 3,
      max_bytes: 1_000,
      content_types: new Set(['image/*', 'application/pdf']),
    });
    expect(second).toMatchObject({ record_format: 3, max_bytes: 1_000 });
    expect(second).not.toHaveProperty('content_types');
  });

  test('that redeems an upload link has the declared size and type in its condition', async () => {
    dynamoDb.on(DeleteCommand).resolves({ Attributes: { nonce_id: LINK_ID, sealed: SEALED } });

    await redeemLink(links, LINK_ID, 1_000, upload({ sizeBytes: 1_000, contentType: 'image/png' }));

    expect(dynamoDb.commandCalls(DeleteCommand)[0]?.args[0].input).toMatchObject({
      ConditionExpression:
        'attribute_exists(nonce_id) AND expires_at > :now AND record_format IN (:format0) AND max_bytes >= :size_bytes AND (attribute_not_exists(content_types) OR contains(content_types, :type) OR contains(content_types, :range))',
      ExpressionAttributeValues: {
        ':now': 1_000,
        ':format0': 3,
        ':size_bytes': 1_000,
        ':type': 'image/png',
        ':range': 'image/*',
      },
    });
  });

  test('that redeems a link is one conditional delete, as is the one that revokes a link of any format', async () => {
    dynamoDb.on(DeleteCommand).resolves({ Attributes: { nonce_id: LINK_ID, sealed: SEALED } });

    expect(await redeem()).toEqual({ outcome: 'redeemed', sealed: SEALED });
    expect(await revoke()).toEqual({ outcome: 'revoked' });

    const deletion = {
      TableName: 'links',
      Key: { nonce_id: LINK_ID },
      ReturnValues: 'ALL_OLD',
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
    };
    expect(dynamoDb.commandCalls(DeleteCommand).map(({ args }) => args[0].input)).toEqual([
      {
        ...deletion,
        ConditionExpression:
          'attribute_exists(nonce_id) AND expires_at > :now AND record_format IN (:format0, :format1)',
        ExpressionAttributeValues: { ':now': 1_000, ':format0': 1, ':format1': 2 },
      },
      {
        ...deletion,
        ConditionExpression: 'attribute_exists(nonce_id) AND expires_at > :now',
        ExpressionAttributeValues: { ':now': 1_000 },
      },
    ]);
  });

  test('that looks up a link is a consistent read without the sealed destination', async () => {
    dynamoDb.on(GetCommand).resolves({ Item: { expires_at: 2_000, purge_at: 3_000, created_by: CREATED_BY } });

    await find();

    expect(dynamoDb.commandCalls(GetCommand)[0]?.args[0].input).toEqual({
      TableName: 'links',
      Key: { nonce_id: LINK_ID },
      ProjectionExpression: 'nonce_id, expires_at, purge_at, created_by',
      ConsistentRead: true,
    });
  });

  test.each([
    ['stores', store, 2_000],
    ['redeems', redeem, 4_500],
    ['revokes', revoke, 4_500],
    ['looks up', find, 4_500],
  ])('that %s a link has a deadline', async (_, call, milliseconds) => {
    const started = jest.spyOn(globalThis, 'setTimeout');
    const cleared = jest.spyOn(globalThis, 'clearTimeout');
    dynamoDb.onAnyCommand().resolves({});

    await failureOf(call());

    expect(started.mock.calls).toEqual([[expect.any(Function), milliseconds]]);
    expect(cleared).toHaveBeenCalledWith(started.mock.results[0]?.value);
    const [sent] = dynamoDb.calls() as unknown as readonly [{ readonly args: readonly unknown[] }];
    expect(sent.args[1]).toEqual({ abortSignal: expect.any(AbortSignal) });
    started.mockRestore();
    cleared.mockRestore();
  });

  test.each([
    ['no item', 1, 'not_active'],
    ['no item', 2, 'outcome_unknown'],
    ['expired item', 1, 'expired'],
    ['expired item', 2, 'expired'],
  ] as const)('whose condition fails on %s, at attempt %i: %s', async (item, attempts, outcome) => {
    dynamoDb.on(DeleteCommand).rejects(conditionFailed(attempts, item));

    expect(await redeem()).toEqual({ outcome });
    expect(await revoke()).toEqual({ outcome });
  });

  test('that fails throws the SDK’s error', async () => {
    const error = Object.assign(new Error('slow down'), { $metadata: { httpStatusCode: 400, attempts: 3 } });
    dynamoDb.rejects(error);

    for (const call of [store, redeem, revoke, find]) {
      expect(await failureOf(call())).toBe(error);
    }
  });

  test.each([
    [redeem, {}, 'the table did not return the deleted item'],
    [redeem, { Attributes: { nonce_id: LINK_ID } }, 'the deleted item has no sealed record'],
    [redeem, { Attributes: { sealed: 'https://…' } }, 'the deleted item has no sealed record'],
    [find, { Item: { purge_at: 3_000, created_by: 'jane' } }, NOT_OURS],
    [find, { Item: { expires_at: '2000', purge_at: 3_000, created_by: 'jane' } }, NOT_OURS],
    [find, { Item: { expires_at: 2_000, created_by: 'jane' } }, NOT_OURS],
    [find, { Item: { expires_at: 2_000, purge_at: '3000', created_by: 'jane' } }, NOT_OURS],
    [find, { Item: { expires_at: 2_000, purge_at: 3_000 } }, NOT_OURS],
    [find, { Item: { expires_at: 2_000, purge_at: 3_000, created_by: 1 } }, NOT_OURS],
  ])('%p throws a bug if the response is %j', async (call, response, message) => {
    dynamoDb.onAnyCommand().resolves(response);

    const error = await failureOf(call());

    expect(error).toMatchObject({ message });
    expect(isAwsFailure(error)).toBe(false);
  });
});

describe('in a real table', () => {
  let table: TableEngine;
  let faulty: FaultyClients;
  beforeAll(async () => {
    table = await startTable();
    faulty = new FaultyClients(table.endpoint);
  });
  beforeEach(async () => {
    // A call on a busy machine may take longer than the deadline.
    jest.spyOn(AbortSignal, 'timeout').mockImplementation(() => new AbortController().signal);
    // No waits between attempts.
    jest.spyOn(Math, 'random').mockReturnValue(0);
    await storeLink(table.links, LINK);
  });
  afterEach(() => jest.restoreAllMocks());
  afterAll(async () => {
    faulty.close();
    await table.close();
  });

  const redeem = (nowSeconds = 1_000) => redeemLink(table.links, LINK_ID, nowSeconds, DOWNLOAD);
  const revoke = (nowSeconds = 1_000) => revokeLink(table.links, LINK_ID, nowSeconds);
  const find = (nowSeconds = 1_000) => findLink(table.links, LINK_ID, nowSeconds);

  test.each([
    ['redeemed', redeem, { outcome: 'redeemed', sealed: SEALED }],
    ['revoked', revoke, { outcome: 'revoked' }],
  ])('a link that was %s is no longer found', async (_, end, outcome) => {
    expect(await end()).toEqual(outcome);
    expect(await find()).toBeUndefined();
    expect(await redeem()).toEqual({ outcome: 'not_active' });
    expect(await revoke()).toEqual({ outcome: 'not_active' });
  });

  test.each([2_000, 2_001, 1_000_000])(
    'at second %i, from its expiry on, a link is expired, and it was active before',
    async (nowSeconds) => {
      expect(await redeem(nowSeconds)).toEqual({ outcome: 'expired' });
      expect(await revoke(nowSeconds)).toEqual({ outcome: 'expired' });
      expect(await redeem(1_999)).toMatchObject({ outcome: 'redeemed' });
    },
  );

  test('the destination of a link is found, without redeeming it, until it expires', async () => {
    const active = { outcome: 'active', sealed: SEALED, expiresAtSeconds: 2_000 };
    expect(await findActive(table.links, LINK_ID, 1_999)).toEqual(active);
    expect(await findActive(table.links, LINK_ID, 1_999)).toEqual(active);
    expect(await findActive(table.links, LINK_ID, 2_000)).toEqual({ outcome: 'expired' });
    expect(await redeem(1_999)).toMatchObject({ outcome: 'redeemed' });
    expect(await findActive(table.links, LINK_ID, 1_999)).toEqual({ outcome: 'not_active' });
  });

  test('a link is found until it is purged, also after it has expired', async () => {
    expect(await find(1_999)).toEqual(LIVE);
    expect(await find(2_999)).toEqual(LIVE);
    expect(await find(3_000)).toBeUndefined();
  });

  const revokeBy = (createdBy: string, nowSeconds = 1_000) => revokeLink(table.links, LINK_ID, nowSeconds, createdBy);

  test('a creator revokes only their own links, and others do not learn that a link exists', async () => {
    expect(await revokeBy('arn:aws:iam::123456789012:user/joe')).toEqual({ outcome: 'not_active' });
    expect(await revokeBy('arn:aws:iam::123456789012:user/joe', 2_000)).toEqual({ outcome: 'not_active' });
    expect(await find()).toEqual(LIVE);
    expect(await revokeBy(CREATED_BY, 2_000)).toEqual({ outcome: 'expired' });
    expect(await revokeBy(CREATED_BY)).toEqual({ outcome: 'revoked' });
    expect(await revokeBy(CREATED_BY)).toEqual({ outcome: 'not_active' });
  });

  const storeWithFormat = (format: number | undefined) =>
    table.links.client.send(
      new PutCommand({
        TableName: table.links.name,
        Item: {
          nonce_id: LINK_ID,
          sealed: SEALED,
          expires_at: 2_000,
          purge_at: 3_000,
          created_by: CREATED_BY,
          record_format: format,
        },
      }),
    );

  test.each([
    [1, [1], 'redeemed'],
    [1, [1, 2], 'redeemed'],
    [2, [1, 2], 'redeemed'],
    [2, [1], 'unsupported_format'],
    [4, [1, 2], 'unsupported_format'],
    [0, [1, 2], 'unsupported_format'],
  ] as const)('a link of format %i, on a route that serves the formats %j: %s', async (format, formats, outcome) => {
    await storeWithFormat(format);

    expect(await redeemLink(table.links, LINK_ID, 1_000, { formats })).toMatchObject({ outcome });
    expect(await find()).toEqual(outcome === 'redeemed' ? undefined : LIVE);
  });

  test('a link of a newer format is refused with its format, and can be looked up and revoked, and expires', async () => {
    await storeWithFormat(99);

    expect(await redeem()).toEqual({ outcome: 'unsupported_format', format: 99 });
    expect(await redeem(2_000)).toEqual({ outcome: 'expired' });
    expect(await find()).toEqual(LIVE);
    expect(await revoke()).toEqual({ outcome: 'revoked' });
  });

  test('an item without a format is not redeemed, because this project stores no such item', async () => {
    await storeWithFormat(undefined);

    expect(await redeem()).toMatchObject({ outcome: 'unsupported_format' });
    expect(await find()).toEqual(LIVE);
  });

  // Larger races, against the whole stack and against mutants, are in test/properties.
  test.each([
    ['20 readers', redeem],
    ['19 readers and a revocation', revoke],
  ])('a link goes to exactly one of %s', async (_, last) => {
    const readers = Array.from({ length: 19 }, () => redeem());

    const outcomes = (await Promise.all([...readers, last()])).map(({ outcome }) => outcome);

    expect(outcomes.filter((outcome) => outcome === 'not_active')).toHaveLength(19);
    expect(outcomes.filter((outcome) => outcome === 'redeemed' || outcome === 'revoked')).toHaveLength(1);
  });

  test.each<[string, Attempt, string, string]>([
    ['is throttled', throttled, 'redeemed', 'revoked'],
    ['fails with 500', failed, 'redeemed', 'revoked'],
    ['is reset before the delete', reset, 'redeemed', 'revoked'],
    ['is reset after the delete', appliedThen(reset), 'outcome_unknown', 'outcome_unknown'],
    ['fails with 500 after the delete', appliedThen(failed), 'outcome_unknown', 'outcome_unknown'],
  ])('a delete is retried if its first attempt %s', async (_, attempt, redeemed, revoked) => {
    const [first, second] = [faulty.connect(attempt), faulty.connect(attempt)];

    expect(await redeemLink({ ...table.links, client: first.client }, LINK_ID, 1_000, DOWNLOAD)).toMatchObject({
      outcome: redeemed,
    });
    await storeLink(table.links, LINK);
    expect(await revokeLink({ ...table.links, client: second.client }, LINK_ID, 1_000)).toEqual({ outcome: revoked });

    expect([first.attempts(), second.attempts()]).toEqual([2, 2]);
  });

  test('a revocation does not report success for a link that a reader redeemed between its attempts', async () => {
    const { client } = faulty.connect(async (send) => {
      expect(await redeem()).toMatchObject({ outcome: 'redeemed' });
      return await reset(send);
    });

    expect(await revokeLink({ ...table.links, client }, LINK_ID, 1_000)).toEqual({ outcome: 'outcome_unknown' });
  });

  test.each<[string, Attempt, LinkItem | undefined]>([
    ['is throttled', throttled, undefined],
    ['fails with 500', failed, undefined],
    ['is reset', reset, undefined],
    ['is reset after the put', appliedThen(reset), LIVE],
  ])(
    'a put that %s is not retried, because a late put would make a redeemed link active again',
    async (_, attempt, found) => {
      await redeem();
      const { client, attempts } = faulty.connect(attempt, STORE_CLIENT_SETTINGS);

      expect(isAwsFailure(await failureOf(storeLink({ ...table.links, client }, LINK)))).toBe(true);
      expect(attempts()).toBe(1);
      expect(await find()).toEqual(found);
    },
  );

  describe('an upload link', () => {
    const redeemUpload = (file: Partial<UploadDeclaration> = {}, nowSeconds = 1_000) =>
      redeemLink(table.links, LINK_ID, nowSeconds, upload(file));

    test.each<[UploadLimits, Partial<UploadDeclaration>]>([
      [{ maxBytes: 1_000 }, { sizeBytes: 1_000 }],
      [{ maxBytes: 1_000 }, { sizeBytes: 0 }],
      [{ maxBytes: 1 }, { sizeBytes: 1 }],
      [{ maxBytes: 5_000_000_000 }, { sizeBytes: 5_000_000_000 }],
      [{ maxBytes: 1_000 }, { contentType: 'application/octet-stream' }],
      [{ maxBytes: 1_000, contentTypes: ['image/png'] }, { contentType: 'image/png' }],
      [{ maxBytes: 1_000, contentTypes: ['application/pdf', 'image/png'] }, { contentType: 'image/png' }],
      [{ maxBytes: 1_000, contentTypes: ['image/*'] }, { contentType: 'image/svg+xml' }],
      [{ maxBytes: 1_000, contentTypes: ['application/pdf', 'image/*'] }, { contentType: 'image/png' }],
    ])('with the limits %j is redeemed for a file with %j', async (limits, file) => {
      const link = uploadLink(limits);
      await storeLink(table.links, link);

      expect(await redeemUpload(file)).toEqual({ outcome: 'redeemed', sealed: link.sealed });
      expect(await redeemUpload(file)).toEqual({ outcome: 'not_active' });
    });

    test.each<[UploadLimits, Partial<UploadDeclaration>, string]>([
      [{ maxBytes: 1_000 }, { sizeBytes: 1_001 }, 'size_bytes must be at most 1000.'],
      [{ maxBytes: 1 }, { sizeBytes: 5_000_000_000 }, 'size_bytes must be at most 1.'],
      // Not compared as text.
      [{ maxBytes: 9 }, { sizeBytes: 10 }, 'size_bytes must be at most 9.'],
      [
        { maxBytes: 1_000, contentTypes: ['image/png'] },
        { contentType: 'image/jpeg' },
        'content_type must be one of image/png.',
      ],
      [
        { maxBytes: 1_000, contentTypes: ['image/*'] },
        { contentType: 'imagery/png' },
        'content_type must be one of image/*.',
      ],
      // Sets are compared by element, not by substring.
      [
        { maxBytes: 1_000, contentTypes: ['image/png'] },
        { contentType: 'image/p' },
        'content_type must be one of image/png.',
      ],
      [
        { maxBytes: 1_000, contentTypes: ['image/png'] },
        { contentType: 'application/octet-stream' },
        'content_type must be one of image/png.',
      ],
      [
        { maxBytes: 1_000, contentTypes: ['image/png'] },
        { sizeBytes: 1_001, contentType: 'image/jpeg' },
        'size_bytes must be at most 1000.',
      ],
    ])('with the limits %j stays active for a file with %j: %s', async (limits, file, problem) => {
      await storeLink(table.links, uploadLink(limits));

      expect(await redeemUpload(file)).toEqual({ outcome: 'invalid_upload', problem });
      expect(await find()).toEqual(LIVE);
      expect(await redeemUpload({ sizeBytes: 1, contentType: 'image/png' })).toMatchObject({ outcome: 'redeemed' });
    });

    test('is not redeemed on the route for downloads, and stays active', async () => {
      await storeLink(table.links, uploadLink({ maxBytes: 1_000 }));

      expect(await redeem()).toEqual({ outcome: 'not_active' });
      expect(await redeemUpload()).toMatchObject({ outcome: 'redeemed' });
    });

    test.each([1, 2])('a download link of format %i is not redeemed on its route, and stays active', async (format) => {
      await storeWithFormat(format);

      expect(await redeemUpload()).toEqual({ outcome: 'not_active' });
      expect(await redeem()).toMatchObject({ outcome: 'redeemed' });
    });

    test('a download link is not redeemed on its route, even if its item has the attributes of an upload link', async () => {
      await storeLink(table.links, { ...LINK, limits: { maxBytes: 1_000 } });

      expect(await redeemUpload()).toEqual({ outcome: 'not_active' });
      expect(await find()).toEqual(LIVE);
    });

    test('is expired from its last second on, also for a file that it would not accept', async () => {
      await storeLink(table.links, uploadLink({ maxBytes: 1_000 }));

      expect(await redeemUpload({}, 2_000)).toEqual({ outcome: 'expired' });
      expect(await redeemUpload({ sizeBytes: 1_001 }, 2_000)).toEqual({ outcome: 'expired' });
      expect(await redeemUpload({}, 1_999)).toMatchObject({ outcome: 'redeemed' });
    });

    test('without a limit is not redeemed, because this project stores no such item', async () => {
      await storeWithFormat(3);

      expect(await redeemUpload()).toMatchObject({ outcome: 'invalid_upload' });
      expect(await find()).toEqual(LIVE);
    });

    test('of a newer format is refused with its format, and stays active', async () => {
      await storeWithFormat(4);

      expect(await redeemUpload()).toEqual({ outcome: 'unsupported_format', format: 4 });
      expect(await find()).toEqual(LIVE);
    });

    test('can be revoked', async () => {
      await storeLink(table.links, uploadLink({ maxBytes: 1_000 }));

      expect(await revoke()).toEqual({ outcome: 'revoked' });
      expect(await redeemUpload()).toEqual({ outcome: 'not_active' });
    });

    test.each<[string, Attempt, string]>([
      ['is throttled', throttled, 'redeemed'],
      ['is reset before the delete', reset, 'redeemed'],
      ['is reset after the delete', appliedThen(reset), 'outcome_unknown'],
      ['fails with 500 after the delete', appliedThen(failed), 'outcome_unknown'],
    ])('whose delete %s is retried: %s', async (_, attempt, outcome) => {
      await storeLink(table.links, uploadLink({ maxBytes: 1_000 }));
      const { client, attempts } = faulty.connect(attempt);

      const redeemed = await redeemLink({ ...table.links, client }, LINK_ID, 1_000, upload());

      expect(redeemed).toMatchObject({ outcome });
      expect(attempts()).toBe(2);
    });

    test.each([
      ['uploaders', redeemUpload],
      ['uploaders and a revocation', revoke],
    ])('goes to exactly one of 20 %s, and not to a reader or to a file that is too large', async (_, last) => {
      await storeLink(table.links, uploadLink({ maxBytes: 1_000 }));

      const accepted = [...Array.from({ length: 19 }, () => redeemUpload()), last()];
      const refused = [redeem(), redeemUpload({ sizeBytes: 1_001 })];
      const outcomes = (await Promise.all(accepted)).map(({ outcome }) => outcome);

      expect(outcomes.filter((outcome) => outcome === 'not_active')).toHaveLength(19);
      expect(outcomes.filter((outcome) => outcome === 'redeemed' || outcome === 'revoked')).toHaveLength(1);
      for (const { outcome } of await Promise.all(refused)) {
        expect(['not_active', 'invalid_upload']).toContain(outcome);
      }
    });
  });
});
