/** What a query of CloudWatch Logs Insights speaks of, found without running it. */
export interface QueryContents {
  /** Fields of log lines. */
  readonly fields: readonly string[];
  /** Values that fields are compared with: `[field, value]`. */
  readonly values: readonly (readonly [field: string, value: string])[];
}

/** Words of the language that the stack's queries use. An unknown one is taken for a field, and found missing. */
const KEYWORDS = new Set('filter fields stats sort limit by as and or not in asc desc'.split(' '));

/** https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax-operations-functions.html */
const FUNCTIONS = new Set(
  'bin coalesce count count_distinct earliest ispresent latest max min pct strcontains sum'.split(' '),
);

/** Fields that CloudWatch adds to every line. */
const OF_CLOUDWATCH = new Set(['@timestamp', '@log', '@message']);

/** @throws Error if the query calls a function that is not known here. */
export function contentsOf(query: string): QueryContents {
  const values = [...query.matchAll(/([a-z_]+) (?:!?=) "([^"]*)"/g)].map(
    ([, field = '', value = '']) => [field, value] as const,
  );
  const choices = [...query.matchAll(/([a-z_]+) in \[([^\]]*)\]/g)].flatMap(([, field = '', list = '']) =>
    [...list.matchAll(/"([^"]*)"/g)].map(([, value = '']) => [field, value] as const),
  );
  const contained = [...query.matchAll(/strcontains\(([a-z_]+), "([^"]*)"\)/g)].map(
    ([, field = '', value = '']) => [field, value] as const,
  );
  const bare = query.replace(/"[^"]*"/g, ' ');
  const called = [...bare.matchAll(/([A-Za-z_]+)\(/g)].map(([, name = '']) => name);
  const unknown = called.find((name) => !FUNCTIONS.has(name) && !KEYWORDS.has(name));
  if (unknown !== undefined) {
    throw new Error(`the query calls ${unknown}, which is not known here: ${query}`);
  }
  const aliases = new Set([...bare.matchAll(/ as ([a-z0-9_]+)/g)].map(([, alias = '']) => alias));
  const words = [...bare.matchAll(/(?<![\w@])@?[A-Za-z_]\w*/g)].map(([word]) => word);
  const fields = words.filter(
    (word) => !KEYWORDS.has(word) && !FUNCTIONS.has(word) && !aliases.has(word) && !OF_CLOUDWATCH.has(word),
  );
  return { fields: [...new Set(fields)], values: [...values, ...choices, ...contained] };
}
