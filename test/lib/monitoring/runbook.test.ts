import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { defaultTemplate, type MetricQuery, propertiesOf, resourcesOf } from '../support/template';

const DOCUMENT = join(__dirname, '..', '..', '..', 'docs', 'runbook.md');
const REGENERATE = 'UPDATE_DOCS=1 npx jest test/lib/monitoring/runbook.test.ts';

const resources = resourcesOf(defaultTemplate());
const queries = Object.values(propertiesOf(resources, 'AWS::Logs::QueryDefinition')).map(
  ({ Name, QueryString, LogGroupNames }) => ({
    name: String(Name).replace(/^.*\//, ''),
    text: String(QueryString),
    logs: (LogGroupNames as readonly string[]).map((group) => group.slice(1, -1)),
  }),
);
const alarms = Object.values(propertiesOf(resources, 'AWS::CloudWatch::Alarm')).map(({ AlarmDescription }) =>
  String(AlarmDescription).replace(/^.*#/, ''),
);

/** The alarms in a table: what each looks at, and from when on it goes off. */
function alarmTable(): string {
  const rows = Object.values(propertiesOf(resources, 'AWS::CloudWatch::Alarm')).map((alarm) => {
    const { MetricName, Metrics, Statistic, ExtendedStatistic, Threshold, EvaluationPeriods, DatapointsToAlarm } =
      alarm;
    const name = String(alarm['AlarmDescription']).replace(/^.*#/, '');
    const [{ Expression } = {}] = ((Metrics ?? []) as readonly MetricQuery[]).filter((one) => one.Expression);
    const metric = Expression ?? `${MetricName} (${ExtendedStatistic ?? String(Statistic).toLowerCase()})`;
    return `| [${name}](#${name}) | ${metric} | ${Number(Threshold).toLocaleString('en-GB')} | ${DatapointsToAlarm} of ${EvaluationPeriods} |`;
  });
  return [
    '| alarm | goes off when | is at least | in so many periods |',
    '| --- | --- | ---: | ---: |',
    ...rows.toSorted(),
  ].join('\n');
}

/** The sections below a heading of the second level, by their headings of the third. */
function sectionsBelow(heading: string): ReadonlyMap<string, string> {
  const [, chapter = ''] =
    new RegExp(`\n## ${heading}\n(.*?)(?=\n## |$)`, 's').exec(readFileSync(DOCUMENT, 'utf8')) ?? [];
  const [, ...sections] = chapter.split('\n### ');
  return new Map(
    sections.map((section) => {
      const end = section.indexOf('\n');
      return [section.slice(0, end), section.slice(end)];
    }),
  );
}

describe('docs/runbook.md', () => {
  const sections = sectionsBelow('Alarms');

  test('has a section for every alarm, by the name that its description leads to, and no other', () => {
    expect([...sections.keys()].sort()).toEqual(alarms.toSorted());
  });

  test.each(alarms)('says of %s which query to run, and what to do', (alarm) => {
    const section = sections.get(alarm) ?? '';
    const named = [...section.matchAll(/\*\*[Qq]uery:?\*\*:? `([a-z-]+)`/g)].map(([, name]) => name);
    expect(named.length).toBeGreaterThan(0);
    expect(queries.map(({ name }) => name)).toEqual(expect.arrayContaining(named));
  });

  test('names every query where it says what to do', () => {
    const [text = ''] = readFileSync(DOCUMENT, 'utf8').split('\n## The queries\n');
    expect(queries.map(({ name }) => name).filter((name) => !text.includes(`\`${name}\``))).toEqual([]);
  });

  test('leads to sections that there are', () => {
    const text = readFileSync(DOCUMENT, 'utf8');
    const headings = new Set([...text.matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) => anchorOf(heading)));
    const links = [...text.matchAll(/\]\(#([a-z-]+)\)/g)].map(([, anchor = '']) => anchor);
    expect(links.filter((anchor) => !headings.has(anchor))).toEqual([]);
    const operations = readFileSync(join(__dirname, '..', '..', '..', 'docs', 'operations.md'), 'utf8');
    const elsewhere = new Set([...operations.matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) => anchorOf(heading)));
    const leading = [...text.matchAll(/\]\(operations\.md#([a-z-]+)\)/g)].map(([, anchor = '']) => anchor);
    expect(leading.filter((anchor) => !elsewhere.has(anchor))).toEqual([]);
  });

  test('has every alarm, and the text of every query, as they are in the template', () => {
    const section = queries
      .map(({ name, text, logs }) => `### Query ${name}\n\nIn ${logs.join(', ')}:\n\n\`\`\`\n${text}\n\`\`\`\n`)
      .join('\n');
    const document = withBlock(
      'queries',
      section,
      withBlock('alarms', `${alarmTable()}\n`, readFileSync(DOCUMENT, 'utf8')),
    );
    if (process.env['UPDATE_DOCS']) {
      writeFileSync(DOCUMENT, document);
    }
    if (readFileSync(DOCUMENT, 'utf8') !== document) {
      throw new Error(`docs/runbook.md is out of date. Look at what changed, then: ${REGENERATE}`);
    }
  });
});

function withBlock(name: string, content: string, text: string): string {
  const [before = '', , after = ''] = text.split(new RegExp(`<!-- ${name} -->\n|<!-- end of the ${name} -->`));
  return `${before}<!-- ${name} -->\n${content}<!-- end of the ${name} -->${after}`;
}

/** How GitHub makes an anchor of a heading. */
function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replace(/[^a-z0-9 -]/g, '')
    .replace(/ /g, '-');
}
