import type { Email } from '../../emulator/sns/server';
import { type MutableResources, resourceNamed } from '../support/assembly';
import { send } from '../support/http';
import { type RunningEmulator, runEmulator } from '../support/running-emulator';
import { SettableClock } from '../support/settable-clock';
import { runStateMachine } from './states-language';
import { directLink, type Example, installExample } from './support';

const emails: Email[] = [];
const clock = new SettableClock(new Date());
let example: Example;
let emulator: RunningEmulator;
beforeAll(async () => {
  example = await installExample('step-functions', ['auditor=ada@example.com']);
  emulator = await runEmulator({ assembly: example.assembly, clock, onEmail: (email) => emails.push(email) });
});
afterAll(async () => {
  await emulator?.close();
  await example?.remove();
});

/** Runs the workflow. The emulator serves its function, and this test the state machine. */
async function sendReport(wait: (count: number) => Promise<void>) {
  const { Resources } = example.assembly.template;
  const machine = resourceNamed(Resources as MutableResources, 'AWS::StepFunctions::StateMachine', 'Workflow');
  const inputs: unknown[] = [];
  const invoke = async (resource: string, input: unknown): Promise<unknown> => {
    inputs.push(input);
    const result = await emulator.invoke(resource, input);
    if (!result.ok) {
      throw new Error(result.errorMessage);
    }
    return result.payload;
  };
  const ended = await runStateMachine(machine.Properties.DefinitionString, { key: 'S3.png' }, { invoke, wait });
  return { ...ended, inputs };
}

/** The link in the last email. */
function emailedLink(): string {
  const [link = ''] = /http\S+/.exec(emails.at(-1)?.text ?? '') ?? [];
  return directLink(link);
}

test('the workflow emails a link, and succeeds after the link was redeemed', async () => {
  const { end, output, inputs } = await sendReport(async (count) => {
    if (count === 2) {
      expect((await send(emailedLink())).status).toBe(302);
      await emulator.delivered();
    }
  });

  expect(emails).toMatchObject([{ to: 'ada@example.com', subject: 'Your report' }]);
  expect(end).toBe('Redeemed');
  expect(output).toEqual({ linkId: expect.stringMatching(/^[\w-]{22}$/), status: 'redeemed' });
  expect(inputs).toMatchObject([{ key: 'S3.png' }, { status: 'active' }, { status: 'active' }]);
  expect((await send(emailedLink())).status).toBe(403);
});

test('the link is not in the data of the workflow', async () => {
  const { inputs, output } = await sendReport(async () => clock.advance(24 * 60 * 60));

  const [, nonce = 'none'] = emailedLink().split('nonce=');
  expect(nonce).toMatch(/^[\w-]{43}$/);
  expect(JSON.stringify([inputs, output])).not.toContain(nonce);
});

test('the workflow fails if the link expires', async () => {
  const { end, output } = await sendReport(async () => clock.advance(24 * 60 * 60));

  expect(end).toBe('Not redeemed');
  expect(output).toMatchObject({ status: 'expired' });
});

test('the emulator serves everything but the state machine', () => {
  expect(emulator.leftAlone.map((line) => line.replace(/ \(.*/, ''))).toEqual(['AWS::StepFunctions::StateMachine']);
});
