/** The figures of a pipeline, as they are shown. */
import type { LocalizedText } from '../text.ts';
import type { Trend } from './trend.ts';

/** Of completed ones, ms; undefined without any. */
export interface Times {
  readonly mean: number | undefined;
  readonly min: number | undefined;
  readonly p50: number | undefined;
  readonly p95: number | undefined;
  readonly p99: number | undefined;
  readonly max: number | undefined;
}

export interface StepInsight {
  readonly stepId: string;
  readonly component: string;
  readonly completed: number;
  readonly failed: number;
  readonly retried: number;
  readonly times: Times;
  /** Mean time inside the service, ms. */
  readonly serviceMs: number | undefined;
  readonly outputBytes: number | undefined;
  /** Of the time of all steps, 0 to 1. */
  readonly share: number;
}

export interface ServiceInsight {
  readonly service: string;
  readonly calls: number;
  readonly failed: number;
  readonly times: Times;
}

export interface PeriodInsight {
  /** Epoch ms. */
  readonly start: number;
  readonly completed: number;
  readonly failed: number;
  readonly times: Times;
}

export interface Recommendation {
  /** E.g. "ADD_INSTANCE". */
  readonly code: string;
  readonly stepId: string | undefined;
  readonly message: LocalizedText;
  /** The figure it rests on. */
  readonly basis: { readonly figure: string; readonly value: number; readonly limit: number };
}

export interface PipelineInsight {
  readonly completed: number;
  readonly failed: number;
  readonly cancelled: number;
  readonly times: Times;
  readonly trend: Trend;
  readonly steps: readonly StepInsight[];
  readonly services: readonly ServiceInsight[];
  readonly periods: readonly PeriodInsight[];
  /** The step most of the time goes to. */
  readonly bottleneck: StepInsight | undefined;
  readonly recommendations: readonly Recommendation[];
}

/** Time-outs by step, ms, where known. */
export type StepLimits = ReadonlyMap<string, number>;
