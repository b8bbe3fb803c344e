import { Command, CommanderError, InvalidArgumentError, Option, type ParseOptionsResult } from 'commander';
import type { DeploymentOptions } from '../cli/deployment';
import { parseDuration } from '../cli/duration';
import { errorFacts } from '../cli/error-facts';
import { ShareFailure } from '../cli/failure';
import { readLinkId as parseLink } from '../cli/link-id';
import { type ManageRequest, manageLink } from '../cli/manage-link';
import { printable } from '../cli/printable';
import { type ShareRequest, share } from '../cli/share';
import { parseEndpoint } from '../cli/stack-outputs';
import { createTerminal } from '../cli/terminal';
import { version } from '../package.json';

const COMMAND = 'npm run share --';
const EXAMPLES = `
Examples:
  npm run share -- report.pdf
  npm run share -- report.pdf --expires 30m --as "Report for Ada.pdf" --qr
  npm run share -- s3://my-bucket/video.mp4 --profile work --region eu-central-1
  npm run --silent share -- report.pdf | pbcopy
  npm run share -- status http://127.0.0.1:4580/prod/open-link#GgPEvcAV…
  npm run share -- revoke 98GcVChBtL06dRDkV5bnkQ

The link is all that goes to standard output. Exit codes: 2 it was called wrongly, 3 something was refused,
4 something is not there, 5 network or storage failed, 130 it was interrupted.
`;

const INTERRUPTED = {
  share: 'Interrupted: nothing was shared.',
  status: 'Interrupted.',
  revoke: 'Interrupted: look with status whether the link was revoked.',
} as const;

/** Exit code of what was not to be expected. */
const UNEXPECTED = 1;

interface Options {
  readonly expires: number;
  readonly as?: string;
  readonly versionId?: string;
  readonly direct?: true;
  readonly json?: true;
  readonly qr?: true;
  readonly profile?: string;
  readonly region?: string;
  readonly endpoint?: string;
  readonly outputs?: string;
  readonly stack?: string;
}

/** Takes ids of links that start with a dash, as one in 64 does, for operands: commander takes them for options that it does not know. */
class ShareCommand extends Command {
  override parseOptions(args: string[]): ParseOptionsResult {
    const { operands, unknown } = super.parseOptions(args);
    const isOption = (arg: string): boolean => arg.startsWith('-') && parseLink(arg) === undefined;
    const firstOption = unknown.findIndex(isOption);
    const end = firstOption === -1 ? unknown.length : firstOption;
    return { operands: [...operands, ...unknown.slice(0, end)], unknown: unknown.slice(end) };
  }
}

async function main(): Promise<void> {
  // Which Node the SDK will want one day is for whoever keeps this project, not for whoever shares a file.
  process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] = 'true';
  enterStartDirectory();
  const command = readArguments();
  const interruption = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    // A second one ends it at once.
    process.once(signal, () => interruption.abort(new ShareFailure('Interrupted', INTERRUPTED[command.action])));
  }
  const display = createTerminal(process.stdout, process.stderr);
  await (command.action === 'share'
    ? share(command, display, interruption.signal)
    : manageLink(command, display, interruption.signal));
}

/** npm runs scripts in the directory of the project: files are named as seen from where it was called. */
function enterStartDirectory(): void {
  const { npm_lifecycle_event: script, INIT_CWD: directory } = process.env;
  if (script === 'share' && directory !== undefined) {
    process.chdir(directory);
  }
}

