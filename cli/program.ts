import { Command, InvalidArgumentError, Option } from 'commander';
import { parseEndpoint } from '../client/endpoint';
import { MAX_CONTENT_TYPES, STACK_NAME } from '../lambda/contract';
import { isTypeRange } from '../lambda/link/upload-declaration';
import { version } from '../package.json';
import { parseDuration, parseSize } from './format';
import type { ListRequest } from './list-links';
import type { ManageRequest } from './manage-link';
import type { FileRequest } from './request-file';
import { parseS3Prefix, type S3Prefix } from './s3-location';
import type { ShareRequest } from './share';
import type { VerifyRequest } from './verify/verify';

/** Implementations of the commands. */
export interface Actions {
  share(request: ShareRequest): Promise<void>;
  request(request: FileRequest): Promise<void>;
  manage(request: ManageRequest): Promise<void>;
  list(request: ListRequest): Promise<void>;
  verify(request: VerifyRequest): Promise<void>;
}

const HELP = `
Without --local, --stack, --outputs, --endpoint, --profile and --region, a running local emulator is used, otherwise AWS.
The result is the only output on stdout. Errors are one line on stderr. Failed or interrupted uploads are removed.
Exit codes: 2 usage, 3 denied, 4 not found, 5 network or storage, 6 a check failed, 130 interrupted.

Examples:
  npx one-time-links share report.pdf
  npx one-time-links share report.pdf --expires 30m --as "Report for Ada.pdf" --qr
  npx one-time-links share s3://my-bucket/video.mp4 --profile work --region eu-central-1
  echo "The code is 4711." | npx one-time-links share - --from "Ada Lovelace"
  pg_dump mydb | npx one-time-links share - --as mydb.sql
  npx one-time-links share report.pdf --wait
  npx one-time-links request --max 500MB --label "Logs for case 4711"
  npx one-time-links request --max 20MB --types image/*,application/pdf --wait
  npx one-time-links list --active
  npx one-time-links status 98GcVChBtL06dRDkV5bnkQ
  npx one-time-links revoke 98GcVChBtL06dRDkV5bnkQ
  npx one-time-links verify --stack PreSignedURLStack
`;

/**
 * Describes the command line. Parsing throws CommanderError for usage errors, and after help and version.
 *
 * @param writeOut receives help and version
 */
