/** What tracing is to whoever uses it: spans, whose places in a trace travel as W3C `traceparent` texts. */

export type SpanKind = 'server' | 'client' | 'producer' | 'consumer' | 'internal';

export type Attributes = Readonly<Record<string, string | number | boolean>>;

export interface SpanStart {
  readonly kind: SpanKind;
  /** The span above it; undefined or not valid: a new trace. */
  readonly parent: string | undefined;
  readonly attributes?: Attributes;
}

export interface Span {
  /** To send on, so that what follows is below this span. */
  readonly traceparent: string | undefined;
  set(attributes: Attributes): void;
  /** Call once. With a reason the span counts as failed. */
  end(error?: unknown): void;
}

/** One that is over, whose id others know already. */
export interface PastSpan extends SpanStart {
  /** Its own, in the trace of its parent. */
  readonly traceparent: string;
  /** Epoch ms. */
  readonly startedAt: number;
  readonly endedAt: number;
  /** With a reason the span counts as failed. */
  readonly error?: unknown;
}

export interface Tracing {
  readonly isEnabled: boolean;
  start(name: string, start: SpanStart): Span;
  record(name: string, span: PastSpan): void;
  /** Sends what is left, within a few seconds. */
  close(): Promise<void>;
}

export interface TracingSettings {
  /** Address of an OTLP/HTTP receiver, e.g. "http://collector:4318"; undefined: no traces. */
  readonly url: string | undefined;
  /** Share of traces that begin here and are recorded, 0 to 1; others follow their parent. */
  readonly ratio: number;
  /** E.g. "backend", "ResizeService". */
  readonly service: string;
  readonly version: string;
  readonly instanceId: string;
}
