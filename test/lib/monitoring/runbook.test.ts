import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { defaultTemplate, type MetricQuery, propertiesOf, resourcesOf } from '../support/template';

const DOCS = join(__dirname, '..', '..', '..', 'docs');
const RUNBOOK = join(DOCS, 'runbook.md');
const text = readFileSync(RUNBOOK, 'utf8');

const resources = resourcesOf(defaultTemplate());
const alarms = Object.values(propertiesOf(resources, 'AWS::CloudWatch::Alarm'));
const queries = Object.values(propertiesOf(resources, 'AWS::Logs::QueryDefinition')).map(
  ({ Name, QueryString, LogGroupNames }) => ({
    name: String(Name).replace(/^.*\//, ''),
    text: String(QueryString),
    logs: (LogGroupNames as readonly string[]).map((group) => group.slice(1, -1)),
  }),
);

/** The sections of the chapter "Alarms", by heading. */
function alarmSections(): ReadonlyMap<string, string> {
  const [, chapter = ''] = /\n## Alarms\n(.*?)(?=\n## |$)/s.exec(text) ?? [];
  const [, ...sections] = chapter.split('\n### ');
  return new Map(sections.map((section) => [section.slice(0, section.indexOf('\n')), section]));
}

test('the runbook has one section for each alarm, by the name that the description of the alarm gives', () => {
  expect([...alarmSections().keys()].sort()).toEqual(alarms.map(sectionOf).toSorted());
});

test.each(alarms.map(sectionOf))('the section %s names existing queries to run', (alarm) => {
  const section = alarmSections().get(alarm) ?? '';
  const named = [...section.matchAll(/\*\*[Qq]uery:?\*\*:? `([a-z-]+)`/g)].map(([, name]) => name);
  expect(named.length).toBeGreaterThan(0);
  expect(queries.map(({ name }) => name)).toEqual(expect.arrayContaining(named));
});

test('the runbook says when to run each query', () => {
  const [instructions = ''] = text.split('\n## The queries\n');
  expect(queries.map(({ name }) => name).filter((name) => !instructions.includes(`\`${name}\``))).toEqual([]);
});

test.each([
  ['its own sections', 'runbook.md', /\]\(#([a-z-]+)\)/g],
  ['sections of docs/operations.md', 'operations.md', /\]\(operations\.md#([a-z-]+)\)/g],
])('the runbook links to %s that exist', (_what, file, links) => {
  const headings = readFileSync(join(DOCS, file), 'utf8').matchAll(/^#+ (.+)$/gm);
  const anchors = [...headings].map(([, heading = '']) => anchorOf(heading));
  expect(anchors).toEqual(expect.arrayContaining([...text.matchAll(links)].map(([, anchor]) => anchor)));
});

test('the runbook has the alarms and the queries of the template (write them with UPDATE_DOCS=1)', () => {
  const sections = queries.map(
    ({ name, text, logs }) => `### Query ${name}\n\nIn ${logs.join(', ')}:\n\n\`\`\`\n${text}\n\`\`\`\n`,
  );
  const current = withBlock('queries', sections.join('\n'), withBlock('alarms', `${alarmTable()}\n`, text));
  if (process.env['UPDATE_DOCS']) {
    writeFileSync(RUNBOOK, current);
  }
  expect(readFileSync(RUNBOOK, 'utf8')).toBe(current);
});

function sectionOf(alarm: Readonly<Record<string, unknown>>): string {
  return String(alarm['AlarmDescription']).replace(/^.*#/, '');
}

/** What each alarm watches, and when it goes off. */
function alarmTable(): string {
  const rows = alarms.map((alarm) => {
    const { MetricName, Metrics, Statistic, ExtendedStatistic, Threshold, EvaluationPeriods, DatapointsToAlarm } =
      alarm;
    const name = sectionOf(alarm);
    const [{ Expression } = {}] = ((Metrics ?? []) as readonly MetricQuery[]).filter((one) => one.Expression);
    const metric = Expression ?? `${MetricName} (${ExtendedStatistic ?? String(Statistic).toLowerCase()})`;
    return `| [${name}](#${name}) | ${metric} | ${Number(Threshold).toLocaleString('en-GB')} | ${DatapointsToAlarm} of ${EvaluationPeriods} |`;
  });
  const header = ['| alarm | goes off when | is at least | in so many periods |', '| --- | --- | ---: | ---: |'];
  return [...header, ...rows.toSorted()].join('\n');
}

function withBlock(name: string, content: string, document: string): string {
  const [before = '', , after = ''] = document.split(new RegExp(`<!-- ${name} -->\n|<!-- end of the ${name} -->`));
  return `${before}<!-- ${name} -->\n${content}<!-- end of the ${name} -->${after}`;
}

/** The anchor that GitHub makes of a heading. */
function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replace(/[^a-z0-9 -]/g, '')
    .replace(/ /g, '-');
}
