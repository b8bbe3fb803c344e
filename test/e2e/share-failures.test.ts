import { spawn } from 'node:child_process';
import { appendFileSync, chmodSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { DeleteObjectCommand } from '@aws-sdk/client-s3';
import { LOCAL_CALLER } from '../../emulator/iam/credentials';
import { parseStatement } from '../../emulator/iam/policy';
import type { Principal } from '../../emulator/iam/principal';
import { resourceNamed } from '../support/assembly';
import { type CliEmulator, runCliEmulator, writeOutputs } from '../support/cli-emulator';
import {
  cleanEnvironment,
  createWorkshop,
  type Ended,
  PROJECT,
  type RunOptions,
  runShare,
  startShare,
  watch,
} from '../support/cli-process';
import { startGate } from '../support/gate';
import { startCloudFormationDouble } from '../support/query-protocol';

const workshop = createWorkshop();
let emulator: CliEmulator;
let file: string;

/** May do all but what is named. */
function caller(name: string, ...denied: readonly string[]): Principal {
  const all = parseStatement({ Effect: 'Allow', Action: '*', Resource: '*' }, 'test');
  const statements = [
    all,
    ...denied.map((Action) => parseStatement({ Effect: 'Deny', Action, Resource: '*' }, 'test')),
  ];
  return {
    arn: `arn:aws:iam::000000000000:user/${name}`,
    accessKeyId: name,
    secretAccessKey: `${name}-secret`,
    statements,
  };
}

const CALLERS = {
  noUpload: caller('NOUPLOAD', 's3:PutObject'),
  noLink: caller('NOLINK', 'execute-api:Invoke'),
  noRemoval: caller('NOREMOVAL', 'execute-api:Invoke', 's3:DeleteObject'),
};

beforeAll(async () => {
  emulator = await runCliEmulator(workshop, {
    callers: [LOCAL_CALLER, ...Object.values(CALLERS)],
    change: (resources) => {
      const { Variables: variables } = resourceNamed(resources, 'AWS::Lambda::Function', 'GenerateUrl').Properties
        .Environment;
      // Shorter than what the command asks for by default.
      variables.MAX_LINK_LIFETIME_SECONDS = '43200';
    },
  });
  file = workshop.file('report.pdf', 'a report');
});
afterEach(async () => {
  expect(await emulator.uploads()).toEqual([]);
});
afterAll(async () => {
  await emulator.close();
  workshop.remove();
});

/** Shares for so long as the deployment allows, by a link that opens at once. */
function share(args: readonly string[], options: RunOptions = {}): Promise<Ended> {
  return runShare([...args, '--direct', '--expires', '1h', '--outputs', emulator.outputsFile], options);
}

/** Shares as somebody: by a profile, as an emulator takes no other credentials than its own without. */
function shareAs({ accessKeyId, secretAccessKey }: Principal, args: readonly string[]): Promise<Ended> {
  const profile = `[profile caller]\naws_access_key_id = ${accessKeyId}\naws_secret_access_key = ${secretAccessKey}\n`;
  return share([...args, '--profile', 'caller'], { env: { AWS_CONFIG_FILE: workshop.file('caller', profile) } });
}

/** One sentence, nothing on standard output, and this exit code. */
function expectFailure(ended: Ended, code: number, ...parts: readonly string[]): void {
  expect(ended).toMatchObject({ code, stdout: '' });
  for (const part of parts) {
    expect(ended.stderr).toContain(part);
  }
  expect(ended.stderr.trimEnd().split('\n')).toHaveLength(1);
}

test.each<[string, readonly string[], string]>([
  ['nothing to share', [], "missing required argument 'source'. See: npm run share -- --help"],
  [
    'two files',
    ['a', 'b'],
    'One file or object at a time. With a link, write status or revoke before it. See: npm run share -- --help',
  ],
  ['an option that is not there', ['a', '--exipres', '1h'], "unknown option '--exipres' (Did you mean --expires?)."],
  ['an option without its value', ['a', '--as'], "option '--as <name>' argument missing."],
  ['a time that is none', ['a', '--expires', '1 hour'], 'Write a time as 90s, 30m, 24h or 7d.'],
  ['an address that is none', ['a', '--endpoint', 'x'], 'Write an address that starts with https://'],
  ['an address in clear', ['a', '--endpoint', 'http://x.example/'], 'Write an address that starts with https://'],
  ['a name with a slash', ['a', '--as', 'a/b'], 'Files cannot be saved under the name given with --as: give a name'],
  ...['--as', '--version-id', '--profile', '--outputs', '--stack'].map(
    (option): [string, readonly string[], string] => [
      `an empty ${option}`,
      ['a', option, ''],
      "argument '' is invalid. Give a value, or leave the option out. See: npm run share -- --help",
    ],
  ),
  ['an empty address', ['a', '--endpoint', ''], 'Write an address that starts with https://'],
  ...['', 'attacker.example/', 'eu-central', 'EU-CENTRAL-1'].map((region): [string, readonly string[], string] => [
    `the region ${region}`,
    ['a', '--region', region],
    `argument '${region}' is invalid. Write a region as eu-central-1. See: npm run share -- --help`,
  ]),
  ['a version of a file', ['a', '--version-id', 'x'], '--version-id is for objects in S3'],
  ['an upload for eight days', ['a', '--expires', '8d'], '--expires must be at most 7d, as uploaded files are removed'],
  ['a bucket without a key', ['s3://bucket'], 's3://bucket names no object: write s3://bucket/key.'],
  ['a key that browsers rewrite', ['s3://bucket/a/../b'], 'copy the object to a key without them.'],
])('%s: 2, and how to call it', async (_, args, sentence) => {
  expectFailure(await runShare(args), 2, sentence);
});

test('what does something to a terminal is not written to it: names of files, of stacks, of options', async () => {
  const active = '\u001b]0;title\u0007\u009b2J\u202e\n\u2028';
  const shown = '_]0;title__2J_';
  for (const args of [
    [`absent${active}.pdf`],
    ['a', `--option${active}`],
    [file, '--outputs', emulator.outputsFile, '--stack', `Other${active}`],
    [`s3://${emulator.bucketName}/absent${active}`, '--outputs', emulator.outputsFile, '--expires', '1h'],
  ]) {
    const { stdout, stderr } = await runShare(args);
    expect(stdout).toBe('');
    expect(stderr).toContain(shown);
    expect(stderr.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\u2028\u202e]/u);
  }
});

