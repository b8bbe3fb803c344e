/**
 * CloudWatch Logs Insights, as far as the stack's own queries go: their grammar, what they speak of, and what they answer.
 * Everything else throws: it would have to be learnt first.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax.html
 */

type Value = string | number | undefined;
type Row = Readonly<Record<string, Value>>;

type Expression =
  | { readonly kind: 'field'; readonly name: string }
  | { readonly kind: 'value'; readonly value: string | number }
  | { readonly kind: 'list'; readonly items: readonly Expression[] }
  | { readonly kind: 'call'; readonly name: string; readonly args: readonly Expression[] }
  | { readonly kind: 'binary'; readonly operator: string; readonly left: Expression; readonly right: Expression }
  | { readonly kind: 'not'; readonly operand: Expression };

interface Column {
  readonly name: string;
  readonly of: Expression;
}

type Command =
  | { readonly command: 'filter'; readonly condition: Expression }
  | { readonly command: 'fields'; readonly columns: readonly Column[] }
  | { readonly command: 'stats'; readonly columns: readonly Column[]; readonly by: readonly Column[] }
  | { readonly command: 'sort'; readonly keys: readonly { readonly name: string; readonly descending: boolean }[] }
  | { readonly command: 'limit'; readonly count: number };

/** A line of a log, with what CloudWatch adds to it. */
export interface LoggedLine {
  readonly log: string;
  /** Milliseconds since the epoch. */
  readonly timestamp: number;
  readonly line: string;
}

/** What a query speaks of. */
export interface QueryContents {
  /** Fields of log lines. */
  readonly fields: readonly string[];
  /** Values that fields are compared with: `[field, value]`. */
  readonly values: readonly (readonly [field: string, value: string])[];
}

const OF_CLOUDWATCH: ReadonlySet<string> = new Set(['@timestamp', '@log', '@message']);
const MILLISECONDS: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000 };

/** Functions of a row. */
const FUNCTIONS: Readonly<Record<string, (args: readonly Value[]) => Value>> = {
  ispresent: ([value]) => Number(value !== undefined),
  coalesce: (values) => values.find((value) => value !== undefined),
  strcontains: ([text, part]) => (text === undefined ? undefined : Number(String(text).includes(String(part)))),
};

/** Functions of a group of rows. The rows are in the order of their time. */
const AGGREGATES: Readonly<Record<string, (values: readonly Value[], parameter: number) => Value>> = {
  count: (values) => present(values).length,
  count_distinct: (values) => new Set(present(values)).size,
  sum: (values) => numbers(values).reduce((sum, value) => sum + value, 0),
  min: (values) => Math.min(...numbers(values)),
  max: (values) => Math.max(...numbers(values)),
  earliest: (values) => present(values)[0],
  latest: (values) => present(values).at(-1),
  pct: (values, percent) => {
    const sorted = numbers(values).toSorted((a, b) => a - b);
    return sorted[Math.max(0, Math.ceil((percent / 100) * sorted.length) - 1)];
  },
};

/** Says what a query speaks of, without running it. */
export function contentsOf(query: string): QueryContents {
  const commands = parse(query);
  const made = new Set(commands.flatMap((one) => ('columns' in one ? one.columns.map(({ name }) => name) : [])));
  const expressions = commands.flatMap((one) => partsOf(one).flatMap(withParts));
  const sorted = commands.flatMap((one) => (one.command === 'sort' ? one.keys.map(({ name }) => name) : []));
  const named = expressions.flatMap((one) => (one.kind === 'field' ? [one.name] : []));
  const fields = [...named, ...sorted].filter((name) => !OF_CLOUDWATCH.has(name) && !made.has(name));
  return { fields: [...new Set(fields)], values: expressions.flatMap(comparedValues) };
}

/** Runs a query over lines in the order of their time. A line that is not JSON has no fields. */
export function run(query: string, lines: readonly LoggedLine[]): readonly Row[] {
  const rows = lines.map(({ log, timestamp, line }) => ({
    ...jsonFields(line),
    '@log': log,
    '@timestamp': timestamp,
    '@message': line,
  }));
  return parse(query).reduce<readonly Row[]>(execute, rows);
}

function execute(rows: readonly Row[], command: Command): readonly Row[] {
  switch (command.command) {
    case 'filter':
      return rows.filter((row) => Boolean(evaluate(command.condition, row)));
    case 'fields':
      return rows.map((row) => ({
        ...row,
        ...Object.fromEntries(command.columns.map(({ name, of }) => [name, evaluate(of, row)])),
      }));
    case 'stats':
      return groups(rows, command.by).map(({ keys, members }) => ({
        ...keys,
        ...Object.fromEntries(command.columns.map(({ name, of }) => [name, aggregate(of, members)])),
      }));
    case 'sort':
      return rows.toSorted((a, b) => {
        const [first] = command.keys
          .map(({ name, descending }) => compared(a[name], b[name]) * (descending ? -1 : 1))
          .filter(Boolean);
        return first ?? 0;
      });
    case 'limit':
      return rows.slice(0, command.count);
  }
}

