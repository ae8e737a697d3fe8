/** What a step asks for, with the model's own values where it says nothing. */
import { z } from 'zod';
import type { BoxLimits } from './inference/messages.ts';
import { parameterFault } from './models/faults.ts';
import type { UsableModel } from './models/model.ts';

/** The shape the schema has already promised. */
const parameterShape = z.object({
  model_name: z.string().optional(),
  confidence_threshold: z.number().optional(),
  iou_threshold: z.number().optional(),
  max_detections: z.number().optional(),
  target_classes: z.array(z.string()).optional(),
});

export type DetectionParameters = z.infer<typeof parameterShape>;

const defaultMaxDetections = 300;
export const defaultMaxClasses = 5;

export function parseDetectionParameters(parameters: Readonly<Record<string, unknown>>): DetectionParameters {
  return parameterShape.parse(parameters);
}

/** Throws VALIDATION_ERROR for a class the model does not have. */
export function toBoxLimits(asked: DetectionParameters, model: UsableModel): BoxLimits {
  return {
    confidence: asked.confidence_threshold ?? model.confidenceThreshold,
    iou: asked.iou_threshold ?? model.iouThreshold,
    maxDetections: asked.max_detections ?? defaultMaxDetections,
    wanted: wantedClasses(asked.target_classes ?? [], model),
  };
}

/** By class: 1 = wanted; undefined when no class was named. Throws VALIDATION_ERROR for a class the model does not have. */
export function wantedClasses(names: readonly string[], model: UsableModel): Uint8Array | undefined {
  if (names.length === 0) return undefined;
  const { classNames } = model.contract;
  const wanted = new Uint8Array(classNames.length);
  for (const name of names) {
    const key = name.trim().toLowerCase();
    let isKnown = false;
    classNames.forEach((candidate, index) => {
      if (candidate.toLowerCase() !== key) return;
      wanted[index] = 1;
      isKnown = true;
    });
    if (!isKnown) throw unknownClass(name, model);
  }
  return wanted;
}

/** Enough to see what kind of names they are. */
const shownNames = 100;

function unknownClass(name: string, model: UsableModel): Error {
  const { classNames } = model.contract;
  const rest = classNames.length > shownNames ? ` … (${classNames.length})` : '';
  const known = `${classNames.slice(0, shownNames).join(', ')}${rest}`;
  return parameterFault(
    'target_classes',
    `モデル「${model.name}」にクラス「${name}」はありません。あるのは ${known} です`,
    `The model "${model.name}" has no class "${name}". It has ${known}`,
    name,
  );
}
