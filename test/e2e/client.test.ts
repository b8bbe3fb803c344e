import { inspect } from 'node:util';
import { OneTimeLinksClient, type OneTimeLinksClientOptions } from '../../client';
import { LOCAL_CALLER } from '../../emulator/iam/credentials';
import type { Principal } from '../../emulator/iam/principal';
import { send } from '../support/http';
import { callerWith } from '../support/policy-caller';
import { type RunningEmulator, runEmulator } from '../support/running-emulator';

const UNKNOWN_ID = 'A'.repeat(22);
const STRANGER: Principal = {
  arn: 'arn:aws:iam::123456789012:user/stranger',
  accessKeyId: 'STRANGER',
  secretAccessKey: 'stranger-secret',
  statements: [],
};

let issuer: Principal;
let manager: Principal;
let emulator: RunningEmulator;

beforeAll(async () => {
  issuer = await callerWith('IssuerPolicyArn');
  manager = await callerWith('ManagerPolicyArn');
});

function clientOf(
  { accessKeyId, secretAccessKey }: Pick<Principal, 'accessKeyId' | 'secretAccessKey'>,
  options: OneTimeLinksClientOptions = {},
): OneTimeLinksClient {
  const credentials = { accessKeyId, secretAccessKey };
  return new OneTimeLinksClient({ endpoint: emulator.apiEndpoint, region: 'us-east-1', credentials, ...options });
}

const picture = () => ({ bucket: emulator.bucketName, key: 'S3.png' });

describe('with receipts', () => {
  beforeAll(async () => {
    emulator = await runEmulator({ callers: [LOCAL_CALLER, issuer, manager, STRANGER] });
  });
  afterAll(() => emulator.close());

  test('a link is issued, redeemed once, described and listed', async () => {
    const client = clientOf(issuer);
    const link = await client.issue({ ...picture(), expiresInSeconds: 600, presign: 'on_open', from: 'Ada' });
    expect(await client.describe(link.linkId)).toMatchObject({ status: 'active', createdBy: issuer.arn });

    expect((await send(link.url)).status).toBe(302);
    expect((await send(link.url)).status).toBe(403);
    await emulator.delivered();

    const state = await client.describe(link.linkId);
    expect(state).toEqual({
      linkId: link.linkId,
      status: 'redeemed',
      operation: 'download',
      createdBy: issuer.arn,
      createdAt: expect.any(Date),
      expiresAt: link.expiresAt,
      redeemed: { at: expect.any(Date), sourceIp: '127.0.0.1' },
      refusedAfter: { count: 1, lastAt: expect.any(Date), lastSourceIp: '127.0.0.1' },
    });
    expect(await client.list().next()).toEqual({ done: false, value: state });
  });

  test('a revoked link cannot be redeemed, described as active or revoked again', async () => {
    const client = clientOf(issuer);
    const { linkId, url } = await client.issue(picture());

    await client.revoke(linkId);

    expect((await send(url)).status).toBe(403);
    await expect(client.revoke(linkId)).rejects.toMatchObject({ code: 'LinkNotFound', status: 404, searched: 'own' });
    await emulator.delivered();
    expect(await client.describe(linkId)).toMatchObject({ status: 'revoked', revoked: { by: issuer.arn } });
  });

  test('a manager describes and revokes the links of others, and an issuer does not', async () => {
    const { linkId } = await clientOf(LOCAL_CALLER).issue(picture());

    await expect(clientOf(issuer).describe(linkId)).rejects.toMatchObject({ code: 'LinkNotFound', searched: 'own' });
    await expect(clientOf(issuer).revoke(linkId)).rejects.toMatchObject({ code: 'LinkNotFound', searched: 'own' });
    expect(await clientOf(manager).describe(linkId)).toMatchObject({ status: 'active', createdBy: LOCAL_CALLER.arn });
    await clientOf(manager).revoke(linkId);
    await expect(clientOf(manager).describe(UNKNOWN_ID)).rejects.toMatchObject({
      code: 'LinkNotFound',
      searched: 'all',
    });
  });

  test.each<[string, () => OneTimeLinksClient, string]>([
    ['a caller without permission', () => clientOf(STRANGER), 'AccessDenied'],
    ['a wrong secret', () => clientOf({ ...issuer, secretAccessKey: 'wrong-secret' }), 'InvalidSignature'],
    ['another Region', () => clientOf(issuer, { region: 'eu-west-1' }), 'InvalidSignature'],
    [
      'an endpoint without these routes',
      () => clientOf(issuer, { endpoint: `${emulator.apiEndpoint}x` }),
      'MissingAuthenticationToken',
    ],
  ])('%s is reported by its code, without the secret', async (_, newClient, code) => {
    const client = newClient();
    const calls = [() => client.issue(picture()), () => client.describe(UNKNOWN_ID), () => client.list().next()];
    for (const call of calls) {
      const error: unknown = await call().catch((thrown: unknown) => thrown);

      expect(error).toMatchObject({ name: 'OneTimeLinksError', code });
      expect(inspect(error, { depth: 9, showHidden: true })).not.toMatch(/-secret|Signature=/);
    }
  });

  test.each<[string, object, string]>([
    ['a bucket that is not shared', { bucket: 'other-bucket' }, 'BucketNotAllowed'],
    ['a missing object', { key: 'missing.pdf' }, 'ObjectNotFound'],
    ['a lifetime of zero', { expiresInSeconds: 0 }, 'InvalidRequest'],
  ])('a request for %s is refused', async (_, changes, code) => {
    await expect(clientOf(issuer).issue({ ...picture(), ...changes })).rejects.toMatchObject({ code });
  });
});

describe('without receipts', () => {
  beforeAll(async () => {
    emulator = await runEmulator({
      options: { receiptRetentionDays: 0 },
      callers: [LOCAL_CALLER, issuer, manager],
    });
  });
  afterAll(() => emulator.close());

  test('only a manager can describe and revoke links, while they are active', async () => {
    const { linkId } = await clientOf(issuer).issue(picture());

    await expect(clientOf(issuer).describe(linkId)).rejects.toMatchObject({ code: 'AccessDenied' });
    expect(await clientOf(manager).describe(linkId)).toMatchObject({ status: 'active', createdBy: issuer.arn });
    await clientOf(manager).revoke(linkId);
    await expect(clientOf(manager).describe(linkId)).rejects.toMatchObject({
      code: 'LinkNotFound',
      searched: 'active',
    });
  });

  test('links cannot be listed', async () => {
    await expect(clientOf(issuer).list().next()).rejects.toMatchObject({ code: 'MissingAuthenticationToken' });
  });
});
