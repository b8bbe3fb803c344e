import { AsyncInvocations, type DeadLetter } from '../../../emulator/lambda/async-invocations';
import type { FunctionModel } from '../../../emulator/lambda/function-model';
import type { InvocationResult } from '../../../emulator/lambda/local-function';
import type { InvocableFunction } from '../../../emulator/lambda/local-functions';

const ARN = 'arn:aws:lambda:us-east-1:123456789012:function:receiver';
const QUEUE = 'arn:aws:sqs:us-east-1:123456789012:dead-letters';
const DONE: InvocationResult = { ok: true, payload: null };
const FAILED: InvocationResult = { ok: false, errorType: 'Error', errorMessage: 'No table' };
const THROTTLED: InvocationResult = {
  ok: false,
  errorType: 'TooManyRequestsException',
  errorMessage: 'Rate Exceeded.',
};

/** Invocations of a function that returns these results in turn. */
function invocationsOf(
  results: readonly InvocationResult[],
  model: Partial<FunctionModel> = { deadLetterQueueArn: QUEUE },
) {
  const remaining = [...results];
  const deadLetters: DeadLetter[] = [];
  const onAttempt: (() => void)[] = [];
  const fn = {
    model: { arn: ARN, ...model },
    principal: { arn: 'arn:role' },
    runtime: {
      async invoke() {
        for (const act of onAttempt) {
          act();
        }
        return remaining.shift();
      },
    },
  };
  const invocations = new AsyncInvocations({
    functions: new Map([[ARN, fn as unknown as InvocableFunction]]),
    onDeadLetter: (deadLetter) => deadLetters.push(deadLetter),
  });
  return { invocations, remaining, deadLetters, onAttempt };
}

test.each<[name: string, results: readonly InvocationResult[], deadLetters: number]>([
  ['success', [DONE], 0],
  ['success after two errors', [FAILED, FAILED, DONE], 0],
  ['three errors', [FAILED, FAILED, FAILED], 1],
  ['success after throttling', [THROTTLED, THROTTLED, THROTTLED, THROTTLED, DONE], 0],
  ['throttling does not use up the retries', [THROTTLED, FAILED, THROTTLED, FAILED, THROTTLED, DONE], 0],
])('%s', async (_, results, expected) => {
  const { invocations, remaining, deadLetters } = invocationsOf(results);
  await invocations.invoke(ARN, { id: 1 }, 'logs.amazonaws.com');

  expect(remaining).toEqual([]);
  expect(deadLetters).toHaveLength(expected);
});

test('with a reserved concurrency of zero, the event goes to the dead-letter queue without retries', async () => {
  const { invocations, remaining, deadLetters } = invocationsOf([THROTTLED, DONE], {
    deadLetterQueueArn: QUEUE,
    reservedConcurrency: 0,
  });
  await invocations.invoke(ARN, { id: 1 }, 'logs.amazonaws.com');

  expect(remaining).toEqual([DONE]);
  expect(deadLetters).toEqual([
    { queueArn: QUEUE, functionArn: ARN, event: { id: 1 }, errorMessage: 'Rate Exceeded.' },
  ]);
});

test('without a dead-letter queue, a failed event is dropped', async () => {
  const { invocations, deadLetters } = invocationsOf([FAILED, FAILED, FAILED], {});
  await invocations.invoke(ARN, {}, 'events.amazonaws.com');

  expect(deadLetters).toEqual([]);
});

test.each<[name: string, closedAfter: number, unused: readonly InvocationResult[]]>([
  ['retries', 1, [FAILED, FAILED]],
  ['a dead letter', 3, []],
])('close drops %s, and waits for the running attempt', async (_, closedAfter, unused) => {
  const { invocations, remaining, deadLetters, onAttempt } = invocationsOf([FAILED, FAILED, FAILED]);
  let attempts = 0;
  let closed: Promise<void> | undefined;
  onAttempt.push(() => {
    attempts++;
    if (attempts === closedAfter) {
      closed = invocations.close();
    }
  });
  await invocations.invoke(ARN, {}, 'logs.amazonaws.com');
  await closed;

  expect(remaining).toEqual(unused);
  expect(deadLetters).toEqual([]);
});
