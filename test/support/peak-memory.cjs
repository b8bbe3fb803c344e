// Loaded with --require: writes the peak memory of its process, in kilobytes, when the process ends.
const { existsSync, readFileSync, writeFileSync } = require('node:fs');

// On Linux, resourceUsage() includes the peak of the parent process. VmHWM does not.
function peakKilobytes() {
  return existsSync('/proc/self/status')
    ? /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8'))[1]
    : process.resourceUsage().maxRSS;
}

process.on('exit', () => writeFileSync(process.env.PEAK_MEMORY_FILE, String(peakKilobytes())));
