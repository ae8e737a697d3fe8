/**
 * Patterns that users write for read texts and scanned codes: the regular part of regular expressions, matched in time that grows with the
 * length of the text alone. JavaScript's own RegExp can take years on a pattern like (a+)+b.
 *
 * Literals, ".", sets [A-Z0-9_] and [^…], \d \w \s and their opposites, "|", groups (…), (?:…) and (?<name>…), ? * + {n} {n,} {n,m}.
 */
import type { LocalizedText } from '../../text.ts';

/** Code points, both ends in it. */
export type Range = readonly [number, number];

export interface CharacterSet {
  readonly ranges: readonly Range[];
  readonly isNegated: boolean;
}

export type Node =
  | { readonly kind: 'set'; readonly set: CharacterSet }
  | { readonly kind: 'sequence'; readonly nodes: readonly Node[] }
  | { readonly kind: 'choice'; readonly nodes: readonly Node[] }
  | { readonly kind: 'repeat'; readonly node: Node; readonly least: number; readonly most: number }
  | { readonly kind: 'group'; readonly node: Node; readonly name: string };

export interface PatternFault {
  readonly kind: 'fault';
  /** Characters before the place. */
  readonly at: number;
  readonly message: LocalizedText;
}

export const longestPattern = 200;
/** Of {n,m}. */
const mostRepeats = 100;

class Refused extends Error {
  readonly fault: PatternFault;
  constructor(at: number, ja: string, en: string) {
    super(en);
    this.fault = { kind: 'fault', at, message: { ja, en } };
  }
}

interface Cursor {
  readonly text: readonly string[];
  at: number;
  groups: number;
}

/** Groups without a name are called "1", "2" … as they open. */
export function parseNode(source: string): Node | PatternFault {
  try {
    if (source.length > longestPattern)
      throw new Refused(longestPattern, `${longestPattern} 文字までです`, `may have at most ${longestPattern} characters`);
    // The whole text is matched, so anchors at the ends say nothing new.
    const cursor: Cursor = { text: [...source.replace(/^\^/, '').replace(/(?<!\\)\$$/, '')], at: 0, groups: 0 };
    const node = readChoice(cursor);
    if (cursor.at < cursor.text.length) throw new Refused(cursor.at, '「)」に対応する「(」がありません', 'has a ")" without its "("');
    return node;
  } catch (error) {
    if (error instanceof Refused) return error.fault;
    throw error;
  }
}

function peek(cursor: Cursor): string | undefined {
  return cursor.text[cursor.at];
}

function skip(cursor: Cursor, text: string): boolean {
  if (cursor.text.slice(cursor.at, cursor.at + text.length).join('') !== text) return false;
  cursor.at += text.length;
  return true;
}

function readChoice(cursor: Cursor): Node {
  const nodes = [readSequence(cursor)];
  while (skip(cursor, '|')) nodes.push(readSequence(cursor));
  const [only] = nodes;
  return nodes.length === 1 && only !== undefined ? only : { kind: 'choice', nodes };
}

function readSequence(cursor: Cursor): Node {
  const nodes: Node[] = [];
  for (let next = peek(cursor); next !== undefined && next !== '|' && next !== ')'; next = peek(cursor)) nodes.push(readRepeat(cursor));
  return { kind: 'sequence', nodes };
}

