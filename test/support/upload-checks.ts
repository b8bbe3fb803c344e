import { GetObjectCommand } from '@aws-sdk/client-s3';
import { linkTo, send } from './http';
import type { RunningEmulator } from './running-emulator';
import { declareFile, grantedUpload, putFile, uploadLink } from './uploads';

const NOTE = { file_name: 'note.txt', size_bytes: 5, content_type: 'text/plain' };

/** What an upload link promises, and a check of it. */
const PROMISES: readonly (readonly [promise: string, isKept: (emulator: RunningEmulator) => Promise<boolean>])[] = [
  ['the route for downloads does not redeem an upload link', staysActiveForUploads],
  ['the route for uploads does not redeem a download link', staysActiveForDownloads],
  [
    'a file that is larger than the link allows is refused',
    async (emulator) => await refuses(emulator, { size_bytes: 1001 }),
  ],
  ['a file of another type is refused', async (emulator) => await refuses(emulator, { content_type: 'image/png' })],
  ['a file can be sent as declared', sendsFile],
  ['a file of another size than declared cannot be sent', refusesOtherSize],
  ['a received file cannot be replaced', keepsFile],
];

/** The promises that a deployment breaks. */
export async function brokenUploadPromises(emulator: RunningEmulator): Promise<readonly string[]> {
  const broken: string[] = [];
  for (const [promise, isKept] of PROMISES) {
    if (!(await isKept(emulator))) {
      broken.push(promise);
    }
  }
  return broken;
}

async function staysActiveForUploads(emulator: RunningEmulator): Promise<boolean> {
  const { url } = await uploadLink(emulator);
  const { status } = await send(url.replace('upload-object', 'access-object'));
  return status === 403 && (await declareFile(url, NOTE)).status === 200;
}

async function staysActiveForDownloads(emulator: RunningEmulator): Promise<boolean> {
  const url = await linkTo(emulator);
  const { status } = await declareFile(url.replace('access-object', 'upload-object'), NOTE);
  return status === 403 && (await send(url)).status === 302;
}

async function refuses(emulator: RunningEmulator, change: Partial<typeof NOTE>): Promise<boolean> {
  const { url } = await uploadLink(emulator, { max_bytes: 1000, content_types: ['text/*'] });
  const { status } = await declareFile(url, { ...NOTE, ...change });
  return status === 400 && (await declareFile(url, NOTE)).status === 200;
}

async function sendsFile(emulator: RunningEmulator): Promise<boolean> {
  const granted = await grantedUpload((await uploadLink(emulator)).url, NOTE);
  return (await putFile(granted, 'hello')).status === 200;
}

async function refusesOtherSize(emulator: RunningEmulator): Promise<boolean> {
  const granted = await grantedUpload((await uploadLink(emulator)).url, NOTE);
  return (await putFile(granted, 'longer than declared')).status === 403;
}

async function keepsFile(emulator: RunningEmulator): Promise<boolean> {
  const { url, link_id: linkId } = await uploadLink(emulator);
  const granted = await grantedUpload(url, NOTE);
  const { 'If-None-Match': condition, ...unconditional } = granted.headers;
  await putFile(granted, 'first');
  await putFile(granted, 'other');
  await putFile({ ...granted, headers: unconditional }, 'other');
  const get = new GetObjectCommand({ Bucket: emulator.bucketName, Key: `inbox/${linkId}/${NOTE.file_name}` });
  const stored = await emulator.s3.send(get).then(
    ({ Body: body }) => body?.transformToString(),
    () => undefined,
  );
  // Nothing is stored if S3 refuses all uploads.
  return stored !== 'other';
}
