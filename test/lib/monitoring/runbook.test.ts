import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { templateWith } from '../../support/synthesized';
import { defaultTemplate, type MetricQuery, propertiesOf, resourcesOf } from '../support/template';

const PROJECT = join(__dirname, '..', '..', '..');
const RUNBOOK = join(PROJECT, 'docs', 'runbook.md');
const text = readFileSync(RUNBOOK, 'utf8');

const resources = resourcesOf(templateWith({ monitoring: 'full' }));
const basic = resourcesOf(defaultTemplate());
const alarms = Object.values(propertiesOf(resources, 'AWS::CloudWatch::Alarm'));
const queries = Object.values(propertiesOf(resources, 'AWS::Logs::QueryDefinition')).map(({ Name, LogGroupNames }) => ({
  name: String(Name).replace(/^.*\//, ''),
  logs: (LogGroupNames as readonly string[]).map((group) => group.slice(1, -1)),
}));

/** Errors that the runbook names and that AWS, the SDK, Lambda or Node.js writes. */
const FOREIGN_ERRORS = [
  'AccessDeniedException',
  'FunctionError',
  'InternalError',
  'SlowDown',
  'ThrottlingException',
  'TimeoutError',
  'timed out',
];

/** The sections of the chapter "Alarms", by heading. */
function alarmSections(): ReadonlyMap<string, string> {
  const [, chapter = ''] = /\n## Alarms\n(.*?)(?=\n## |$)/s.exec(text) ?? [];
  const [, ...sections] = chapter.split('\n### ');
  return new Map(sections.map((section) => [section.slice(0, section.indexOf('\n')), section]));
}

test('the runbook has one section for each alarm, with the name in the alarm’s description', () => {
  expect([...alarmSections().keys()].sort()).toEqual(alarms.map(sectionOf).toSorted());
});

test.each(alarms.map(sectionOf))('the section %s names existing queries to run', (alarm) => {
  const section = alarmSections().get(alarm) ?? '';
  const named = [...section.matchAll(/\*\*[Qq]uery:?\*\*:? `([a-z-]+)`/g)].map(([, name]) => name);
  expect(named.length).toBeGreaterThan(0);
  expect(queries.map(({ name }) => name)).toEqual(expect.arrayContaining(named));
});

test.each(alarms.map(sectionOf))('the section %s quotes errors as the functions and AWS write them', (alarm) => {
  const prose = (alarmSections().get(alarm) ?? '').replace(/```.*?```/gs, '');
  const code = sourceOfFunctions();
  // Code spans with a space are messages; code spans in Pascal case are error names.
  const quoted = [...prose.matchAll(/`([^`]+)`/g)]
    .map(([, span = '']) => span)
    .filter((span) => /\s|^[A-Z]\w*[a-z]/.test(span));
  const known = (error: string) =>
    FOREIGN_ERRORS.includes(error) || error.split('…').every((part) => code.includes(part));
  expect(quoted.filter((error) => !known(error))).toEqual([]);
});

test('the runbook says when to run each query', () => {
  const [instructions = ''] = text.split('\n## Queries\n');
  expect(queries.map(({ name }) => name).filter((name) => !instructions.includes(`\`${name}\``))).toEqual([]);
});

test('the runbook has the alarms and the queries of the template (write them with UPDATE_DOCS=1)', () => {
  const current = withBlock('queries', queryTable(), withBlock('alarms', alarmTable(), text));
  if (process.env['UPDATE_DOCS']) {
    writeFileSync(RUNBOOK, current);
  }
  expect(readFileSync(RUNBOOK, 'utf8')).toBe(current);
});

function sectionOf(alarm: Readonly<Record<string, unknown>>): string {
  return String(alarm['AlarmDescription']).replace(/^.*#/, '');
}

/** The metric of each alarm, when the alarm fires, and whether the basic level has it. */
function alarmTable(): string {
  const inBasic = Object.values(propertiesOf(basic, 'AWS::CloudWatch::Alarm')).map(sectionOf);
  const rows = alarms.map((alarm) => {
    const { MetricName, Metrics, Statistic, ExtendedStatistic, Threshold, EvaluationPeriods, DatapointsToAlarm } =
      alarm;
    const name = sectionOf(alarm);
    const [{ Expression } = {}] = ((Metrics ?? []) as readonly MetricQuery[]).filter((one) => one.Expression);
    const metric = Expression ?? `${MetricName} (${ExtendedStatistic ?? String(Statistic).toLowerCase()})`;
    return `| [${name}](#${name}) | ${metric} | ${Number(Threshold).toLocaleString('en-US')} | ${DatapointsToAlarm} of ${EvaluationPeriods} | ${inBasic.includes(name) ? 'yes' : ''} |`;
  });
  const header = ['| Alarm | Metric | Threshold (at least) | Periods | Basic |', '| --- | --- | ---: | ---: | --- |'];
  return [...header, ...rows.toSorted(), ''].join('\n');
}

/** The logs that each query reads. */
function queryTable(): string {
  const rows = queries.map(({ name, logs }) => `| \`${name}\` | ${logs.join(', ')} |`);
  return ['| Query | Log groups |', '| --- | --- |', ...rows, ''].join('\n');
}

/** Code that throws errors and names response codes, in the functions and in API Gateway's own responses. */
function sourceOfFunctions(): string {
  const files = readdirSync(join(PROJECT, 'lambda'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => join('lambda', name));
  return [...files, 'lib/constructs/gateway-responses.ts']
    .map((file) => readFileSync(join(PROJECT, file), 'utf8'))
    .join('\n');
}

function withBlock(name: string, content: string, document: string): string {
  const [before = '', , after = ''] = document.split(new RegExp(`<!-- ${name} -->\n|<!-- end of the ${name} -->`));
  return `${before}<!-- ${name} -->\n${content}<!-- end of the ${name} -->${after}`;
}
