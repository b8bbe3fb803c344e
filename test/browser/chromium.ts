import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { delimiter, dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { type Browser, type BrowserContextOptions, chromium, type LaunchOptions, type Page } from 'playwright-core';

const ADVICE = 'Install Google Chrome, or set CHROME_PATH to the executable of Chrome or Chromium.';

// Unpacking takes 2 to 3 seconds on a laptop. This allows for a slow disk.
const UNPACK_TIMEOUT_MS = 120_000;

/**
 * Starts a headless Chromium: `CHROME_PATH` if set, otherwise the npm package `@sparticuz/chromium` (Linux on x64),
 * otherwise Google Chrome. The caller closes it.
 *
 * @throws Error with advice if no browser starts
 */
export async function launchChromium(): Promise<Browser> {
  const executablePath = process.env['CHROME_PATH'];
  if (executablePath) {
    return await launch({ executablePath });
  }
  const failures: unknown[] = [];
  for (const program of [packagedChromium, () => ({ channel: 'chrome' })]) {
    try {
      return await launch(await program());
    } catch (error) {
      failures.push(error);
    }
  }
  throw new AggregateError(failures, `Chromium did not start. ${ADVICE}`);
}

/** Opens a page in a new browser context, and closes the context after `use`. */
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

/** Headless Chromium identifies itself in its own user agent, and a link refuses it. */
const USER_AGENT =
  'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/143.0.0.0 Safari/537.36';

async function launch(program: LaunchOptions): Promise<Browser> {
  // The sandbox does not start as root (https://crbug.com/638180) or in most containers. Tests open only our own pages.
  const args = [...(program.args ?? []), `--user-agent=${USER_AGENT}`];
  return await chromium.launch({ ...program, args, headless: true, chromiumSandbox: false });
}

/**
 * Unpacks the browser of `@sparticuz/chromium` once per version, into node_modules/.cache. The package itself would use
 * the shared /tmp, where another user could replace the executable.
 */
async function packagedChromium(): Promise<LaunchOptions> {
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    throw new Error('@sparticuz/chromium is for Linux on x64');
  }
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
      // Rename it once it is complete, so that interrupted or simultaneous runs never start an incomplete browser.
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
    env: {
      ...process.env,
      LD_LIBRARY_PATH: [join(folder, 'al2023', 'lib'), process.env['LD_LIBRARY_PATH']].filter(Boolean).join(delimiter),
      FONTCONFIG_FILE: join(folder, 'fonts.conf'),
    },
  };
}

/**
 * Runs the package in a child process, because environment variables determine its target folder and whether it unpacks
 * its libraries (only in Lambda).
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
  // The package's fonts.conf lists only Lambda's folders.
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
