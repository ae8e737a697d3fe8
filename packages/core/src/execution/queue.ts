/** What waits to be run: high before normal before low, first come first served within; bounded. */
import type { Priority } from '../pipeline/definition.ts';

export interface PriorityQueue<T> {
  readonly size: number;
  /** Holds a place for work that is being accepted. False when the queue is full: refuse the work. `elsewhere` counts what else takes up places. */
  reserve(elsewhere?: number): boolean;
  /** Gives the place back: the work was not accepted after all. */
  unreserve(): void;
  /** Into the place that was reserved. */
  push(id: string, priority: Priority, item: T): void;
  /** Work that was accepted before, by whomever: it cannot be refused any more, so the limit does not count. */
  admit(id: string, priority: Priority, item: T): void;
  shift(): T | undefined;
  /** Undefined when it does not wait here (any more). */
  remove(id: string): T | undefined;
  get(id: string): T | undefined;
  ids(): Iterable<string>;
  /** How many are taken before this one; undefined when it does not wait here. */
  position(id: string): number | undefined;
}

interface Entry<T> {
  readonly id: string;
  readonly priority: Priority;
  readonly item: T;
}

interface Line<T> {
  entries: (Entry<T> | undefined)[];
  head: number;
}

const order = ['high', 'normal', 'low'] as const satisfies readonly Priority[];
/** Emptied places are dropped in lots of this size, so that taking one costs the same however long the line is. */
const compactAt = 1024;

export function createPriorityQueue<T>(limit: number): PriorityQueue<T> {
  const lines: Record<Priority, Line<T>> = {
    high: { entries: [], head: 0 },
    normal: { entries: [], head: 0 },
    low: { entries: [], head: 0 },
  };
  const waiting = new Map<string, Entry<T>>();
  let reserved = 0;
  const add = (id: string, priority: Priority, item: T): void => {
    const entry = { id, priority, item };
    waiting.set(id, entry);
    lines[priority].entries.push(entry);
  };
  const take = (line: Line<T>): Entry<T> | undefined => {
    while (line.head < line.entries.length) {
      const entry = line.entries[line.head];
      line.entries[line.head] = undefined;
      line.head += 1;
      if (line.head >= compactAt) {
        line.entries = line.entries.slice(line.head);
        line.head = 0;
      }
      if (entry !== undefined && waiting.get(entry.id) === entry) return entry;
    }
    return undefined;
  };
  return {
    get size() {
      return waiting.size;
    },
    reserve(elsewhere = 0) {
      if (waiting.size + reserved + elsewhere >= limit) return false;
      reserved += 1;
      return true;
    },
    unreserve() {
      reserved -= 1;
    },
    push(id, priority, item) {
      reserved -= 1;
      add(id, priority, item);
    },
    admit: add,
    shift() {
      for (const priority of order) {
        const entry = take(lines[priority]);
        if (entry === undefined) continue;
        waiting.delete(entry.id);
        return entry.item;
      }
      return undefined;
    },
    remove(id) {
      const entry = waiting.get(id);
      waiting.delete(id);
      return entry?.item;
    },
    ids: () => waiting.keys(),
    get: (id) => waiting.get(id)?.item,
    position(id) {
      const entry = waiting.get(id);
      if (entry === undefined) return undefined;
      let before = 0;
      for (const priority of order) {
        for (const other of lines[priority].entries) {
          if (other === entry) return before;
          if (other !== undefined && waiting.get(other.id) === other) before += 1;
        }
      }
      return undefined;
    },
  };
}
