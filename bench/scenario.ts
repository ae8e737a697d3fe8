/** What a scenario is, and what it answers. */

export interface Scenario {
  /** Row of the table of goals (docs/guides/performance.md). */
  readonly number: number;
  readonly name: string;
  readonly goal: string;
  /** What it can run on besides the embedded platform, reached directly. */
  readonly variants?: readonly Variant[];
  /** It says nothing of the embedded platform. */
  readonly isRealOnly?: boolean;
  run(context: Context): Promise<Outcome>;
}

/** "real": on PostgreSQL, S3 and Kafka; "gateway": clients come through Envoy's TLS. */
export type Variant = 'real' | 'gateway';

export interface Context {
  /** Of short runs that only show that the scenario works; their figures are no results. */
  readonly isQuick: boolean;
  readonly variants: ReadonlySet<Variant>;
  log(line: string): void;
}

/** A named figure with its unit in its name, e.g. "p50_ms". */
export type Figures = Readonly<Record<string, number | string>>;

export interface Outcome {
  readonly subject: Figures;
  /** Measured in the same run, interleaved; what it is, and its figures. */
  readonly baseline?: { readonly name: string } & Figures;
  /** Subject against baseline or limit: what the goal speaks of. */
  readonly ratios: Figures;
  readonly isMet: boolean;
  readonly notes?: readonly string[];
}
