import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import { LOCAL_CALLER } from '../../emulator/iam/credentials';
import { type CliEmulator, runCliEmulator } from '../support/cli-emulator';
import { createWorkshop, type Ended, type RunOptions, runShare } from '../support/cli-process';
import { linkTo, send } from '../support/http';

const workshop = createWorkshop();
let emulator: CliEmulator;

/** May do nothing at all. */
const INTERN = {
  ...LOCAL_CALLER,
  arn: 'arn:aws:iam::123456789012:user/intern',
  accessKeyId: 'INTERN',
  statements: [],
};

beforeAll(async () => {
  emulator = await runCliEmulator(workshop, { callers: [LOCAL_CALLER, INTERN] });
});
afterAll(async () => {
  await emulator.close();
  workshop.remove();
});

function manage(args: readonly string[], options: RunOptions = {}): Promise<Ended> {
  return runShare(['--outputs', emulator.outputsFile, ...args], options);
}

test('status says that a link is open, until when and who asked for it, and leaves it as it is', async () => {
  const link = await linkTo(emulator);

  const { code, stdout, stderr } = await manage(['status', link]);

  expect([code, stdout]).toEqual([0, 'open\n']);
  expect(stderr).toMatch(
    /^Open until \w+,? \d+ \w+ \d{4} at \d\d:\d\d; asked for by arn:aws:iam::\d+:user\/local-caller\.\n$/,
  );
  expect((await send(link)).status).toBe(302);
});

test('status gives programs the whole answer', async () => {
  const { stdout } = await manage(['status', await linkTo(emulator), '--json']);

  expect(JSON.parse(stdout)).toMatchObject({ status: 'open', link_id: expect.stringMatching(/^[\w-]{22}$/) });
});

test('revoke takes a click-through link away before anybody opens it', async () => {
  const link = await linkTo(emulator, { click_through: true });

  expect(await manage(['revoke', link])).toEqual({
    code: 0,
    stdout: '',
    stderr: 'Revoked: nobody has opened it, and nobody can any more.\n',
  });
  expect((await send(link.replace('open-link#', 'access-object?nonce='))).status).toBe(403);
});

test.each(['status', 'revoke'])('%s of a link that was opened says that it is not open', async (action) => {
  const link = await linkTo(emulator);
  await send(link);

  const { code, stdout, stderr } = await manage([action, link]);

  expect([code, stdout]).toEqual([4, '']);
  expect(stderr).toBe('That link is not open: it was opened or revoked, has expired, or was never made here.\n');
});

describe('a link id that starts as an option does', () => {
  const ID = '-outputs-QqXw3Lk5v9ZwQ';

  test.each<[string, (action: string) => readonly string[]]>([
    ['before the options', (action) => [action, ID, '--profile', 'nobody']],
    ['after them', (action) => [action, '--profile', 'nobody', ID]],
    ['between them', (action) => ['--json', action, ID, '--profile', 'nobody']],
    ['before the end of them', (action) => [action, '--profile', 'nobody', '--', ID]],
  ])('is one %s', async (_, args) => {
    for (const action of ['status', 'revoke']) {
      expect(await manage(args(action))).toMatchObject({ code: 3, stderr: expect.stringContaining('profile nobody') });
    }
  });

  test('is that of a link like any other', async () => {
    const Item = { nonce_id: { S: ID }, expires_at: { N: '4102444800' }, created_by: { S: LOCAL_CALLER.arn } };
    await emulator.dynamoDb.send(new PutItemCommand({ TableName: emulator.tableName, Item }));

    expect(await manage(['status', ID])).toMatchObject({ code: 0, stdout: 'open\n' });
    expect(await manage(['revoke', ID])).toMatchObject({ code: 0, stderr: expect.stringContaining('Revoked') });
    expect(await manage(['status', ID])).toMatchObject({ code: 4 });
  });

  test('hides no option that is not known', async () => {
    const { code, stderr } = await manage(['status', ID, '--jsom']);

    expect([code, stderr]).toEqual([2, expect.stringContaining("unknown option '--jsom'")]);
  });
});

test.each(['status', 'revoke'])('%s needs permission, and says which', async (action) => {
  const link = await linkTo(emulator);
  const { accessKeyId, secretAccessKey } = INTERN;
  const config = workshop.file(
    'config',
    `[profile intern]\naws_access_key_id = ${accessKeyId}\naws_secret_access_key = ${secretAccessKey}\nregion = us-east-1\n`,
  );

  const { code, stderr } = await manage([action, link, '--profile', 'intern'], { env: { AWS_CONFIG_FILE: config } });

  expect(code).toBe(3);
  expect(stderr).toContain('You may not manage links');
  expect((await send(link)).status).toBe(302);
});

test.each([
  [['status', 'nonsense'], 'That is neither a link nor the id of one'],
  [['one.pdf', 'two.pdf'], 'One file or object at a time'],
])('%j is called wrongly', async (args, sentence) => {
  const { code, stderr } = await manage(args);

  expect(code).toBe(2);
  expect(stderr).toContain(sentence);
});
