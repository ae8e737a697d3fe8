/** What a service is made of: components (pure image work with a description) and the program that serves them. */
import type { Component, Detection, Measures, ModelIdentity, Transform } from '@imageflow/core';
import type { MadeImage } from '../image/made.ts';
import type { ImageSource } from '../image/source.ts';

/** Description of a component, without what the backend adds. */
export type ComponentDescription = Omit<Component, 'component_id' | 'service' | 'default_timeout_ms' | 'default_retry_count'>;

export interface ComponentInput {
  readonly image: ImageSource;
  /** Already checked against the parameters' schema, defaults filled in. */
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly detections: readonly Detection[];
  /** From the upright original to `image`; undefined when `image` is the original. */
  readonly transform: Transform | undefined;
}

export interface ComponentOutput {
  /** Undefined: the image passes through. */
  readonly image: MadeImage | undefined;
  /** All detections after this step. */
  readonly detections: readonly Detection[];
  /** From the upright original to the output image. */
  readonly transform: Transform;
  readonly measures: Measures;
  readonly model: ModelIdentity | undefined;
  readonly attributes: Readonly<Record<string, unknown>>;
}

export interface ServiceComponent {
  readonly description: ComponentDescription;
  /** Throws AppError; stops soon after `signal` aborts. */
  run(input: ComponentInput, signal: AbortSignal): Promise<ComponentOutput>;
}
