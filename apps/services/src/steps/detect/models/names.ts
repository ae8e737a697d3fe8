/** Class names: as Python literals inside model files, as JSON, or one a line in a file beside the model. */

/** A model with more classes than this is taken for a mistake. */
const classLimit = 100_000;
const nameLimit = 200;

/**
 * `names` of a model's metadata: a Python dict with integer keys ({0: 'person', 1: "it's"}), a Python or JSON list, or a JSON object.
 * Gaps are filled with "class_<n>". Undefined when the text is none of them or holds no name.
 */
export function parseNames(text: string): readonly string[] | undefined {
  const names = new LiteralReader(text).read();
  return names === undefined || names.size === 0 ? undefined : toList(names);
}

/** A labels file: JSON when it looks like it, else one name a line; empty lines at the end do not count. */
export function parseLabels(text: string): readonly string[] | undefined {
  const trimmed = text.replace(/^\uFEFF/, '').trim();
  if (trimmed === '') return undefined;
  if (trimmed.startsWith('[') || trimmed.startsWith('{')) return parseNames(trimmed);
  const lines = trimmed.split(/\r?\n/).map(cleanName);
  return lines.length > classLimit ? undefined : lines.map((name, index) => (name === '' ? unnamed(index) : name));
}

function toList(names: ReadonlyMap<number, string>): readonly string[] | undefined {
  const count = Math.max(...names.keys()) + 1;
  if (count > classLimit) return undefined;
  return Array.from({ length: count }, (_, index) => names.get(index) ?? unnamed(index));
}

function unnamed(index: number): string {
  return `class_${index}`;
}

/** Names go into logs, drawings and CSV: one line, of bounded length. */
function cleanName(name: string): string {
  return (
    name
      // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is removed here
      .replace(/[\u0000-\u001f\u007f\u2028\u2029]+/g, ' ')
      .trim()
      .slice(0, nameLimit)
  );
}

const simpleEscapes: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', '\\': '\\', "'": "'", '"': '"', '/': '/' };
const hexEscapes: Readonly<Record<string, number>> = { x: 2, u: 4, U: 8 };

/** Reads the few literals that exporters write; anything else makes it give up. Nothing is evaluated. */
class LiteralReader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  read(): Map<number, string> | undefined {
    const names = this.#take('{') ? this.#entries() : this.#take('[') || this.#take('(') ? this.#items() : undefined;
    this.#skipSpace();
    return this.#at === this.#text.length ? names : undefined;
  }

  #entries(): Map<number, string> | undefined {
    const names = new Map<number, string>();
    while (!this.#take('}')) {
      const key = this.#key();
      if (key === undefined || !this.#take(':')) return undefined;
      const name = this.#string();
      if (name === undefined || key >= classLimit) return undefined;
      names.set(key, cleanName(name));
      if (!this.#take(',') && this.#text[this.#at] !== '}') return undefined;
    }
    return names;
  }

  #items(): Map<number, string> | undefined {
    const names = new Map<number, string>();
    while (!this.#take(']') && !this.#take(')')) {
      const name = this.#string();
      if (name === undefined || names.size >= classLimit) return undefined;
      names.set(names.size, cleanName(name));
      if (!this.#take(',') && !/[\])]/.test(this.#text[this.#at] ?? '')) return undefined;
    }
    return names;
  }

  /** 7 or '7'. */
  #key(): number | undefined {
    this.#skipSpace();
    const digits = this.#match(/\d{1,9}/y);
    if (digits !== undefined) return Number(digits);
    const text = this.#string();
    return text !== undefined && /^\d{1,9}$/.test(text) ? Number(text) : undefined;
  }

  #string(): string | undefined {
    this.#skipSpace();
    const quote = this.#text[this.#at];
    if (quote !== "'" && quote !== '"') return undefined;
    let value = '';
    for (this.#at += 1; this.#at < this.#text.length; ) {
      const char = this.#text[this.#at] ?? '';
      this.#at += 1;
      if (char === quote) {
        this.#skipSpace();
        return value;
      }
      value += char === '\\' ? this.#escape() : char;
    }
    return undefined;
  }

  #escape(): string {
    const letter = this.#text[this.#at] ?? '';
    this.#at += 1;
    const digits = hexEscapes[letter];
    if (digits === undefined) return simpleEscapes[letter] ?? `\\${letter}`;
    const hex = this.#text.slice(this.#at, this.#at + digits);
    const code = Number.parseInt(hex, 16);
    if (!/^[0-9a-fA-F]+$/.test(hex) || code > 0x10ffff) return `\\${letter}`;
    this.#at += digits;
    return String.fromCodePoint(code);
  }

  #take(char: string): boolean {
    this.#skipSpace();
    if (this.#text[this.#at] !== char) return false;
    this.#at += 1;
    this.#skipSpace();
    return true;
  }

  #skipSpace(): void {
    this.#match(/\s*/y);
  }

  #match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text)?.[0];
    if (found !== undefined) this.#at += found.length;
    return found;
  }
}