function readRepeat(cursor: Cursor): Node {
  const node = readAtom(cursor);
  const counts = readCounts(cursor);
  if (counts === undefined) return node;
  if (/[?*+{]/.test(peek(cursor) ?? '')) {
    throw new Refused(cursor.at, '繰り返しを重ねることはできません', 'has a repetition of a repetition');
  }
  return { kind: 'repeat', node, least: counts[0], most: counts[1] };
}

function readCounts(cursor: Cursor): Range | undefined {
  if (skip(cursor, '?')) return [0, 1];
  if (skip(cursor, '*')) return [0, Number.POSITIVE_INFINITY];
  if (skip(cursor, '+')) return [1, Number.POSITIVE_INFINITY];
  if (peek(cursor) !== '{') return undefined;
  const written = /^\{(\d{1,3})(,(\d{0,3}))?\}/.exec(cursor.text.slice(cursor.at, cursor.at + 9).join(''));
  if (written === null)
    throw new Refused(cursor.at, '「{」は {n}、{n,}、{n,m} か \\{ と書いてください', 'has a "{" that is not {n}, {n,}, {n,m} or \\{');
  const [whole, least = '0', comma, most] = written;
  const counts = [Number(least), comma === undefined ? Number(least) : most ? Number(most) : Number.POSITIVE_INFINITY] as const;
  if (counts[0] > counts[1] || counts[0] > mostRepeats || (counts[1] > mostRepeats && Number.isFinite(counts[1]))) {
    throw new Refused(
      cursor.at,
      `繰り返しは ${mostRepeats} 回までです`,
      `may repeat at most ${mostRepeats} times, the smaller number first`,
    );
  }
  cursor.at += whole.length;
  return counts;
}

function readAtom(cursor: Cursor): Node {
  if (skip(cursor, '(')) return readGroup(cursor);
  if (skip(cursor, '[')) return { kind: 'set', set: readSet(cursor) };
  if (skip(cursor, '.')) return { kind: 'set', set: { ranges: [], isNegated: true } };
  if (peek(cursor) === '\\') return { kind: 'set', set: readEscape(cursor) };
  const letter = peek(cursor) ?? '';
  if (/[?*+{^$]/.test(letter)) {
    throw new Refused(
      cursor.at,
      `「${letter}」はここでは使えません。文字なら \\${letter} と書いてください`,
      `cannot have "${letter}" here; the character is \\${letter}`,
    );
  }
  cursor.at += 1;
  return { kind: 'set', set: single(letter) };
}

function readGroup(cursor: Cursor): Node {
  const opened = cursor.at - 1;
  const isPlain = skip(cursor, '?:');
  const name = isPlain ? undefined : (readName(cursor) ?? String(++cursor.groups));
  const node = readChoice(cursor);
  if (!skip(cursor, ')')) throw new Refused(opened, '「(」が閉じられていません', 'has a "(" that is never closed');
  return name === undefined ? node : { kind: 'group', node, name };
}

function readName(cursor: Cursor): string | undefined {
  if (peek(cursor) !== '?') return undefined;
  const written = /^\?<([A-Za-z]\w{0,31})>/.exec(cursor.text.slice(cursor.at, cursor.at + 40).join(''));
  if (written === null)
    throw new Refused(cursor.at, '使えるのは (…)、(?:…)、(?<name>…) です', 'knows the groups (…), (?:…) and (?<name>…) only');
  cursor.at += written[0].length;
  return written[1];
}

function readSet(cursor: Cursor): CharacterSet {
  const opened = cursor.at - 1;
  const isNegated = skip(cursor, '^');
  const ranges: Range[] = [];
  while (!skip(cursor, ']')) {
    if (peek(cursor) === undefined) throw new Refused(opened, '「[」が閉じられていません', 'has a "[" that is never closed');
    ranges.push(...readRanges(cursor));
  }
  if (ranges.length === 0) throw new Refused(opened, '[] が空です', 'has an empty []');
  return { ranges, isNegated };
}

/** One member of a set: a character, a class like \d, or first-last. */
function readRanges(cursor: Cursor): readonly Range[] {
  const from = readMember(cursor);
  const [start] = from;
  if (peek(cursor) !== '-' || cursor.text[cursor.at + 1] === ']') return from;
  cursor.at += 1;
  const to = peek(cursor) === undefined ? [] : readMember(cursor);
  const [end] = to;
  if (
    from.length !== 1 ||
    to.length !== 1 ||
    start === undefined ||
    end === undefined ||
    start[0] !== start[1] ||
    end[0] !== end[1] ||
    end[0] < start[0]
  ) {
    throw new Refused(cursor.at, '範囲は小さい文字-大きい文字と書いてください', 'has a range that is not first-last');
  }
  return [[start[0], end[0]]];
}

function readMember(cursor: Cursor): readonly Range[] {
  if (peek(cursor) === '\\') {
    const set = readEscape(cursor);
    if (set.isNegated) throw new Refused(cursor.at, '[ ] の中で \\D \\W \\S は使えません', 'cannot have \\D, \\W or \\S within [ ]');
    return set.ranges;
  }
  const letter = peek(cursor) ?? '';
  cursor.at += 1;
  return single(letter).ranges;
}

const digits: readonly Range[] = [[48, 57]];
const words: readonly Range[] = [
  [48, 57],
  [65, 90],
  [95, 95],
  [97, 122],
];
const spaces: readonly Range[] = [
  [9, 13],
  [32, 32],
  [160, 160],
  [0x2028, 0x2029],
  [0x3000, 0x3000],
];
const classes = new Map([
  ['d', digits],
  ['w', words],
  ['s', spaces],
]);

function readEscape(cursor: Cursor): CharacterSet {
  const letter = cursor.text[cursor.at + 1];
  if (letter === undefined) throw new Refused(cursor.at, '末尾の「\\」は \\\\ と書いてください', 'ends in a "\\"; the character is \\\\');
  const known = classes.get(letter.toLowerCase());
  if (known === undefined && /[A-Za-z0-9]/.test(letter)) {
    throw new Refused(cursor.at, `\\${letter} は使えません`, `does not know \\${letter}`);
  }
  cursor.at += 2;
  return known === undefined ? single(letter) : { ranges: known, isNegated: letter !== letter.toLowerCase() };
}

function single(letter: string): CharacterSet {
  const code = letter.codePointAt(0) ?? 0;
  return { ranges: [[code, code]], isNegated: false };
}
