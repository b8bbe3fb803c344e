/**
 * Metric filters as CloudWatch Logs runs them, as far as the stack's own patterns go: JSON selectors of one field, compared
 * with a string or a number, and joined by `&&`. Everything else throws: it would have to be learnt first.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntaxForMetricFilters.html
 */

type LogEvent = Readonly<Record<string, unknown>>;

const COMPARISON = /^\$\.([A-Za-z_]+) (=|>=|<) (?:"([A-Za-z0-9_-]+)"|(\d+))$/;

/** Whether a pattern matches a line. A line that is not JSON matches no JSON pattern. */
export function matches(pattern: string, line: string): boolean {
  const [, expression] = /^\{ (.+) \}$/.exec(pattern) ?? [];
  if (expression === undefined) {
    throw new Error(`not a JSON pattern: ${pattern}`);
  }
  const event = parsed(line);
  const parts = expression.split(' && ').map((part) => part.replace(/^\((.*)\)$/, '$1'));
  const holds = parts.map((part) => compare(part, event ?? {}));
  return event !== undefined && holds.every(Boolean);
}

/** What a matching line adds to the metric: a number, or that of a field. */
export function metricValue(value: string, line: string): number {
  const [, field] = /^\$\.([A-Za-z_]+)$/.exec(value) ?? [];
  const number = field === undefined ? Number(value) : parsed(line)?.[field];
  if (typeof number !== 'number' || Number.isNaN(number)) {
    throw new Error(`${value} of ${line} is not a number`);
  }
  return number;
}

function compare(comparison: string, event: LogEvent): boolean {
  const [, field = '', operator, text, number] = COMPARISON.exec(comparison) ?? [];
  if (operator === undefined || (operator !== '=' && number === undefined)) {
    throw new Error(`not a comparison that is known here: ${comparison}`);
  }
  const value = event[field];
  if (text !== undefined) {
    return value === text;
  }
  if (typeof value !== 'number') {
    return false;
  }
  switch (operator) {
    case '=':
      return value === Number(number);
    case '<':
      return value < Number(number);
    default:
      return value >= Number(number);
  }
}

function parsed(line: string): LogEvent | undefined {
  try {
    return JSON.parse(line);
  } catch (error) {
    if (error instanceof SyntaxError) {
      return undefined;
    }
    throw error;
  }
}
