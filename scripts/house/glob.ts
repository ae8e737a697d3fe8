/** The patterns of the table: `*` within a folder, `**` across folders, `{a,b}`, and `<name>` for one folder that is the same in a whole row. */

export interface Glob {
  /** Returns what `<name>` stands for, or undefined when the path does not fit. */
  match(path: string): Readonly<Record<string, string>> | undefined;
}

const parsed = new Map<string, Glob>();

export function parseGlob(pattern: string): Glob {
  let glob = parsed.get(pattern);
  if (glob === undefined) {
    const expression = new RegExp(`^${toExpression(pattern)}$`);
    glob = { match: (path) => toNames(expression.exec(path)) };
    parsed.set(pattern, glob);
  }
  return glob;
}

/** Puts what the names of a row stand for into another of its patterns. */
export function fillNames(pattern: string, names: Readonly<Record<string, string>>): string {
  return pattern.replace(/<(\w+)>/g, (whole, name: string) => names[name] ?? whole);
}

/** Whether a path fits one of the patterns and none of those that begin with "!". */
export function fits(path: string, patterns: readonly string[]): boolean {
  const isIn = (pattern: string) => parseGlob(pattern).match(path) !== undefined;
  return (
    patterns.some((pattern) => !pattern.startsWith('!') && isIn(pattern)) &&
    !patterns.some((pattern) => pattern.startsWith('!') && isIn(pattern.slice(1)))
  );
}

function toNames(match: RegExpExecArray | null): Readonly<Record<string, string>> | undefined {
  return match === null ? undefined : { ...match.groups };
}

const tokens = /\*\*\/|\*\*|\*|<\w+>|[{},]|[^*<{},]+/g;

function toExpression(pattern: string): string {
  return (pattern.match(tokens) ?? []).map(toPart).join('');
}

function toPart(token: string): string {
  switch (token) {
    case '**/':
      return '(?:.*/)?';
    case '**':
      return '.*';
    case '*':
      return '[^/]*';
    case '{':
      return '(?:';
    case '}':
      return ')';
    case ',':
      return '|';
    default:
      return token.startsWith('<') ? `(?<${token.slice(1, -1)}>[^/]+)` : token.replace(/[.+?^$()|[\]\\]/g, '\\$&');
  }
}
