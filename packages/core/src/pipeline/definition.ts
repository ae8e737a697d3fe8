/** A pipeline as users write it. */

export type ExecutionMode = 'direct_grpc' | 'kafka_queue' | 'hybrid';
export type FailureStrategy = 'fail_fast' | 'continue';
export type Priority = 'low' | 'normal' | 'high';

export interface StepDefinition {
  /** Letters, digits, '_' and '-'; unique in the pipeline. */
  readonly step_id: string;
  /** A service's name, e.g. "ResizeService". */
  readonly service: string;
  /** One of its methods, e.g. "Resize". */
  readonly method: string;
  readonly depends_on: readonly string[];
  /** The step whose image is used; default: the first dependency, or the execution's input when there is none. "$input" names the input. */
  readonly input_from?: string | undefined;
  /** Parameter names and their type words: integer, float, number, boolean, string, enum, object, array. */
  readonly input_schema?: Readonly<Record<string, string>> | undefined;
  /** Defaults, overridden by the execution's parameters. */
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly timeout_ms?: number | undefined;
  /** Further attempts after the first. */
  readonly retry_count?: number | undefined;
}

export interface ErrorHandling {
  readonly strategy: FailureStrategy;
  readonly rollback_enabled: boolean;
  readonly notification_on_failure: boolean;
  /** http(s) address that gets the failure as a CloudEvent. */
  readonly notification_url?: string | undefined;
}

/** Format of the images that leave the pipeline. */
export interface OutputSettings {
  readonly format?: 'jpeg' | 'png' | 'webp' | 'avif' | 'tiff' | undefined;
  readonly quality?: number | undefined;
}

/** Where a step is drawn on the canvas; has no effect on a run. */
export interface StepPosition {
  readonly x: number;
  readonly y: number;
}

export interface PipelineDefinition {
  /** Readable id: lower-case letters, digits, '.', '_' and '-'. */
  readonly pipeline_id: string;
  readonly name: string;
  /** The author's own version text; the platform counts its own immutable versions besides. */
  readonly version: string;
  readonly description: string;
  readonly execution_mode: ExecutionMode;
  readonly steps: readonly StepDefinition[];
  readonly error_handling: ErrorHandling;
  readonly output: OutputSettings;
  /** By step_id. */
  readonly layout?: Readonly<Record<string, StepPosition>> | undefined;
}
