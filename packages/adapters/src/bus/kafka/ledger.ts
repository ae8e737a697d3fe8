/**
 * What of a partition is done, what is not, and how often each of these was handed out: kept with the group's offset in the cluster, so that
 * a message that kills its process is found out, and nothing that is done behind a slow message is done again.
 *
 * The group's offset is that of the first message that is not done. Its metadata says of the rest: "<end>;<offset>.<deliveries>,…": all before
 * `end` is done but these. Offsets are relative to the group's, numbers in base 36.
 */

/** Bounds the metadata (a broker takes 4,096 bytes) and the messages in memory. */
export const maxOpen = 150;

export interface CommittedOffset {
  readonly offset: bigint;
  readonly metadata: string;
}

export class Ledger {
  /** Not done, in order, with the number of deliveries so far. */
  readonly #open = new Map<bigint, number>();
  /** Before it everything is done or open. */
  #end: bigint;
  /** From an earlier owner: what it left open below its end. */
  readonly #inherited: ReadonlyMap<bigint, number>;
  readonly #inheritedEnd: bigint;

  constructor(committed: CommittedOffset) {
    this.#end = committed.offset;
    const [end, open] = decode(committed);
    this.#inheritedEnd = end;
    this.#inherited = open;
  }

  get openCount(): number {
    return this.#open.size;
  }

  /** Messages must arrive in order. False: an earlier owner has done it already. */
  arrive(offset: bigint): boolean {
    if (offset < this.#end) return false;
    this.#end = offset + 1n;
    const deliveries = this.#inherited.get(offset);
    if (deliveries === undefined && offset < this.#inheritedEnd) return false;
    this.#open.set(offset, deliveries ?? 0);
    return true;
  }

  deliveries(offset: bigint): number {
    return this.#open.get(offset) ?? 0;
  }

  setDeliveries(offset: bigint, deliveries: number): void {
    if (this.#open.has(offset)) this.#open.set(offset, deliveries);
  }

  done(offset: bigint): void {
    this.#open.delete(offset);
  }

  toCommit(): CommittedOffset {
    const [first] = this.#open.keys();
    const offset = first ?? this.#end;
    // What was inherited and has not been read yet stays as it is.
    // biome-ignore lint/complexity/useMathMinMax: Math.max takes no bigint.
    const end = this.#end > this.#inheritedEnd ? this.#end : this.#inheritedEnd;
    const unread = [...this.#inherited].filter(([inherited]) => inherited >= this.#end);
    return { offset, metadata: encode(offset, end, [...this.#open, ...unread]) };
  }
}

function encode(offset: bigint, end: bigint, open: readonly (readonly [bigint, number])[]): string {
  if (open.length === 0 && end === offset) return '';
  const entries = open.map(([at, deliveries]) => `${(at - offset).toString(36)}.${deliveries.toString(36)}`);
  return `${(end - offset).toString(36)};${entries.join(',')}`;
}

/** Anything that is not ours counts as nothing: another program may have set the group's offset. */
function decode({ offset, metadata }: CommittedOffset): [bigint, Map<bigint, number>] {
  const open = new Map<bigint, number>();
  const match = /^([0-9a-z]+);((?:[0-9a-z]+\.[0-9a-z]+,?)*)$/.exec(metadata);
  if (match === null) return [offset, open];
  for (const entry of (match[2] ?? '').split(',').filter((text) => text !== '')) {
    const [at = '', deliveries = ''] = entry.split('.');
    open.set(offset + BigInt(Number.parseInt(at, 36)), Number.parseInt(deliveries, 36));
  }
  return [offset + BigInt(Number.parseInt(match[1] ?? '0', 36)), open];
}
