import { checkPlainHttpDenial } from '../iam/plain-http-denial';
import type { Template } from '../template/template';
import type { FunctionModel } from './function-model';

/**
 * Checks the queues and their policies. The emulator uses queues only for dead letters; it does not encrypt messages,
 * and keeps them until it stops.
 *
 * @throws UnsupportedTemplateError for a policy that does more than deny plain HTTP
 */
export function checkQueues(template: Template, functions: readonly FunctionModel[]): void {
  template.read('AWS::SQS::Queue', ({ owner, identity, properties }) => {
    if (owner === 'app' && !functions.some((fn) => fn.deadLetterQueueArn === identity.attributes['Arn'])) {
      throw properties.error('QueueName', 'the local emulator supports only dead-letter queues of functions');
    }
    properties.ignore('KmsMasterKeyId', 'MessageRetentionPeriod', 'SqsManagedSseEnabled').done();
  });
  template.read('AWS::SQS::QueuePolicy', ({ properties }) => {
    const document = properties.ignore('Queues').object('PolicyDocument').only('Version', '2012-10-17');
    document.objects('Statement').forEach(checkPlainHttpDenial);
    document.done();
    properties.done();
  });
}
