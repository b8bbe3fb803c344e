import { request } from 'node:http';
import { GetObjectCommand, paginateListObjectsV2 } from '@aws-sdk/client-s3';
import type { RunningEmulator } from './running-emulator';
import { type GrantedUpload, grantedUpload, uploadLink } from './uploads';

const FILE_BYTES = 1000;

/** Results of simultaneous uploads through one link. */
export interface UploadTally {
  /** Number of 200s. */
  readonly received: number;
  /** Number of 409s and 412s. */
  readonly refused: number;
  /** All other statuses. */
  readonly other: readonly number[];
  /** Number of objects with the link ID in their key. */
  readonly objects: number;
  /** Whether the object is, byte for byte, the file of an upload that got 200. */
  readonly isReceivedFile: boolean;
}

/** Size of a race. */
interface UploadRace {
  readonly links: number;
  /** Uploads through each link. */
  readonly senders: number;
  /** Whether the uploads have the header If-None-Match. @default true */
  readonly sendsCondition?: boolean;
}

/** Sends many different files of one size through each of many redeemed links, one link after another. */
export async function raceUploads(
  emulator: RunningEmulator,
  { links, senders, sendsCondition = true }: UploadRace,
): Promise<readonly UploadTally[]> {
  const tallies: UploadTally[] = [];
  for (let turn = 0; turn < links; turn++) {
    const link = await uploadLink(emulator, { max_bytes: FILE_BYTES });
    const granted = await grantedUpload(link.url, { file_name: 'file.bin', size_bytes: FILE_BYTES });
    const files = Array.from({ length: senders }, (_, index) => Buffer.alloc(FILE_BYTES, index));
    const { 'If-None-Match': condition, ...others } = granted.headers;
    const statuses = await sendTogether(sendsCondition ? granted : { ...granted, headers: others }, files);
    const received = files.filter((_, index) => statuses[index] === 200);
    const objects = await objectsBelow(emulator, `inbox/${link.link_id}/`);
    tallies.push({
      received: received.length,
      refused: statuses.filter((status) => status === 409 || status === 412).length,
      other: statuses.filter((status) => ![200, 409, 412].includes(status)),
      objects: objects.length,
      isReceivedFile: received.some((file) => objects[0]?.equals(file)),
    });
  }
  return tallies;
}

/** The links through which not exactly one file was received. */
export function brokenUploads(tallies: readonly UploadTally[]): readonly UploadTally[] {
  return tallies.filter(
    ({ received, other, objects, isReceivedFile }) =>
      received !== 1 || other.length > 0 || objects !== 1 || !isReceivedFile,
  );
}

/** Begins all uploads before it ends the first one, so that S3 accepts all their headers before it has any file. */
async function sendTogether(granted: GrantedUpload, files: readonly Buffer[]): Promise<readonly number[]> {
  const uploads = await Promise.all(files.map((file) => beginUpload(granted, file)));
  return await Promise.all(uploads.map((upload) => upload.finish()));
}

/** Sends the headers and the first half of a file. */
async function beginUpload({ url, headers }: GrantedUpload, file: Buffer): Promise<{ finish(): Promise<number> }> {
  const half = file.length / 2;
  const outgoing = request(url, {
    method: 'PUT',
    headers: { ...headers, 'Content-Length': file.length },
    agent: false,
  });
  const status = new Promise<number>((resolve, reject) => {
    outgoing.on('error', reject);
    outgoing.on('response', (response) => {
      response.resume().on('error', reject);
      response.on('end', () => resolve(response.statusCode ?? 0));
    });
  });
  await new Promise((resolve) => outgoing.write(file.subarray(0, half), resolve));
  return {
    async finish(): Promise<number> {
      outgoing.end(file.subarray(half));
      return await status;
    },
  };
}

/** The contents of all objects below a prefix. */
async function objectsBelow({ s3, bucketName }: RunningEmulator, prefix: string): Promise<readonly Buffer[]> {
  const contents: Buffer[] = [];
  for await (const page of paginateListObjectsV2({ client: s3 }, { Bucket: bucketName, Prefix: prefix })) {
    for (const { Key } of page.Contents ?? []) {
      const { Body } = await s3.send(new GetObjectCommand({ Bucket: bucketName, Key }));
      contents.push(Buffer.from((await Body?.transformToByteArray()) ?? []));
    }
  }
  return contents;
}