export function buildProgram(
  { share, request, manage, list, verify }: Actions,
  writeOut: (text: string) => void,
): Command {
  const program = new Command('one-time-links')
    .description(
      'Shares files and S3 objects with links that open at most once, and requests files with links that receive one.',
    )
    .version(version, '--version', 'print the version')
    .helpOption('--help', 'print this help')
    .helpCommand(false)
    .addHelpText('afterAll', HELP)
    .configureOutput({ writeOut, writeErr: () => {} })
    .exitOverride();
  program
    .command('share <source>')
    .description('print a link to a file, to standard input (-), or to an object in S3 (s3://bucket/key)')
    .addOption(new Option('--expires <time>', 'lifetime: 90s, 30m, 24h, 7d').argParser(duration).default(86_400, '24h'))
    .option('--as <name>', 'file name of the download (default: its own)', nonEmpty)
    .option('--from <name>', 'your name, shown to the reader', nonEmpty)
    .option('--version-id <id>', 'version of an object in S3', nonEmpty)
    .option('--direct', 'print the direct link, which opens without a click')
    .option('--qr', 'also show the link as a QR code')
    .option('--json', 'print the whole response')
    .option('--wait', 'wait until the link is redeemed, and print when and from where')
    .action((source: string, { expires: expiresInSeconds, as, ...options }) =>
      share({ source, expiresInSeconds, ...options, ...(as && { downloadAs: as }) }),
    );
  program
    .command('request')
    .description('print a link through which one file can be sent to you')
    .requiredOption('--max <size>', 'largest file: 900B, 20kB, 500MB, 5GB', size)
    .option('--label <text>', 'what you ask for, shown to the uploader', nonEmpty)
    .option('--from <name>', 'your name, shown to the uploader', nonEmpty)
    .option('--types <types>', 'accepted types, such as image/*,application/pdf (default: all)', types)
    .addOption(new Option('--expires <time>', 'lifetime: 90s, 30m, 24h, 7d').argParser(duration).default(86_400, '24h'))
    .option('--to <location>', 's3://bucket/prefix/ for the file (default: the inbox of the default bucket)', prefix)
    .option('--direct', 'print the direct link, for programs')
    .option('--qr', 'also show the link as a QR code')
    .option('--json', 'print the whole response')
    .option('--wait', 'wait for the file, and download it')
    .option('--output <path>', 'with --wait: folder, or name of a new file (default: the current folder)', nonEmpty)
    .action(({ max: maxBytes, types: contentTypes, expires: expiresInSeconds, ...options }) =>
      request({ maxBytes, expiresInSeconds, ...options, ...(contentTypes && { contentTypes }) }),
    );
  program
    .command('status <link-id>')
    .description('print the state of a link, given its ID or the link; - reads it from standard input')
    .option('--json', 'print the whole response')
    .action((link: string, options) => manage({ ...options, action: 'status', link }));
  program
    .command('revoke <link-id>')
    .description('withdraw a link before it is redeemed, given its ID or the link; - reads it from standard input')
    .action((link: string, options) => manage({ ...options, action: 'revoke', link }));
  program
    .command('list')
    .description('print your links, newest first')
    .option('--active', 'only active links')
    .option('--limit <number>', 'maximum number of links to print (default: 50; with --json, all)', count)
    .option('--json', 'print the links as JSON')
    .action((options) => list(options));
  program
    .command('verify')
    .description('check that a deployment behaves as it must, for less than a cent')
    .option('--flood', 'also send enough requests to be throttled')
    .option('--bucket <name>', 'bucket for the test objects (default: the default bucket)', nonEmpty)
    .option('--json', 'print the checks as JSON')
    .action((options) => verify(options));
  for (const command of program.commands) {
    command
      .addOption(
        new Option('--local', 'use the local emulator').conflicts([
          'stack',
          'outputs',
          'endpoint',
          'profile',
          'region',
        ]),
      )
      .option('--stack <name>', `stack on AWS, or in the --outputs file (default: ${STACK_NAME})`, nonEmpty)
      .option('--outputs <file>', 'use the stack in a file that cdk deploy --outputs-file wrote', nonEmpty)
      .option('--profile <name>', 'profile of the AWS credentials', nonEmpty)
      .option('--region <region>', 'AWS Region of the stack', region)
      .option('--endpoint <url>', "base URL of the API, instead of the stack's own", endpoint);
  }
  return program;
}

const duration = (text: string): number => parseDuration(text) ?? invalid('Write a time as 90s, 30m, 24h or 7d.');
const size = (text: string): number => parseSize(text) ?? invalid('Write a size as 900B, 20kB, 500MB or 5GB.');
const types = (text: string): readonly string[] => {
  const list = text.split(',').map((type) => type.trim().toLowerCase());
  const hint = `Write 1 to ${MAX_CONTENT_TYPES} types as image/*,application/pdf.`;
  return list.length <= MAX_CONTENT_TYPES && list.every(isTypeRange) ? list : invalid(hint);
};
const prefix = (text: string): S3Prefix =>
  parseS3Prefix(text) ?? invalid('Write s3://bucket/ or s3://bucket/prefix/, with a slash at the end.');
const count = (text: string): number =>
  /^[1-9]\d{0,5}$/.test(text) ? Number(text) : invalid('Write a number from 1 to 999999.');
const endpoint = (text: string): string => parseEndpoint(text) ?? invalid('Write an https URL without a query.');
/**
 * An empty value usually comes from an unset variable in a script, where falling back to the default would be
 * surprising.
 */
const nonEmpty = (text: string): string => text || invalid('Give a value, or omit the option.');
/** Region codes become part of host names. */
const region = (text: string): string =>
  /^[a-z]{2,4}(-[a-z]+)+-\d{1,2}$/.test(text) ? text : invalid('Use a Region code such as eu-central-1.');

function invalid(hint: string): never {
  throw new InvalidArgumentError(hint);
}
