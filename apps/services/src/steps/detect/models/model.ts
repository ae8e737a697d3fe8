/** A model as the service knows it. */
import type { LocalizedText, ModelIdentity } from '@imageflow/core';
import type { ModelContract } from './contract.ts';

interface KnownModel {
  /** What it is called by. */
  readonly name: string;
  readonly origin: 'shipped' | 'user';
  readonly path: string;
  readonly license: string;
  readonly description: LocalizedText;
  readonly sizeBytes: number;
  /** Empty when the file cannot even be read. */
  readonly sha256: string;
}

export interface UsableModel extends KnownModel {
  readonly kind: 'usable';
  readonly contract: ModelContract;
  readonly confidenceThreshold: number;
  readonly iouThreshold: number;
  /** Methods that use it when no model is named. */
  readonly defaultFor: readonly string[];
}

export interface FaultyModel extends KnownModel {
  readonly kind: 'faulty';
  readonly fault: LocalizedText;
}

export type Model = UsableModel | FaultyModel;

/** YOLO's own defaults, for models that do not say. */
export const defaultThresholds = { confidence: 0.25, iou: 0.7 } as const;

export const unknownLicense = 'unknown';

export interface ShownModel extends ModelIdentity {
  readonly description: string;
}

/** What every answer says of the model that judged. */
export function identify(model: UsableModel): ShownModel {
  const { name, sha256, license, contract, description } = model;
  return { name, sha256, license, adapter: contract.adapter, description: `${description.en} / ${description.ja}` };
}
