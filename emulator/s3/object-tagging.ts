import { readFile, rm } from 'node:fs/promises';
import { xmlElements } from '../xml';
import { hideUnlessLister } from './access';
import type { S3Context } from './context';
import { NO_SUCH_KEY, refuseDeleteMarker } from './get-object';
import { versionHeaders } from './put-object';
import { receiveBody } from './receive-body';
import { fail, isFailure, MALFORMED_XML, type S3Failure, type S3Reply, xmlReply } from './reply';
import type { ObjectTag, ObjectVersion } from './store';
import { parseXmlRecords } from './xml-records';

/** Limits of S3: https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-tagging.html */
const MAX_TAGS = 10;
/** In UTF-16 code units, like {@link MAX_VALUE_LENGTH}. */
const MAX_KEY_LENGTH = 128;
const MAX_VALUE_LENGTH = 256;
/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_control_Tag.html */
const ALLOWED_TEXT = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u;
/** Enough for ten tags with every character escaped. */
const MAX_BODY_BYTES = 64 * 1024;
const TAG_ELEMENTS: ReadonlySet<string> = new Set(['Key', 'Value']);

/**
 * Replaces all tags of an object. A new version of the object has no tags.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObjectTagging.html
 */
export async function putObjectTagging(context: S3Context): Promise<S3Reply | S3Failure> {
  const { target, bucket, store } = context;
  const body = await receiveText(context);
  const tags = isFailure(body) ? body : parseTags(body.text);
  if (isFailure(tags)) {
    return tags;
  }
  const version = findTaggable(await store.setTags(bucket, target.key, tags), context);
  return isFailure(version) ? version : { status: 200, headers: versionHeaders(bucket, version.versionId) };
}

/** @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObjectTagging.html */
export function getObjectTagging(context: S3Context): S3Reply | S3Failure {
  const { target, bucket, store } = context;
  const version = findTaggable(store.versions(bucket, target.key)[0], context);
  if (isFailure(version)) {
    return version;
  }
  const tags = (version.tags ?? []).map(({ key, value }) => `<Tag>${xmlElements({ Key: key, Value: value })}</Tag>`);
  return xmlReply('Tagging', `<TagSet>${tags.join('')}</TagSet>`, versionHeaders(bucket, version.versionId));
}

/** Refuses a missing key, and a delete marker, which has no tags. */
function findTaggable(newest: ObjectVersion | undefined, context: S3Context): ObjectVersion | S3Failure {
  if (newest === undefined) {
    return hideUnlessLister(NO_SUCH_KEY, context);
  }
  return newest.content === undefined ? refuseDeleteMarker(newest) : newest;
}

/** Receives the body and checks it against its headers. */
async function receiveText({ request, store }: S3Context): Promise<{ readonly text: string } | S3Failure> {
  if (Number(request.headers['content-length']) > MAX_BODY_BYTES) {
    return MALFORMED_XML;
  }
  const file = store.temporaryFile();
  try {
    const received = await receiveBody(request, file);
    return isFailure(received) ? received : { text: await readFile(file, 'utf8') };
  } finally {
    await rm(file, { force: true });
  }
}

function parseTags(body: string): readonly ObjectTag[] | S3Failure {
  const records = parseXmlRecords(body, ['Tagging', 'TagSet', 'Tag'], TAG_ELEMENTS);
  if (records === undefined || records.some((record) => record.size < TAG_ELEMENTS.size)) {
    return MALFORMED_XML;
  }
  const tags = records.map((record) => ({ key: record.get('Key') ?? '', value: record.get('Value') ?? '' }));
  return checkTags(tags) ?? tags;
}

function checkTags(tags: readonly ObjectTag[]): S3Failure | undefined {
  if (tags.length > MAX_TAGS) {
    return fail(400, 'BadRequest', `Object tags cannot be greater than ${MAX_TAGS}`);
  }
  if (tags.some(({ key }) => key === '' || key.length > MAX_KEY_LENGTH || !ALLOWED_TEXT.test(key))) {
    return fail(400, 'InvalidTag', 'The TagKey you have provided is invalid');
  }
  if (tags.some(({ value }) => value.length > MAX_VALUE_LENGTH || !ALLOWED_TEXT.test(value))) {
    return fail(400, 'InvalidTag', 'The TagValue you have provided is invalid');
  }
  if (tags.some(({ key }) => key.startsWith('aws:'))) {
    return fail(400, 'InvalidTag', 'System tags cannot be added/updated by requester');
  }
  return new Set(tags.map(({ key }) => key)).size < tags.length
    ? fail(400, 'InvalidTag', 'Cannot provide multiple Tags with the same key')
    : undefined;
}