function readArguments(): (ShareRequest & { readonly action: 'share' }) | ManageRequest {
  const program = new ShareCommand(COMMAND)
    .usage('[options] <file | s3://bucket/key>\n       npm run share -- [options] status|revoke <link | link id>')
    .description(
      'Shares a file once: uploads it, and prints a link that opens for one person. ' +
        'Afterwards it says whether that is open still, or revokes it.',
    )
    .argument('<source>', 'a file, or an object in S3 as s3://bucket/key; or status or revoke')
    .argument('[link]', 'with status and revoke: the link, or its id')
    .addOption(
      new Option('--expires <time>', 'how long the link may be opened: 90s, 30m, 24h, 7d')
        .argParser(readDuration)
        .default(86_400, '24h'),
    )
    .option('--as <name>', 'file name that the download is saved under (default: its own)', readText)
    .option('--version-id <id>', 'one version of an object in S3', readText)
    .option('--direct', 'a link that opens at once, without the page that asks first')
    .option('--json', 'prints the whole answer, not the link alone')
    .option('--qr', 'shows the link as a QR code as well')
    .option('--profile <name>', 'profile of the AWS credentials', readText)
    .option('--region <region>', 'AWS region of the stack', readRegion)
    .option('--endpoint <url>', "base address of the API, in place of the stack's own", readEndpoint)
    .option(
      '--outputs <file>',
      'what cdk deploy --outputs-file wrote (default: of the local emulator that runs)',
      readText,
    )
    .option('--stack <name>', 'stack, in that file or else in CloudFormation (default: PreSignedURLStack)', readText)
    .version(version, '--version', 'prints the version')
    .helpOption('--help', 'prints this')
    .addHelpText('after', EXAMPLES)
    .configureOutput({ writeErr: () => {} })
    .exitOverride()
    .parse();
  const [source = '', link] = program.args;
  const { expires, as, direct, json, qr, outputs, stack, versionId, ...others } = program.opts<Options>();
  const deployment: DeploymentOptions = {
    ...others,
    ...(outputs === undefined ? {} : { outputsFile: outputs }),
    ...(stack === undefined ? {} : { stackName: stack }),
  };
  if (link !== undefined) {
    return { ...deployment, action: readAction(source), linkId: readLinkId(link), output: json ? 'json' : 'text' };
  }
  return {
    ...deployment,
    action: 'share',
    source,
    expiresInSeconds: expires,
    link: direct ? 'direct' : 'click-through',
    output: json ? 'json' : 'link',
    qrCode: qr ? 'shown' : 'hidden',
    ...(as === undefined ? {} : { downloadAs: as }),
    ...(versionId === undefined ? {} : { versionId }),
  };
}

function readAction(word: string): ManageRequest['action'] {
  if (word !== 'status' && word !== 'revoke') {
    const sentence = 'One file or object at a time. With a link, write status or revoke before it.';
    throw new ShareFailure('InvalidArguments', `${sentence} See: ${COMMAND} --help`);
  }
  return word;
}

function readLinkId(text: string): string {
  const linkId = parseLink(text);
  if (linkId === undefined) {
    const sentence = 'That is neither a link nor the id of one: give the link as it was handed out, or its link_id.';
    throw new ShareFailure('InvalidArguments', `${sentence} See: ${COMMAND} --help`);
  }
  return linkId;
}

function readDuration(text: string): number {
  const seconds = parseDuration(text);
  if (seconds === undefined) {
    throw new InvalidArgumentError('Write a time as 90s, 30m, 24h or 7d.');
  }
  return seconds;
}

function readEndpoint(text: string): string {
  const endpoint = parseEndpoint(text);
  if (endpoint === undefined) {
    throw new InvalidArgumentError('Write an address that starts with https:// and has no query.');
  }
  return endpoint;
}

/** An empty value is a variable of a script that was not set: the default in its place would be a surprise. */
function readText(text: string): string {
  if (text === '') {
    throw new InvalidArgumentError('Give a value, or leave the option out.');
  }
  return text;
}

/** It becomes part of the names of the hosts that are called. */
function readRegion(text: string): string {
  if (!/^[a-z]{2,4}(-[a-z]+)+-\d{1,2}$/.test(text)) {
    throw new InvalidArgumentError('Write a region as eu-central-1.');
  }
  return text;
}

/** Says what went wrong. @returns the exit code */
function report(error: unknown): number {
  if (error instanceof CommanderError && error.exitCode === 0) {
    return 0;
  }
  if (error instanceof CommanderError) {
    const reason = error.message.replace(/^error: /, '');
    tell(`${reason.replace(/\.?$/, '.')} See: ${COMMAND} --help`);
    return new ShareFailure('InvalidArguments', reason).exitCode;
  }
  const unexpected = !(error instanceof ShareFailure);
  tell(errorFacts(error).message);
  return unexpected ? UNEXPECTED : error.exitCode;
}

/** In one line, whatever names are in it. */
function tell(sentence: string): void {
  process.stderr.write(`${printable(sentence.replaceAll('\n', ' '))}\n`);
}

main().then(
  () => process.exit(0),
  (error: unknown) => process.exit(report(error)),
);
