/** Matches a pattern against a whole text by following all ways at once (Thompson 1968, with captures as Pike does it). */
import { type CharacterSet, type Node, type PatternFault, parseNode } from './parse.ts';

type Instruction =
  | { readonly kind: 'set'; readonly set: CharacterSet }
  /** Tries `first`; `second` where that fails. */
  | { readonly kind: 'split'; first: number; second: number }
  | { readonly kind: 'jump'; to: number }
  | { readonly kind: 'save'; readonly slot: number }
  | { readonly kind: 'end' };

export interface Pattern {
  readonly kind: 'pattern';
  readonly program: readonly Instruction[];
  /** Of group n are the slots 2n and 2n + 1. */
  readonly groups: readonly string[];
}

/** What {n,m} of {n,m} may grow to. */
const longestProgram = 5000;

export function parsePattern(source: string): Pattern | PatternFault {
  const node = parseNode(source);
  if (node.kind === 'fault') return node;
  const builder: Builder = { program: [], groups: [] };
  if (sizeOf(node) > longestProgram) {
    return { kind: 'fault', at: 0, message: { ja: '繰り返しが多すぎます', en: 'repeats too much' } };
  }
  emit(node, builder);
  builder.program.push({ kind: 'end' });
  return { kind: 'pattern', ...builder };
}

interface Builder {
  readonly program: Instruction[];
  readonly groups: string[];
}

/** Before anything is built: nested counts multiply. */
function sizeOf(node: Node): number {
  switch (node.kind) {
    case 'set':
      return 1;
    case 'group':
      return sizeOf(node.node) + 2;
    case 'sequence':
    case 'choice':
      return node.nodes.reduce((sum, each) => sum + sizeOf(each) + 2, 0);
    case 'repeat':
      return (sizeOf(node.node) + 2) * (Number.isFinite(node.most) ? node.most : node.least + 1);
  }
}

function emit(node: Node, builder: Builder): void {
  const { program, groups } = builder;
  switch (node.kind) {
    case 'set':
      program.push(node);
      return;
    case 'sequence':
      for (const each of node.nodes) emit(each, builder);
      return;
    case 'choice':
      emitChoice(node.nodes, builder);
      return;
    case 'group': {
      const known = groups.indexOf(node.name);
      const slot = 2 * (known < 0 ? groups.push(node.name) - 1 : known);
      program.push({ kind: 'save', slot });
      emit(node.node, builder);
      program.push({ kind: 'save', slot: slot + 1 });
      return;
    }
    case 'repeat':
      emitRepeat(node, builder);
  }
}

function emitChoice(nodes: readonly Node[], builder: Builder): void {
  const { program } = builder;
  const ends: { to: number }[] = [];
  nodes.forEach((node, index) => {
    if (index === nodes.length - 1) {
      emit(node, builder);
      return;
    }
    const split = { kind: 'split' as const, first: program.length + 1, second: 0 };
    const jump = { kind: 'jump' as const, to: 0 };
    program.push(split);
    emit(node, builder);
    program.push(jump);
    ends.push(jump);
    split.second = program.length;
  });
  for (const jump of ends) jump.to = program.length;
}

function emitRepeat({ node, least, most }: Extract<Node, { kind: 'repeat' }>, builder: Builder): void {
  const { program } = builder;
  for (let count = 0; count < least; count += 1) emit(node, builder);
  if (most === Number.POSITIVE_INFINITY) {
    const split = { kind: 'split' as const, first: program.length + 1, second: 0 };
    const start = program.push(split) - 1;
    emit(node, builder);
    program.push({ kind: 'jump', to: start });
    split.second = program.length;
    return;
  }
  const splits: { second: number }[] = [];
  for (let count = least; count < most; count += 1) {
    const split = { kind: 'split' as const, first: program.length + 1, second: 0 };
    splits.push(split);
    program.push(split);
    emit(node, builder);
  }
  for (const split of splits) split.second = program.length;
}

interface Thread {
  readonly at: number;
  readonly saved: readonly number[];
}

/** The groups that took part, by name; undefined when the whole text does not fit. */
export function matchPattern(pattern: Pattern, text: string): Readonly<Record<string, string>> | undefined {
  const letters = [...text];
  let threads = follow(pattern, [{ at: 0, saved: [] }], 0);
  letters.forEach((letter, index) => {
    const code = letter.codePointAt(0) ?? 0;
    const next = threads.flatMap(({ at, saved }) => {
      const instruction = pattern.program[at];
      return instruction?.kind === 'set' && isIn(instruction.set, code) ? [{ at: at + 1, saved }] : [];
    });
    threads = follow(pattern, next, index + 1);
  });
  const end = threads.find(({ at }) => pattern.program[at]?.kind === 'end');
  if (end === undefined) return undefined;
  return Object.fromEntries(
    pattern.groups.flatMap((name, index) => {
      const [from, to] = [end.saved[2 * index], end.saved[2 * index + 1]];
      return from === undefined || to === undefined ? [] : [[name, letters.slice(from, to).join('')]];
    }),
  );
}

/** Follows everything that takes no character; each instruction once, by the way that is preferred. */
function follow({ program }: Pattern, starts: readonly Thread[], index: number): readonly Thread[] {
  const seen = new Set<number>();
  const reached: Thread[] = [];
  const stack = [...starts].reverse();
  for (let thread = stack.pop(); thread !== undefined; thread = stack.pop()) {
    const { at, saved } = thread;
    const instruction = program[at];
    if (instruction === undefined || seen.has(at)) continue;
    seen.add(at);
    if (instruction.kind === 'split') stack.push({ at: instruction.second, saved }, { at: instruction.first, saved });
    else if (instruction.kind === 'jump') stack.push({ at: instruction.to, saved });
    else if (instruction.kind === 'save') stack.push({ at: at + 1, saved: saveAt(saved, instruction.slot, index) });
    else reached.push(thread);
  }
  return reached;
}

function saveAt(saved: readonly number[], slot: number, index: number): readonly number[] {
  const copy = [...saved];
  copy[slot] = index;
  return copy;
}

function isIn({ ranges, isNegated }: CharacterSet, code: number): boolean {
  return ranges.some(([from, to]) => code >= from && code <= to) !== isNegated;
}
