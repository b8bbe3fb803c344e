import { GetObjectTaggingCommand, PutObjectCommand, PutObjectTaggingCommand } from '@aws-sdk/client-s3';
import { type CliEmulator, runCliEmulator } from '../support/cli-emulator';
import { createTempDir, runCli } from '../support/cli-process';
import { type IssuedLink, manageLink, send } from '../support/http';
import { SettableClock } from '../support/settable-clock';

const MINUTE = 60;
const HOUR = 60 * MINUTE;

const clock = new SettableClock(new Date());
const tempDir = createTempDir();
let emulator: CliEmulator;

beforeAll(async () => {
  emulator = await runCliEmulator(tempDir, { clock });
});
beforeEach(() => clock.set(new Date()));
afterAll(async () => {
  await emulator.close();
  tempDir.remove();
});

/** A link to an uploaded file. */
interface SharedFile extends IssuedLink {
  readonly key: string;
}

/** Shares a file as the CLI does. */
async function share(name: string): Promise<SharedFile> {
  const before = await emulator.uploads();
  const file = tempDir.file(name, 'a report');
  const { code, stdout } = await runCli([
    'share',
    file,
    '--json',
    '--expires',
    '1h',
    '--outputs',
    emulator.outputsFile,
  ]);
  expect(code).toBe(0);
  const [key = '', ...others] = (await emulator.uploads()).filter((one) => !before.includes(one));
  expect(others).toEqual([]);
  return { ...JSON.parse(stdout), key };
}

/** Redeems the link of a file. */
async function redeem({ url }: SharedFile): Promise<void> {
  expect((await send(url)).status).toBe(302);
  await emulator.delivered();
}

/** Runs the schedules at a later time. Returns the remaining files. */
async function filesAfter(seconds: number): Promise<readonly string[]> {
  clock.advance(seconds);
  await emulator.runSchedules();
  await emulator.delivered();
  // The files are listed with the machine's clock.
  clock.set(new Date());
  return await emulator.uploads();
}

test('an uploaded file is tagged with the ID of its link', async () => {
  const { key, link_id: linkId } = await share('tagged.pdf');
  const { TagSet } = await emulator.s3.send(new GetObjectTaggingCommand({ Bucket: emulator.bucketName, Key: key }));

  expect(TagSet).toEqual([{ Key: 'link-id', Value: linkId }]);
});

test('a file is removed after its link was redeemed and the URL has stopped working', async () => {
  const file = await share('redeemed.pdf');
  await redeem(file);

  expect(await filesAfter(61 * MINUTE - 10)).toContain(file.key);
  expect(await filesAfter(61 * MINUTE + 10)).not.toContain(file.key);
});

test('a file is removed after its link was revoked', async () => {
  const file = await share('revoked.pdf');
  expect((await manageLink(emulator, 'DELETE', file.link_id)).status).toBe(204);

  expect(await filesAfter(0)).not.toContain(file.key);
});

test('a file is removed after its link has expired', async () => {
  const file = await share('expired.pdf');

  expect(await filesAfter(HOUR - 10)).toContain(file.key);
  expect(await filesAfter(HOUR + 10)).not.toContain(file.key);
});

test('files of links that are active or were just redeemed are kept, and can be downloaded', async () => {
  const [active, redeemed] = [await share('active.pdf'), await share('just-redeemed.pdf')];
  const { headers } = await send(redeemed.url);
  await emulator.delivered();

  expect(await filesAfter(0)).toEqual(expect.arrayContaining([active.key, redeemed.key]));
  expect((await send(String(headers['location']))).body).toBe('a report');
  expect((await send(active.url)).status).toBe(302);
});

test('an object outside shared/ and an object without a tag are kept', async () => {
  const file = await share('revoked-too.pdf');
  await manageLink(emulator, 'DELETE', file.link_id);
  const Tagging = { TagSet: [{ Key: 'link-id', Value: file.link_id }] };
  const at = (Key: string) => ({ Bucket: emulator.bucketName, Key });
  for (const key of ['reports/kept.pdf', 'shared/untagged.pdf', 'shared/other-tag.pdf']) {
    await emulator.s3.send(new PutObjectCommand({ ...at(key), Body: 'x' }));
  }
  await emulator.s3.send(new PutObjectTaggingCommand({ ...at('reports/kept.pdf'), Tagging }));
  const otherTag = { TagSet: [{ Key: 'project', Value: file.link_id }] };
  await emulator.s3.send(new PutObjectTaggingCommand({ ...at('shared/other-tag.pdf'), Tagging: otherTag }));

  const left = await filesAfter(0);
  expect(left).toEqual(expect.arrayContaining(['shared/untagged.pdf', 'shared/other-tag.pdf']));
  expect(left).not.toContain(file.key);
  const kept = await emulator.s3.send(new GetObjectTaggingCommand(at('reports/kept.pdf')));
  expect(kept.TagSet).toEqual(Tagging.TagSet);
});

test('a file with the ID of an unknown link is kept', async () => {
  const at = { Bucket: emulator.bucketName, Key: 'shared/unknown.pdf' };
  await emulator.s3.send(new PutObjectCommand({ ...at, Body: 'x' }));
  const Tagging = { TagSet: [{ Key: 'link-id', Value: 'A'.repeat(22) }] };
  await emulator.s3.send(new PutObjectTaggingCommand({ ...at, Tagging }));

  expect(await filesAfter(0)).toContain('shared/unknown.pdf');
});

test('the number of removed files is logged', async () => {
  await filesAfter(2 * HOUR);
  for (const name of ['one.pdf', 'two.pdf', 'three.pdf']) {
    await manageLink(emulator, 'DELETE', (await share(name)).link_id);
  }
  const before = emulator.logs.length;
  await filesAfter(0);

  expect(await emulator.lineOf('RemoveUploads', before)).toEqual({ event: 'uploads_removed', count: 3 });
});
