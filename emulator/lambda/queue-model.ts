import { checkPlainHttpDenial } from '../iam/plain-http-denial';
import type { Template } from '../template/template';

/**
 * Checks the queues and their policies. The emulator uses queues only for dead letters; it does not encrypt messages,
 * and keeps them until it stops.
 *
 * @throws UnsupportedTemplateError for a policy that does more than deny plain HTTP
 */
export function checkQueues(template: Template): void {
  for (const { properties } of template.ofType('AWS::SQS::Queue')) {
    properties.ignore('KmsMasterKeyId', 'MessageRetentionPeriod', 'SqsManagedSseEnabled').done();
  }
  for (const { properties } of template.ofType('AWS::SQS::QueuePolicy')) {
    const document = properties.ignore('Queues').object('PolicyDocument').only('Version', '2012-10-17');
    document.objects('Statement').forEach(checkPlainHttpDenial);
    document.done();
    properties.done();
  }
}
