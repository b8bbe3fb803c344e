import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { delimiter, dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { type Browser, chromium } from 'playwright-core';

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

const HOW_TO_GET_ONE = 'Install Chrome or Chromium, or set CHROME_PATH to its executable.';

// Inflating 60 MB of Brotli takes two to three seconds here; a slow disk may need far longer.
const EXTRACTION_TIMEOUT_MS = 120_000;

/**
 * Starts a headless Chromium for a test, with no page open; the caller closes it.
 *
 * Looks at `CHROME_PATH` and `CHROMIUM_PATH`, then for an installed browser, then takes the one that the npm package
 * `@sparticuz/chromium` carries (Linux on x64, nothing to install).
 *
 * @throws Error saying how to get a browser, if none is there or none starts
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
      // On Ubuntu, /usr/bin/chromium-browser may be a stub that only says which snap to install: keep looking.
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
  throw new Error(['No Chromium could be started.', HOW_TO_GET_ONE, ...failures].join('\n'));
}

async function launch(program: BrowserProgram): Promise<Browser> {
  return chromium.launch({
    executablePath: program.executablePath,
    headless: true,
    // The sandbox starts neither as root (https://crbug.com/638180) nor in most containers; only our own pages are opened.
    chromiumSandbox: false,
    // Playwright adds the flags that keep a test browser quiet: no background networking, no component updates.
    args: [...program.args],
    env: { ...process.env, ...program.environment },
  });
}

function namedProgram(): BrowserProgram | undefined {
  for (const variable of PATH_VARIABLES) {
    const executablePath = process.env[variable];
    if (executablePath) {
      if (!existsSync(executablePath)) {
        throw new Error(`${variable} names ${executablePath}, which does not exist. ${HOW_TO_GET_ONE}`);
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
 * Unpacks the browser of `@sparticuz/chromium` once per version, beside the package: `npm ci` sweeps it away, and no
 * other user of the machine can put a program there, as in the shared /tmp that the package would use.
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
      // Renamed when complete: a run that is interrupted, or two at once, never start half a browser.
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
 * The package unpacks into the temporary folder, and its NSS libraries only where it believes itself in Lambda; both
 * are told through the environment, so it runs in a process of its own.
 */
async function unpack(entryPoint: string, folder: string): Promise<void> {
  const script = `require(${JSON.stringify(entryPoint)}).executablePath().catch((error) => {
    process.stderr.write(String(error));
    process.exitCode = 1;
  });`;
  await promisify(execFile)(process.execPath, ['-e', script], {
    env: { ...process.env, TMPDIR: folder, AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs22.x' },
    timeout: EXTRACTION_TIMEOUT_MS,
  });
  // The package's own fonts.conf looks for its fonts in Lambda's folders only.
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
