import { isRecord, UnsupportedTemplateError } from '../template/fields';

/** Whether a log line matches a filter pattern. */
export type LinePredicate = (line: string) => boolean;

/** Whether the JSON of a log line matches a condition. */
type Condition = (event: unknown) => boolean;

const TOKEN = /\s*(?:(\$(?:\.[A-Za-z0-9_-]+)+)|"([^"\\]*)"|(&&|\|\||[()={}]))/y;

/**
 * Parses a filter pattern for JSON lines: comparisons of a field with a string, `&&`, `||` and parentheses. A string can
 * start or end with `*`. Lines that are not JSON do not match.
 *
 * @param path path of the filter pattern in the template, for the error message
 * @throws UnsupportedTemplateError for any other pattern
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/matching-terms-json-log-events.html
 */
export function parseFilterPattern(pattern: string, path: string): LinePredicate {
  const condition = new Parser(pattern, path).parse();
  return (line) => {
    try {
      return condition(JSON.parse(line));
    } catch (error) {
      if (error instanceof SyntaxError) {
        return false;
      }
      throw error;
    }
  };
}

/** A recursive-descent parser. `&&` binds more tightly than `||`. */
class Parser {
  private readonly pattern: string;
  private readonly path: string;
  private readonly tokens: string[];

  constructor(pattern: string, path: string) {
    this.pattern = pattern;
    this.path = path;
    this.tokens = this.tokenize();
  }

  parse(): Condition {
    this.take('{');
    const condition = this.disjunction();
    this.take('}');
    if (this.tokens.length > 0) {
      throw this.unsupported();
    }
    return condition;
  }

  private tokenize(): string[] {
    const tokens: string[] = [];
    const text = this.pattern.trimEnd();
    for (TOKEN.lastIndex = 0; TOKEN.lastIndex < text.length; ) {
      const [token] = TOKEN.exec(text) ?? [];
      if (token === undefined) {
        throw this.unsupported();
      }
      tokens.push(token.trim());
    }
    return tokens;
  }

  private disjunction(): Condition {
    const alternatives = [this.conjunction()];
    while (this.tokens[0] === '||') {
      this.take('||');
      alternatives.push(this.conjunction());
    }
    return (event) => alternatives.some((matches) => matches(event));
  }

  private conjunction(): Condition {
    const conditions = [this.term()];
    while (this.tokens[0] === '&&') {
      this.take('&&');
      conditions.push(this.term());
    }
    return (event) => conditions.every((matches) => matches(event));
  }

  private term(): Condition {
    const token = this.tokens.shift() ?? '';
    if (token === '(') {
      const condition = this.disjunction();
      this.take(')');
      return condition;
    }
    if (!token.startsWith('$')) {
      throw this.unsupported();
    }
    const names = token.split('.').slice(1);
    this.take('=');
    const accepts = this.stringPattern(this.tokens.shift() ?? '');
    return (event) => {
      const value = names.reduce((parent, name) => (isRecord(parent) ? parent[name] : undefined), event);
      return typeof value === 'string' && accepts(value);
    };
  }

  private stringPattern(token: string): (value: string) => boolean {
    const [, start, text, end] = /^"(\*?)([^*]*)(\*?)"$/.exec(token) ?? [];
    if (text === undefined) {
      throw this.unsupported();
    }
    if (start && end) {
      return (value) => value.includes(text);
    }
    if (start) {
      return (value) => value.endsWith(text);
    }
    return end ? (value) => value.startsWith(text) : (value) => value === text;
  }

  private take(expected: string): void {
    if (this.tokens.shift() !== expected) {
      throw this.unsupported();
    }
  }

  private unsupported(): UnsupportedTemplateError {
    const pattern = JSON.stringify(this.pattern);
    return new UnsupportedTemplateError(this.path, `the local emulator does not support the filter pattern ${pattern}`);
  }
}
