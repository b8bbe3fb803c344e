// To be loaded into a process whose memory is to be known: writes its peak, in kilobytes, when it ends.
const { existsSync, readFileSync, writeFileSync } = require('node:fs');

const STATUS = '/proc/self/status';

// Linux hands the peak of the process that started this one on to what `resourceUsage` says. VmHWM begins with the program.
function peakKilobytes() {
  return existsSync(STATUS)
    ? /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(STATUS, 'utf8'))[1]
    : process.resourceUsage().maxRSS;
}

process.on('exit', () => writeFileSync(process.env.PEAK_MEMORY_FILE, String(peakKilobytes())));
