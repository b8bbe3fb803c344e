import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { decide, describeDenial } from '../iam/policy';
import type { Principal } from '../iam/principal';
import type { SignatureError } from '../iam/sigv4';
import { verifyRequest } from '../iam/verify-request';
import { type LocalService, readBody, serveOnLoopback } from '../loopback';
import type { ServiceOptions } from '../service-options';
import { xmlDocument, xmlElements } from '../xml';
import { type Message, parsePublish } from './publish';
import { PUBLISH, type TopicModel } from './topic-model';

/** An email that a topic sends. */
export interface Email {
  readonly topicName: string;
  readonly to: string;
  readonly subject: string;
  readonly text: string;
}

/** Options of {@link startSns}. */
export interface SnsOptions extends ServiceOptions {
  readonly topics: readonly TopicModel[];
  readonly onEmail: (email: Email) => void;
}

/** The ID of a published message, or an error of SNS. */
type Result =
  | { readonly messageId: string }
  | { readonly status: number; readonly code: string; readonly message: string };

/** More than a message of 256 KB with every byte percent-encoded. */
const MAX_BODY_BYTES = 1024 * 1024;
/**
 * Actions on the key that a publisher to an encrypted topic needs.
 *
 * @see https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html
 */
const KEY_ACTIONS = ['kms:GenerateDataKey', 'kms:Decrypt'] as const;
const XMLNS = 'xmlns="http://sns.amazonaws.com/doc/2010-03-31/"';

/** @see https://docs.aws.amazon.com/sns/latest/api/CommonErrors.html */
const SIGNATURE_ERRORS: Readonly<Record<SignatureError['reason'], readonly [status: number, code: string]>> = {
  missing: [403, 'MissingAuthenticationToken'],
  malformed: [400, 'IncompleteSignature'],
  'unknown-key': [403, 'InvalidClientTokenId'],
  'no-token': [403, 'InvalidClientTokenId'],
  'bad-token': [403, 'InvalidClientTokenId'],
  expired: [400, 'RequestExpired'],
  'unsigned-header': [403, 'SignatureDoesNotMatch'],
  mismatch: [403, 'SignatureDoesNotMatch'],
};

/**
 * Starts the local emulator's SNS, which supports only Publish. Each message becomes one email per subscribed address.
 */
export async function startSns(options: SnsOptions): Promise<LocalService> {
  return await serveOnLoopback(async (request, response) => {
    const body = await readBody(request, MAX_BODY_BYTES + 1);
    const result = respond(request, body, options);
    const requestId = randomUUID();
    const text = render(result, requestId);
    response.writeHead('messageId' in result ? 200 : result.status, {
      'content-type': 'text/xml',
      'content-length': Buffer.byteLength(text),
      'x-amzn-requestid': requestId,
    });
    response.end(text);
  }, options);
}

function respond(request: IncomingMessage, body: Buffer, options: SnsOptions): Result {
  if (body.length > MAX_BODY_BYTES) {
    return { status: 413, code: 'RequestEntityTooLarge', message: `The body exceeds ${MAX_BODY_BYTES} bytes` };
  }
  const { region, principals } = options;
  const verdict = verifyRequest(request, body, { service: 'sns', region, now: options.now(), principals });
  if (!verdict.ok) {
    const [status, code] = SIGNATURE_ERRORS[verdict.reason];
    return { status, code, message: verdict.message };
  }
  if (request.method !== 'POST' || request.url !== '/') {
    const message = `The local emulator does not support ${request.method} ${request.url}`;
    return { status: 400, code: 'InvalidAction', message };
  }
  const parsed = parsePublish(body.toString());
  return parsed.ok ? publish(parsed.message, verdict.principal, options) : { ...parsed, status: 400 };
}

function publish({ topicArn, subject, text }: Message, principal: Principal, options: SnsOptions): Result {
  const denial = denialOf(principal, [PUBLISH], topicArn, options);
  if (denial !== undefined) {
    return { status: 403, code: 'AuthorizationError', message: denial };
  }
  const topic = options.topics.find((one) => one.arn === topicArn);
  if (topic === undefined) {
    return { status: 404, code: 'NotFound', message: 'Topic does not exist' };
  }
  const { name: topicName, emails, kmsKeyArn } = topic;
  const keyDenial = kmsKeyArn && denialOf(principal, KEY_ACTIONS, kmsKeyArn, options);
  if (keyDenial) {
    return { status: 400, code: 'KMSAccessDenied', message: keyDenial };
  }
  options.onCall?.({ principalArn: principal.arn, action: PUBLISH, resource: topicArn });
  for (const to of emails) {
    options.onEmail({ topicName, to, subject, text });
  }
  return { messageId: randomUUID() };
}

/** Why a principal may not perform one of the actions on a resource; `undefined` if all are allowed. */
function denialOf(
  { arn, statements }: Principal,
  actions: readonly string[],
  resource: string,
  { region }: SnsOptions,
): string | undefined {
  for (const action of actions) {
    const decision = decide(statements, action, resource, { 'kms:ViaService': `sns.${region}.amazonaws.com` });
    if (decision !== 'allow') {
      return describeDenial(decision, arn, action, resource);
    }
  }
  return undefined;
}

/** Renders the XML of the AWS query protocol. */
function render(result: Result, requestId: string): string {
  if ('messageId' in result) {
    const published = xmlElements({ MessageId: result.messageId });
    const metadata = xmlElements({ RequestId: requestId });
    return xmlDocument(
      `<PublishResponse ${XMLNS}><PublishResult>${published}</PublishResult><ResponseMetadata>${metadata}</ResponseMetadata></PublishResponse>`,
    );
  }
  const { code, message } = result;
  const error = xmlElements({ Type: 'Sender', Code: code, Message: message });
  return xmlDocument(
    `<ErrorResponse ${XMLNS}><Error>${error}</Error>${xmlElements({ RequestId: requestId })}</ErrorResponse>`,
  );
}
