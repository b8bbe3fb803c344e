import { type Command, CommanderError } from 'commander';
import { CliError, errorFacts } from './errors';
import { listLinks } from './list-links';
import { manageLink } from './manage-link';
import { type Actions, buildProgram } from './program';
import { requestFile } from './request-file';
import { share } from './share';
import { type CommandContext, createTerminal } from './terminal';
import { verify } from './verify/verify';

const INTERRUPTED = {
  share: 'Interrupted: nothing was shared.',
  request: 'Interrupted: no file was requested.',
  status: 'Interrupted.',
  revoke: 'Interrupted: check with status whether the link was revoked.',
  list: 'Interrupted.',
  verify: 'Interrupted.',
} as const;

/** What a command receives from its process. */
export interface CommandIo {
  readonly stdin: CommandContext['stdin'];
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: NodeJS.WriteStream;
  /** Interrupts the command. */
  readonly signal: AbortSignal;
}

/** Runs one command. @returns its exit code: 0, one of those in the help, or 1 for a bug */
export async function run(args: readonly string[], { stdin, stdout, stderr, signal }: CommandIo): Promise<number> {
  const display = createTerminal(stdout, stderr);
  const context: CommandContext = { display, stdin, signal };
  let command: keyof typeof INTERRUPTED = 'share';
  const actions: Actions = {
    share: (request) => share(request, context),
    request(request) {
      command = 'request';
      return requestFile(request, context);
    },
    manage(request) {
      command = request.action;
      return manageLink(request, context);
    },
    list(request) {
      command = 'list';
      return listLinks(request, context);
    },
    verify(request) {
      command = 'verify';
      return verify(request, context);
    },
  };
  const program = buildProgram(actions, (text) => void stdout.write(text));
  try {
    await program.parseAsync(args, { from: 'user' });
    return 0;
  } catch (thrown) {
    const isExplained = thrown instanceof CliError && thrown.code === 'Interrupted';
    const error =
      signal.aborted && !isExplained
        ? new CliError('Interrupted', INTERRUPTED[command])
        : explain(thrown, helpCommand(program, args));
    if (error === undefined) {
      return 0;
    }
    display.tell(withoutNonces(errorFacts(error).message).replaceAll('\n', ' '));
    return error instanceof CliError ? error.exitCode : 1;
  }
}

/**
 * Removes anything that may be a nonce, because errors repeat arguments, and CI systems keep errors in their logs. A nonce
 * contains both upper and lower case.
 */
function withoutNonces(message: string): string {
  return message
    .replace(/((?:open-link|send-file)(?:#|%(?:25)*23)|nonce(?:=|%(?:25)*3D))[\w-]+/gi, '$1…')
    .replace(/[\w-]{43,}/g, (word) => (/[a-z]/.test(word) && /[A-Z]/.test(word) ? '…' : word));
}

/** Converts usage errors of the parser to CliError. @returns `undefined` if only help or the version was printed */
function explain(error: unknown, help: string): unknown {
  if (!(error instanceof CommanderError)) {
    return error;
  }
  if (error.exitCode === 0) {
    return undefined;
  }
  return new CliError('Usage', `${problemOf(error).replace(/\.?$/, '.')} See: ${help}`);
}

/** The command that prints the help for these arguments. */
function helpCommand({ commands }: Command, [name = '']: readonly string[]): string {
  const isKnown = commands.some((command) => command.name() === name);
  return `npx one-time-links ${isKnown ? `${name} ` : ''}--help`;
}

function problemOf({ code, message }: CommanderError): string {
  switch (code) {
    case 'commander.help':
      return 'missing command';
    case 'commander.excessArguments':
      return 'One file, object or link at a time';
    default:
      return message.replace(/^error: /, '');
  }
}
