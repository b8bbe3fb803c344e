import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A term that the glossary in CONTRIBUTING.md replaced, or a British spelling. */
interface RetiredTerm {
  readonly term: RegExp;
  /** What to write instead. */
  readonly instead: string;
  /** A line that must be found. */
  readonly sample: string;
}

const RETIRED: readonly RetiredTerm[] = [
  {
    term: /\bstands?\b(?!-ins?)/i,
    instead: 'local emulator; as a verb, "represents"',
    sample: 'The stand listens on port 4580.',
  },
  { term: /\bthe pattern\b/i, instead: 'the AWS sample, or regular expression', sample: 'As in the pattern' },
  { term: /\bown buckets?\b/i, instead: 'default bucket', sample: "the stack's own bucket" },
  { term: /\bown (?:address(?:es)?|domains?)\b/i, instead: 'custom domain', sample: 'behind your own domain' },
  { term: /\bshared buckets?\b/i, instead: 'existing bucket, or allowed bucket', sample: 'const sharedBuckets = []' },
  { term: /\bplain links?\b/i, instead: 'direct link', sample: 'a plain link' },
  { term: /\brefusals?\b/i, instead: 'error, or refused request', sample: 'refusal(403)' },
  { term: /\bstand-?ins?\b/i, instead: 'shim', sample: 'a stand-in for the SDK' },
  { term: /\brehears(?:als?|e[ds]?)\b/i, instead: 'warm-up', sample: 'await rehearsal();' },
  { term: /\bat the most\b/i, instead: 'at most', sample: 'a link of 30 days at the most' },
  { term: /\bat the least\b/i, instead: 'at least', sample: '20 at the least' },
  { term: /\bbyDefault\b/, instead: 'default', sample: 'byDefault: 60' },
  { term: /\bevidence\b/i, instead: 'audit log', sample: 'readEvidence()' },
  { term: /\bin doubt\b/i, instead: 'outcome unknown', sample: "outcome: 'in_doubt'" },
  { term: /\bspent\b/i, instead: 'redeemed', sample: "state: 'spent'" },
  { term: /\bopeners?\b/i, instead: 'authorizer, or redirect', sample: 'openerRole' },
  { term: /\blanes?\b/i, instead: 'fixture', sample: 'one lane per worker' },
  { term: /\bworkshops?\b/i, instead: 'temp dir', sample: 'workshop()' },
  { term: /\b(?:take|takes|taken|took|taking) back\b/i, instead: 'revoke', sample: 'links can be taken back' },
  { term: /\bwhoever\b/i, instead: 'the subject, such as "any caller"', sample: 'Whoever has the link' },
  { term: /\bsomebody\b/i, instead: 'the subject, such as "another caller"', sample: 'somebody else' },
  { term: /\b[Nn]obody\b/, instead: 'the subject, such as "no reader"', sample: 'Nobody waits for its body' },
  { term: /\b(?:is|are|was|were) told\b/i, instead: 'receives, or learns', sample: 'the caller is told' },
  { term: /\bcomes? to\b/i, instead: 'is, or totals', sample: 'it comes to 3 dollars' },
  { term: /\b(?:for so long|for so many)\b/i, instead: 'the duration', sample: 'keeps logs for so many days' },
  { term: /\bled nowhere\b/i, instead: 'failed', sample: 'links that led nowhere' },
  { term: /\bby itself\b/i, instead: 'alone, or automatically', sample: 'expires by itself' },
  { term: /\banswer(?:s|ed|ing)?\b/i, instead: 'respond, return or response', sample: 'the API answers with 403' },
  {
    term: /\b(?:author|custom|initial|minim|normal|optim|organ|recogn|serial|summar|synthes|util)is(?:e[drs]?|ing|ations?)\b/i,
    instead: 'the spelling with z',
    sample: 'synthesiseIfChanged()',
  },
  {
    term: /\b(?:behavi|col|fav|hon|neighb)our(?:s|ed|ing|ite)?\b/i,
    instead: 'the spelling with or',
    sample: 'the behaviour of S3',
  },
  { term: /\b(?:cancel|label|model|travel)l(?:ed|ing)\b/i, instead: 'the spelling with one l', sample: 'cancelled' },
  { term: /\b(?:analyse[ds]?|artefacts?)\b/i, instead: 'analyze, artifact', sample: 'build artefacts' },
  {
    term: /\b(?:catalogue|centre|defence|grey|licence)s?\b/i,
    instead: 'the American spelling',
    sample: 'in the centre',
  },
  { term: /\b(?:amongst|whilst)\b/i, instead: 'among, while', sample: 'whilst the link is active' },
  { term: /\be-mails?\b/i, instead: 'email', sample: 'an e-mail address' },
  { term: /\bmails\b/i, instead: 'emails', sample: 'two mails' },
];

/** Lines that may contain a retired term, by the file, with the reason. */
const ALLOWED: readonly { readonly file: RegExp; readonly text: RegExp; readonly reason: string }[] = [
  {
    file: /./,
    text: /Cross-Origin-Opener-Policy|cross-origin-opener-policy|window\.opener/,
    reason: 'names of the web platform',
  },
  { file: /./, text: /nobody else/i, reason: 'the pages speak to readers, who are not engineers' },
];

/** Generated or third-party text, and this list. */
const EXEMPT = ['package-lock.json', 'LICENSE', 'test/lambda/link/data/crawlers.txt', 'test/vocabulary.test.ts'];

const PROJECT = join(__dirname, '..');

/** Finds retired terms in a line, and in the words that its identifiers consist of. */
function retiredTermsIn(file: string, line: string): readonly string[] {
  if (ALLOWED.some((allowed) => allowed.file.test(file) && allowed.text.test(line))) {
    return [];
  }
  const words = line.replaceAll('_', ' ').replace(/([a-z])([A-Z])/g, '$1 $2');
  return RETIRED.flatMap(({ term, instead }) => {
    const found = term.exec(line) ?? term.exec(words);
    return found === null ? [] : [`"${found[0]}": write ${instead}`];
  });
}

/** Lines of a file, its path first. Empty for binary files. */
function linesOf(file: string): readonly string[] {
  const text = readFileSync(join(PROJECT, file), 'utf8');
  return text.includes('\0') ? [file] : [file, ...text.split('\n')];
}

test('no file contains a retired term', () => {
  const files = execFileSync('git', ['ls-files', '-z'], { cwd: PROJECT, encoding: 'utf8' }).split('\0').filter(Boolean);
  const found = files
    .filter((file) => !EXEMPT.includes(file))
    .flatMap((file) =>
      linesOf(file).flatMap((line, index) =>
        retiredTermsIn(file, line).map((message) => `${file}:${index} ${message}`),
      ),
    );

  expect(found).toEqual([]);
});

test.each(RETIRED)('$sample is found: write $instead', ({ sample, instead }) => {
  expect(retiredTermsIn('docs/sample.md', sample)).toEqual([expect.stringContaining(`write ${instead}`)]);
});

test.each([
  'Standard errors are one line.',
  '"@aws-cdk/aws-s3:publicAccessBlockedByDefault": true',
  'otherwise, a promise is a surprise',
  'background: rgb(0 0 0); color: inherit',
])('%s has no retired term', (line) => {
  expect(retiredTermsIn('lib/sample.ts', line)).toEqual([]);
});