describe('what cannot be shared', () => {
  test('a file that is not there: 4', async () => {
    expectFailure(await share(['reprot.pdf']), 4, 'There is no file reprot.pdf: check the name.');
  });

  test('a folder: 2, and how to make one file of it', async () => {
    mkdirSync(join(workshop.directory, 'folder'));
    const ended = await share(['folder'], { cwd: workshop.directory });
    expectFailure(ended, 2, 'folder is a folder: make one file of it first, for example: tar -czf folder.tgz folder');
    expectFailure(await share(['.'], { cwd: workshop.directory }), 2, '. is a folder: make one file of it first.');
  });

  test('a file that one may not read: 3', async () => {
    const locked = workshop.file('locked.txt', 'x');
    chmodSync(locked, 0);
    const args = ['--import', 'tsx', join(PROJECT, 'bin', 'share.ts'), locked, '--outputs', emulator.outputsFile];
    // Nothing is locked to the superuser: then somebody else tries.
    const nobody = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {};
    chmodSync(workshop.directory, 0o755);
    const child = spawn(process.execPath, args, { cwd: PROJECT, env: cleanEnvironment(), ...nobody });
    expectFailure(await watch(child).ended, 3, `You may not read ${locked}: ask its owner`);
  });

  test('a file that changes while it is uploaded: 5', async () => {
    const changing = workshop.file('changing.bin', Buffer.alloc(60_000_000, 'x'));
    const gate = await startGate(emulator.s3Endpoint, {
      async admit({ url = '' }) {
        if (url.includes('partNumber=1&')) {
          appendFileSync(changing, 'more');
        }
      },
    });
    const outputs = writeOutputs(workshop, { ...emulator.outputs, S3Endpoint: gate.endpoint }, 'gate.json');
    const ended = await runShare([changing, '--outputs', outputs]);
    expectFailure(ended, 5, `${changing} changed while it was uploaded: share it again when it is finished.`);
    await gate.close();
  });

  test('a file that vanishes while it is uploaded: 5', async () => {
    const vanishing = workshop.file('vanishing.bin', Buffer.alloc(60_000_000, 'x'));
    const gate = await startGate(emulator.s3Endpoint, {
      async admit({ url = '' }) {
        if (url.includes('partNumber=1&')) {
          rmSync(vanishing, { force: true });
        }
      },
    });
    const outputs = writeOutputs(workshop, { ...emulator.outputs, S3Endpoint: gate.endpoint }, 'gate.json');
    const ended = await runShare([vanishing, '--outputs', outputs]);
    expectFailure(ended, 5, `${vanishing} vanished while it was uploaded`);
    await gate.close();
  });

  test('an object that is not there: 4; one that is in another bucket: 3', async () => {
    const absent = `s3://${emulator.bucketName}/absent`;
    expectFailure(await share([absent]), 4, `There is no object ${absent}: check its name.`);
    expectFailure(await share(['s3://elsewhere/key']), 3, 's3://elsewhere/key is in a bucket that this stack does not');
  });
});

