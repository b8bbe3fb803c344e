import { StorageUnavailableError } from '../../../lambda/runtime/outage';
import { fulfilled, settleAll, throwIfFailed } from '../../../lambda/runtime/settle';
import { BUG, dynamoDbError, endTest, parsed, startTest } from '../support/handler';

let output: string[];
beforeEach(() => {
  output = startTest();
});
afterEach(endTest);

test('60 items are processed in order, 25 at a time', async () => {
  let running = 0;
  let mostRunning = 0;
  const items = Array.from({ length: 60 }, (_, item) => item);

  const results = await settleAll(items, async (item) => {
    running++;
    mostRunning = Math.max(mostRunning, running);
    await new Promise(setImmediate);
    running--;
    return item;
  });

  expect(fulfilled(results)).toEqual(items);
  expect(mostRunning).toBe(25);
});

test('a failed call does not stop the others', async () => {
  const results = await settleAll([1, 2, 3], async (item) => {
    if (item === 2) {
      throw BUG;
    }
    return item;
  });

  expect(fulfilled(results)).toEqual([1, 3]);
  expect(results[1]).toEqual({ status: 'rejected', reason: BUG });
});

test('each failed AWS call is logged, and one error is thrown for all', async () => {
  const results = await Promise.allSettled([
    Promise.reject(dynamoDbError('InternalServerError', 500)),
    Promise.resolve(1),
    Promise.reject(dynamoDbError('AccessDenied', 400)),
  ]);

  expect(() => throwIfFailed(results)).toThrow(StorageUnavailableError);
  expect(parsed(output)).toEqual([
    expect.objectContaining({ event: 'storage_failed', error: 'InternalServerError' }),
    expect.objectContaining({ event: 'storage_failed', error: 'AccessDenied' }),
  ]);
});

test('a bug is thrown as it is', async () => {
  const results = await Promise.allSettled([Promise.reject(BUG)]);

  expect(() => throwIfFailed(results)).toThrow(BUG);
});

test('nothing is thrown or logged without a failure', async () => {
  throwIfFailed(await Promise.allSettled([Promise.resolve(1)]));

  expect(output).toEqual([]);
});
