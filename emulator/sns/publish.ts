/** A message to a topic. */
export interface Message {
  readonly topicArn: string;
  readonly subject: string;
  readonly text: string;
}

/** A message, or why the request is refused. */
export type ParsedPublish =
  | { readonly ok: true; readonly message: Message }
  | { readonly ok: false; readonly code: 'InvalidAction' | 'InvalidParameter'; readonly message: string };

const VERSION = '2010-03-31';
const PARAMETERS: readonly string[] = ['Action', 'Version', 'TopicArn', 'Subject', 'Message'];
const TOPIC_ARN = /^arn:aws:sns:[a-z0-9-]+:\d{12}:[A-Za-z0-9_-]{1,256}$/;
const MAX_MESSAGE_BYTES = 256 * 1024;
const MAX_SUBJECT_LENGTH = 99;
/** Control characters and line breaks. */
const NOT_IN_SUBJECT = /[\p{Cc}\p{Zl}\p{Zp}]/u;
/** Default subject, for messages without one. */
const DEFAULT_SUBJECT = 'AWS Notification Message';

/**
 * Parses the form of a Publish request.
 *
 * AWS has been seen to accept a subject of 100 characters. The emulator applies the documented maximum of 99.
 *
 * @see https://docs.aws.amazon.com/sns/latest/api/API_Publish.html
 */
export function parsePublish(body: string): ParsedPublish {
  const form = new URLSearchParams(body);
  const action = form.get('Action');
  const version = form.get('Version');
  if (action !== 'Publish' || version !== VERSION) {
    const message = `The local emulator does not support the action ${action} of version ${version}`;
    return { ok: false, code: 'InvalidAction', message };
  }
  const names = [...form.keys()];
  const unsupported = names.find((name) => !PARAMETERS.includes(name));
  if (unsupported !== undefined) {
    return refuse(`The local emulator does not support the parameter ${unsupported}`);
  }
  if (new Set(names).size < names.length) {
    return refuse('Each parameter must occur once');
  }
  const topicArn = form.get('TopicArn') ?? '';
  const subject = form.get('Subject') ?? DEFAULT_SUBJECT;
  const text = form.get('Message') ?? '';
  if (!TOPIC_ARN.test(topicArn)) {
    return refuse('Invalid parameter: TopicArn');
  }
  if (subject === '' || subject.length > MAX_SUBJECT_LENGTH || NOT_IN_SUBJECT.test(subject)) {
    return refuse('Invalid parameter: Subject');
  }
  if (text === '') {
    return refuse('Invalid parameter: Empty message');
  }
  if (Buffer.byteLength(text) > MAX_MESSAGE_BYTES) {
    return refuse('Invalid parameter: Message too long');
  }
  return { ok: true, message: { topicArn, subject, text } };
}

function refuse(message: string): ParsedPublish {
  return { ok: false, code: 'InvalidParameter', message };
}