function groups(
  rows: readonly Row[],
  by: readonly Column[],
): readonly { readonly keys: Row; readonly members: Row[] }[] {
  const found = new Map<string, { readonly keys: Row; readonly members: Row[] }>();
  for (const row of rows) {
    const keys = Object.fromEntries(by.map(({ name, of }) => [name, evaluate(of, row)]));
    const id = JSON.stringify(keys);
    const group = found.get(id) ?? { keys, members: [] };
    group.members.push(row);
    found.set(id, group);
  }
  return [...found.values()];
}

function aggregate(of: Expression, members: readonly Row[]): Value {
  const [argument, parameter] = of.kind === 'call' ? of.args : [];
  const calculate = of.kind === 'call' ? AGGREGATES[of.name] : undefined;
  if (calculate === undefined || argument === undefined) {
    throw new Error(`stats takes functions of groups only, not ${JSON.stringify(of)}`);
  }
  const everything = argument.kind === 'field' && argument.name === '*';
  const values = members.map((row) => (everything ? 1 : evaluate(argument, row)));
  return calculate(values, parameter?.kind === 'value' ? Number(parameter.value) : Number.NaN);
}

function evaluate(expression: Expression, row: Row): Value {
  switch (expression.kind) {
    case 'field':
      return row[expression.name];
    case 'value':
      return expression.value;
    case 'not':
      return Number(!evaluate(expression.operand, row));
    case 'call': {
      if (expression.name === 'bin') {
        const [{ value } = { value: 1 }] = expression.args as readonly { readonly value: number }[];
        return Math.floor(Number(row['@timestamp']) / value) * value;
      }
      const calculate = FUNCTIONS[expression.name];
      if (calculate === undefined) {
        throw new Error(`the function ${expression.name} is not known here`);
      }
      return calculate(expression.args.map((argument) => evaluate(argument, row)));
    }
    case 'binary':
      return Number(holds(expression, row));
    case 'list':
      throw new Error('a list stands behind `in` only');
  }
}

function holds({ operator, left, right }: Extract<Expression, { kind: 'binary' }>, row: Row): boolean {
  const value = evaluate(left, row);
  switch (operator) {
    case 'and':
      return Boolean(value) && Boolean(evaluate(right, row));
    case 'or':
      return Boolean(value) || Boolean(evaluate(right, row));
    case 'in':
      return right.kind === 'list' && right.items.some((item) => evaluate(item, row) === value);
  }
  const other = evaluate(right, row);
  if (value === undefined || other === undefined) {
    return false;
  }
  switch (operator) {
    case '=':
      return value === other;
    case '!=':
      return value !== other;
    case '>':
      return value > other;
    case '>=':
      return value >= other;
    case '<':
      return value < other;
    default:
      throw new Error(`the operator ${operator} is not known here`);
  }
}

function parse(query: string): readonly Command[] {
  return query.split(/\n\| /).map((line) => new Parser(line).command());
}

/** Reads one command, from the left to the right. */
class Parser {
  private readonly line: string;
  private readonly tokens: string[];

  constructor(line: string) {
    this.line = line;
    this.tokens = line.match(/"[^"]*"|\d+[mhd]\b|\d+|@?[A-Za-z_]\w*|!=|>=|[()[\],=<>*]|\S/g) ?? [];
  }

  command(): Command {
    const command = this.commandNamed(this.next());
    if (this.tokens.length > 0) {
      throw this.problem();
    }
    return command;
  }

  private commandNamed(name: string): Command {
    switch (name) {
      case 'filter':
        return { command: 'filter', condition: this.or() };
      case 'fields':
        return { command: 'fields', columns: this.columns() };
      case 'stats': {
        const columns = this.columns();
        return { command: 'stats', columns, by: this.took('by') ? this.columns() : [] };
      }
      case 'sort':
        return {
          command: 'sort',
          keys: this.list(() => ({ name: this.next(), descending: this.direction() === 'desc' })),
        };
      case 'limit':
        return { command: 'limit', count: Number(this.next()) };
      default:
        throw this.problem();
    }
  }

  private columns(): readonly Column[] {
    return this.list(() => {
      const before = this.tokens.join('');
      const of = this.or();
      const text = before.slice(0, before.length - this.tokens.join('').length);
      return { of, name: this.took('as') ? this.next() : text };
    });
  }