describe('who shares', () => {
  const api = 'https://abcdefghij.execute-api.eu-central-1.amazonaws.com/prod/';
  let deployed: string;
  beforeAll(() => {
    deployed = writeOutputs(workshop, { ApiGatewayEndpoint: api, BucketUrl: 'bucket' }, 'deployed.json');
  });

  test('nobody, as there are no credentials: 3, before anything is uploaded', async () => {
    const ended = await runShare([file, '--outputs', deployed]);
    expectFailure(ended, 3, 'There are no AWS credentials: sign in (for example: aws sso login), give --profile');
  });

  test('somebody whose credentials have expired: 3', async () => {
    const env = {
      AWS_ACCESS_KEY_ID: 'ASIA',
      AWS_SECRET_ACCESS_KEY: 'secret',
      AWS_SESSION_TOKEN: 'token',
      AWS_CREDENTIAL_EXPIRATION: '2026-01-01T00:00:00Z',
    };
    const ended = await runShare([file, '--outputs', deployed], { env });
    expectFailure(ended, 3, 'The AWS credentials have expired: sign in again (for example: aws sso login)');
  });

  test('somebody whose sign-in is over: 3, and the command that signs in', async () => {
    const config = workshop.file(
      'sso',
      '[profile work]\nsso_session = my\nsso_account_id = 000000000000\nsso_role_name = r\nregion = eu-central-1\n' +
        '[sso-session my]\nsso_region = eu-central-1\nsso_start_url = https://sso.example/start\n',
    );
    const ended = await runShare([file, '--outputs', deployed, '--profile', 'work'], {
      env: { AWS_CONFIG_FILE: config },
    });
    expectFailure(ended, 3, 'sign in again with aws sso login --profile work');
  });

  test('somebody who may not upload: 3, and the right to ask for', async () => {
    const ended = await shareAs(CALLERS.noUpload, [file]);
    expectFailure(
      ended,
      3,
      `You may not upload to the bucket ${emulator.bucketName}: ask for s3:PutObject on arn:aws:s3:::`,
    );
  });

  test('somebody who may not ask for links: 3, and what was uploaded is removed', async () => {
    const ended = await shareAs(CALLERS.noLink, [file]);
    expectFailure(ended, 3, `You may not ask for links at ${emulator.apiEndpoint}: ask for execute-api:Invoke`);
  });

  test('somebody whom nobody knows: 3, and how to call the emulator with its own', async () => {
    const ended = await shareAs({ ...CALLERS.noLink, accessKeyId: 'AKIAUNKNOWN' }, [file]);
    expectFailure(ended, 3, 'The local emulator does not know these credentials: leave out --profile to call it');
    expect(ended.stderr).not.toContain('AKIAUNKNOWN');
    expect(ended.stderr).not.toContain(CALLERS.noLink.secretAccessKey);
  });

  test('the emulator’s own credentials go to this machine and nowhere else', async () => {
    const ended = await share([file, '--endpoint', api]);
    expectFailure(ended, 3, 'There are no AWS credentials');
  });
});

describe('where to', () => {
  test('another region: 3', async () => {
    const ended = await share([file, '--region', 'eu-west-1']);
    expectFailure(
      ended,
      3,
      `The bucket ${emulator.bucketName} is not in the region eu-west-1: give its own with --region.`,
    );
  });

  test('a bucket that is not there: 4', async () => {
    const outputs = writeOutputs(workshop, { ...emulator.outputs, BucketUrl: 'gone' }, 'gone.json');
    expectFailure(
      await runShare([file, '--outputs', outputs]),
      4,
      'There is no bucket gone: it was replaced or removed',
    );
  });

  test('an emulator that does not run any more: 5, and how to start it', async () => {
    const stale = {
      ...emulator.outputs,
      S3Endpoint: 'http://127.0.0.1:1',
      ApiGatewayEndpoint: 'http://127.0.0.1:1/prod/',
    };
    const outputs = writeOutputs(workshop, stale, 'stale.json');
    const sentence = 'No local emulator answers at http://127.0.0.1:1/: start one with npm start';
    expectFailure(await runShare([file, '--outputs', outputs]), 5, sentence);
    const object = `s3://${emulator.bucketName}/S3.png`;
    expectFailure(
      await runShare([object, '--outputs', outputs]),
      5,
      'No local emulator answers at http://127.0.0.1:1/prod/',
    );
  });

  test('an API that cannot be reached: 5, and what was uploaded is removed', async () => {
    const halfDead = { ...emulator.outputs, ApiGatewayEndpoint: 'http://127.0.0.1:1/prod/' };
    const ended = await runShare([file, '--outputs', writeOutputs(workshop, halfDead, 'half.json')]);
    expectFailure(ended, 5, 'No local emulator answers at http://127.0.0.1:1/prod/');
  });

  test('something that is no such API: 4, and what was uploaded is removed', async () => {
    const ended = await share([file, '--endpoint', `${emulator.apiEndpoint}open-link/`]);
    expectFailure(ended, 4, 'does not answer as the API of links: check --endpoint, or the outputs of the stack.');
  });

  test('outputs that are not there, or are none: 4 and 2', async () => {
    const none = join(workshop.directory, 'none.json');
    expectFailure(
      await runShare([file, '--outputs', none]),
      4,
      `There is no outputs file ${none}: write it with cdk deploy`,
    );
    const odd = workshop.file('odd.json', '[]');
    expectFailure(await runShare([file, '--outputs', odd]), 2, `${odd} is not what cdk deploy --outputs-file writes`);
  });

  test('a stack that the outputs do not have: 4', async () => {
    expectFailure(await share([file, '--stack', 'Other']), 4, 'has no stack Other (it has: PreSignedURLStack)');
  });
});

