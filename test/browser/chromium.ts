import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { delimiter, dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';

interface BrowserProgram {
  readonly executablePath: string;
  readonly args: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
}

const PATH_VARIABLES = ['CHROME_PATH', 'CHROMIUM_PATH'] as const;

const LINUX_COMMANDS = ['google-chrome-stable', 'google-chrome', 'chromium', 'chromium-browser'];

const MACOS_PROGRAMS = [
  'Google Chrome.app/Contents/MacOS/Google Chrome',
  'Chromium.app/Contents/MacOS/Chromium',
  'Google Chrome for Testing.app/Contents/MacOS/Google Chrome for Testing',
];

const ADVICE = 'Install Chrome or Chromium, or set CHROME_PATH to its executable.';

// Unpacking takes 2 to 3 seconds on a laptop; allow for a slow disk.
const UNPACK_TIMEOUT_MS = 120_000;

/**
 * Starts a headless Chromium. The caller closes it.
 *
 * Tries `CHROME_PATH` and `CHROMIUM_PATH`, then installed browsers, then the one in the npm package `@sparticuz/chromium`
 * (Linux on x64).
 *
 * @throws Error with advice if no browser is found or none starts
 */
export async function launchChromium(): Promise<Browser> {
  const named = namedProgram();
  if (named !== undefined) {
    return launch(named);
  }
  const failures: string[] = [];
  for (const program of installedPrograms()) {
    try {
      return await launch(program);
    } catch (error) {
      // Keep looking: on Ubuntu, /usr/bin/chromium-browser may be a stub that tells users to install a snap.
      failures.push(`${program.executablePath}: ${firstLines(error)}`);
    }
  }
  if (process.platform === 'linux' && process.arch === 'x64') {
    try {
      return await launch(await packagedProgram());
    } catch (error) {
      failures.push(`@sparticuz/chromium: ${firstLines(error)}`);
    }
  }
  throw new Error(['Chromium did not start.', ADVICE, ...failures].join('\n'));
}

/** Opens a page in a browser context of its own, and closes the context after `use`. */
export async function withPage(
  browser: Browser,
  use: (page: Page) => Promise<void>,
  options: BrowserContextOptions = {},
): Promise<void> {
  const context = await browser.newContext(options);
  try {
    await use(await context.newPage());
  } finally {
    await context.close();
  }
}

async function launch(program: BrowserProgram): Promise<Browser> {
  return chromium.launch({
    executablePath: program.executablePath,
    headless: true,
    // The sandbox does not start as root (https://crbug.com/638180) or in most containers. Tests open only our own pages.
    chromiumSandbox: false,
    args: [...program.args],
    env: { ...process.env, ...program.environment },
  });
}

function namedProgram(): BrowserProgram | undefined {
  for (const variable of PATH_VARIABLES) {
    const executablePath = process.env[variable];
    if (executablePath) {
      if (!existsSync(executablePath)) {
        throw new Error(`${variable} is ${executablePath}, which does not exist. ${ADVICE}`);
      }
      return plainProgram(executablePath);
    }
  }
  return undefined;
}

function installedPrograms(): BrowserProgram[] {
  const candidates =
    process.platform === 'darwin'
      ? ['/Applications', join(homedir(), 'Applications')].flatMap((folder) =>
          MACOS_PROGRAMS.map((program) => join(folder, program)),
        )
      : [...(process.env['PATH'] ?? '').split(delimiter), '/usr/bin', '/snap/bin', '/opt/google/chrome']
          .filter((folder) => folder !== '')
          .flatMap((folder) => LINUX_COMMANDS.map((command) => join(folder, command)));
  return [...new Set(candidates)].filter((path) => existsSync(path)).map(plainProgram);
}

function plainProgram(executablePath: string): BrowserProgram {
  return { executablePath, args: [], environment: {} };
}

/**
 * Unpacks the browser of `@sparticuz/chromium` once per version, into node_modules/.cache: not into the shared /tmp that
 * the package itself would use, where another user could replace the program.
 */
async function packagedProgram(): Promise<BrowserProgram> {
  const entryPoint = require.resolve('@sparticuz/chromium');
  const packageFolder = resolve(dirname(entryPoint), '..', '..');
  const { version } = JSON.parse(await readFile(join(packageFolder, 'package.json'), 'utf8')) as { version: string };
  const cacheFolder = resolve(packageFolder, '..', '..', '.cache');
  const folder = join(cacheFolder, `sparticuz-chromium-${version}`);
  if (!existsSync(folder)) {
    await mkdir(cacheFolder, { recursive: true });
    const partialFolder = await mkdtemp(`${folder}-`);
    try {
      await unpack(entryPoint, partialFolder);
      // Renamed when complete, so that interrupted or simultaneous runs never start an incomplete browser.
      await rename(partialFolder, folder).catch((error: unknown) => {
        if (!existsSync(folder)) {
          throw error;
        }
      });
    } finally {
      await rm(partialFolder, { recursive: true, force: true });
    }
  }
  return {
    executablePath: join(folder, 'chromium'),
    args: ['--no-zygote', '--disable-gpu'],
    environment: {
      LD_LIBRARY_PATH: [join(folder, 'al2023', 'lib'), process.env['LD_LIBRARY_PATH']].filter(Boolean).join(delimiter),
      FONTCONFIG_FILE: join(folder, 'fonts.conf'),
    },
  };
}

/**
 * Runs the package in a child process, because its target folder and whether it unpacks its libraries (only in Lambda)
 * depend on environment variables.
 */
async function unpack(entryPoint: string, folder: string): Promise<void> {
  const script = `require(${JSON.stringify(entryPoint)}).executablePath().catch((error) => {
    process.stderr.write(String(error));
    process.exitCode = 1;
  });`;
  await promisify(execFile)(process.execPath, ['-e', script], {
    env: { ...process.env, TMPDIR: folder, AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs22.x' },
    timeout: UNPACK_TIMEOUT_MS,
  });
  // The fonts.conf of the package only lists Lambda's folders.
  await writeFile(
    join(folder, 'fonts.conf'),
    `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <include ignore_missing="yes">/etc/fonts/fonts.conf</include>
  <dir prefix="relative">fonts</dir>
  <cachedir prefix="relative">fonts-cache</cachedir>
</fontconfig>
`,
  );
}

function firstLines(error: unknown): string {
  return String(error).split('\n').slice(0, 3).join(' ');
}