  private direction(): string {
    const direction = this.next();
    if (direction !== 'asc' && direction !== 'desc') {
      throw this.problem();
    }
    return direction;
  }

  private or(): Expression {
    return this.joined('or', () => this.joined('and', () => this.comparison()));
  }

  private joined(operator: string, part: () => Expression): Expression {
    let left = part();
    while (this.took(operator)) {
      left = { kind: 'binary', operator, left, right: part() };
    }
    return left;
  }

  private comparison(): Expression {
    if (this.took('not')) {
      return { kind: 'not', operand: this.comparison() };
    }
    const left = this.term();
    const operator = ['=', '!=', '>', '>=', '<', 'in'].find((one) => this.took(one));
    return operator === undefined ? left : { kind: 'binary', operator, left, right: this.term() };
  }

  private term(): Expression {
    const token = this.next();
    if (token === '(') {
      const inner = this.or();
      this.expect(')');
      return inner;
    }
    if (token === '[') {
      const items = this.list(() => this.term());
      this.expect(']');
      return { kind: 'list', items };
    }
    if (token.startsWith('"')) {
      return { kind: 'value', value: token.slice(1, -1) };
    }
    const [, digits, unit] = /^(\d+)([mhd])?$/.exec(token) ?? [];
    if (digits !== undefined) {
      return { kind: 'value', value: Number(digits) * (MILLISECONDS[unit ?? ''] ?? 1) };
    }
    if (!/^(?:@?[A-Za-z_]\w*|\*)$/.test(token)) {
      throw this.problem();
    }
    if (!this.took('(')) {
      return { kind: 'field', name: token };
    }
    const args = this.list(() => this.or());
    this.expect(')');
    if (token !== 'bin' && !(token in FUNCTIONS) && !(token in AGGREGATES)) {
      throw this.problem();
    }
    return { kind: 'call', name: token, args };
  }

  private list<Item>(item: () => Item): readonly Item[] {
    const items = [item()];
    while (this.took(',')) {
      items.push(item());
    }
    return items;
  }

  private next(): string {
    const token = this.tokens.shift();
    if (token === undefined) {
      throw this.problem();
    }
    return token;
  }

  private took(token: string): boolean {
    if (this.tokens[0] !== token) {
      return false;
    }
    this.tokens.shift();
    return true;
  }

  private expect(token: string): void {
    if (!this.took(token)) {
      throw this.problem();
    }
  }

  private problem(): Error {
    return new Error(`not understood, before ${JSON.stringify(this.tokens.join(' '))}: ${this.line}`);
  }
}

/** The expressions that a command is made of. */
function partsOf(command: Command): readonly Expression[] {
  switch (command.command) {
    case 'filter':
      return [command.condition];
    case 'fields':
      return command.columns.map(({ of }) => of);
    case 'stats':
      return [...command.columns, ...command.by].map(({ of }) => of);
    default:
      return [];
  }
}

/** An expression, and all that is in it. */
function withParts(expression: Expression): readonly Expression[] {
  switch (expression.kind) {
    case 'call':
      return [expression, ...expression.args.filter((one) => !isStar(one)).flatMap(withParts)];
    case 'binary':
      return [expression, ...withParts(expression.left), ...withParts(expression.right)];
    case 'not':
      return [expression, ...withParts(expression.operand)];
    case 'list':
      return [expression, ...expression.items.flatMap(withParts)];
    default:
      return [expression];
  }
}

function comparedValues(expression: Expression): readonly (readonly [string, string])[] {
  const [field, ...others] =
    expression.kind === 'binary'
      ? [expression.left, ...(expression.right.kind === 'list' ? expression.right.items : [expression.right])]
      : expression.kind === 'call'
        ? expression.args
        : [];
  if (field?.kind !== 'field') {
    return [];
  }
  return others.flatMap((other) =>
    other.kind === 'value' && typeof other.value === 'string' ? [[field.name, other.value] as const] : [],
  );
}

function isStar(expression: Expression): boolean {
  return expression.kind === 'field' && expression.name === '*';
}

function present(values: readonly Value[]): readonly (string | number)[] {
  return values.filter((value) => value !== undefined);
}

function numbers(values: readonly Value[]): readonly number[] {
  return values.filter((value) => typeof value === 'number');
}

function compared(a: Value, b: Value): number {
  return a === b || a === undefined || b === undefined ? 0 : a < b ? -1 : 1;
}

function jsonFields(line: string): Row {
  try {
    return JSON.parse(line);
  } catch (error) {
    if (error instanceof SyntaxError) {
      return {};
    }
    throw error;
  }
}
