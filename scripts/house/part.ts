/** What the rows of the table in rules.ts consist of. */

export interface Part {
  readonly files: readonly string[];
  readonly may: readonly string[];
  /** What is broken by any other import. */
  readonly rule: string;
  readonly wayOut: string;
  /** Of parts that are many alike (rooms): the name of one of them. Among these there is no circle either. */
  readonly box?: string;
}

/** Names that only some may take from where they are. */
export interface Reserved {
  readonly from: string;
  readonly names: readonly string[];
  /** Who may not. */
  readonly files: readonly string[];
  readonly rule: string;
  readonly wayOut: string;
}

/** Tables of the database, and the files that may name them. */
export interface Owner {
  readonly tables: readonly string[];
  readonly files: readonly string[];
  readonly wayOut: string;
}

/** What does not fit the table yet, as two patterns. One that is not needed any more is a fault, so the list only becomes shorter. */
export interface Exception {
  readonly file: string;
  /** What the import leads to, "table NAME", or the rest of a circle. */
  readonly target: string;
}
