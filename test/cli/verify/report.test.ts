import { type Check, runCheck, type VerifyContext } from '../../../cli/verify/check';
import { type Finding, report } from '../../../cli/verify/verify';

const PASSED: Finding = {
  check: check('page', async () => ({ status: 'passed', seen: '9,000 bytes' })),
  status: 'passed',
  seen: '9,000 bytes',
};
const SKIPPED: Finding = { check: { ...PASSED.check, id: 'throttle' }, status: 'skipped', seen: 'AWS only' };
const FAILED: Finding = {
  check: { ...PASSED.check, id: 'redeem' },
  status: 'failed',
  seen: 'the status is 302, not 403',
};

function check(id: string, run: Check['run']): Check {
  return { id, title: 'The page renders', settles: 'whether API Gateway sends it', run };
}

/** Reports findings. @returns what was printed, and the error */
async function reported(findings: readonly Finding[], json = false) {
  let printed = '';
  const print = async (text: string): Promise<void> => {
    printed += text;
  };
  const error: unknown = await report(findings, json, { print }).catch((thrown: unknown) => thrown);
  return { printed, error };
}

test('a table has one line for each check', async () => {
  expect(await reported([PASSED, SKIPPED])).toEqual({
    printed:
      'passed   page      9,000 bytes (settles whether API Gateway sends it)\n' +
      'skipped  throttle  AWS only (settles whether API Gateway sends it)\n',
    error: undefined,
  });
});

test('JSON has one object for each check', async () => {
  const { printed } = await reported([PASSED], true);

  expect(JSON.parse(printed)).toEqual([
    {
      id: 'page',
      title: 'The page renders',
      settles: 'whether API Gateway sends it',
      status: 'passed',
      seen: '9,000 bytes',
    },
  ]);
});

test('a failed check is an error with the exit code 6, after everything was printed', async () => {
  const { printed, error } = await reported([PASSED, FAILED, SKIPPED]);

  expect(printed).toContain('failed   redeem    the status is 302, not 403');
  expect(error).toMatchObject({ code: 'CheckFailed', exitCode: 6, message: '1 of 3 checks failed.' });
});

test('an error fails only its own check', async () => {
  const unreachable = check('page', async () => {
    throw new Error('no response within 30 seconds');
  });

  expect(await runCheck(unreachable, {} as VerifyContext)).toEqual({
    status: 'failed',
    seen: 'no response within 30 seconds',
  });
});