describe('a stack in CloudFormation', () => {
  const region = 'eu-central-1';
  const known = {
    AWS_ACCESS_KEY_ID: CALLERS.noLink.accessKeyId,
    AWS_SECRET_ACCESS_KEY: CALLERS.noLink.secretAccessKey,
  };

  async function lookUp(caller: Principal, args: readonly string[], more: Record<string, string> = {}): Promise<Ended> {
    const { ApiGatewayEndpoint = '', BucketUrl = '' } = emulator.outputs;
    const stack = { name: 'MyLinks', outputs: { ApiGatewayEndpoint, BucketUrl, ...more } };
    const cloudFormation = await startCloudFormationDouble(stack, region, caller);
    try {
      const options = { env: { ...known, AWS_ENDPOINT_URL_CLOUDFORMATION: cloudFormation.endpoint } };
      return await runShare([file, '--direct', '--expires', '1h', ...args], options);
    } finally {
      await cloudFormation.close();
    }
  }

  test('is not there: 4', async () => {
    const ended = await lookUp(CALLERS.noLink, ['--stack', 'Other', '--region', region]);
    expectFailure(ended, 4, 'There is no stack Other in eu-central-1: give its --stack and --region');
  });

  test('may not be looked up: 3', async () => {
    const ended = await lookUp({ ...CALLERS.noLink, statements: [] }, ['--stack', 'MyLinks', '--region', region]);
    expectFailure(
      ended,
      3,
      'You may not look up the stack MyLinks in eu-central-1: ask for cloudformation:DescribeStacks',
    );
  });

  test('is looked up by somebody whom AWS does not know: 3', async () => {
    const ended = await lookUp(CALLERS.noUpload, ['--stack', 'MyLinks', '--region', region]);
    expectFailure(ended, 3, 'CloudFormation does not accept the AWS credentials');
  });

  test('says to upload elsewhere: 2, whether that is on this machine or not', async () => {
    for (const S3Endpoint of ['https://evil.example/', emulator.s3Endpoint]) {
      const ended = await lookUp(CALLERS.noLink, ['--stack', 'MyLinks', '--region', region], { S3Endpoint });
      expectFailure(ended, 2, 'The stack MyLinks in eu-central-1 has an output S3Endpoint');
    }
  });

  test('in no region: 2', async () => {
    expectFailure(await lookUp(CALLERS.noLink, ['--stack', 'MyLinks']), 2, 'No AWS region is set: give --region');
  });
});

describe('what happens after the upload', () => {
  test('the link is refused: 3, in the words of the command, and the file is removed', async () => {
    const ended = await runShare([file, '--outputs', emulator.outputsFile, '--direct', '--expires', '24h']);
    expectFailure(ended, 3, 'No link was made: --expires must be a whole number of seconds from 1 to 43200.');
  });

  test('nobody takes the link: 5, and the file is removed', async () => {
    const running = startShare([file, '--outputs', emulator.outputsFile, '--direct', '--expires', '1h']);
    running.process.stdout?.destroy();
    const ended = await running.ended;
    expect(ended.code).toBe(5);
    expect(ended.stderr).toContain('The output was closed before the link was written, and the link is lost');
    expect(ended.stderr).not.toContain('nonce');
  });

  test('a file that may not be removed again is told, with when it goes by itself', async () => {
    const ended = await shareAs(CALLERS.noRemoval, [file]);
    const [left = '', sentence = ''] = ended.stderr.split('\n');
    expect(ended.code).toBe(3);
    expect(left).toMatch(
      /^What was uploaded of it could not be removed \(AccessDenied\): on AWS the bucket removes s3:\/\/\S+\/report\.pdf by itself within 8 days\.$/,
    );
    expect(sentence).toContain('You may not ask for links');
    const [key = ''] = await emulator.uploads();
    expect(left).toContain(key);
    await emulator.s3.send(new DeleteObjectCommand({ Bucket: emulator.bucketName, Key: key }));
  });
});
