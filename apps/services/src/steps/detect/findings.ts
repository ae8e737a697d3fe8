/** One image, one model: what was found. */
import { type Detection, type Transform, toOriginalBox } from '@imageflow/core';
import { type OpenedImage, readPixels } from '../../image/open.ts';
import { releasePixels } from '../../image/release.ts';
import { boxFields } from './inference/boxes.ts';
import type { InferenceEngine } from './inference/engine.ts';
import type { BoxLimits, ModelFile, RunJob } from './inference/messages.ts';
import { rank, softmax } from './inference/scores.ts';
import type { ModelContract } from './models/contract.ts';
import type { UsableModel } from './models/model.ts';
import type { LevelTables, Plane } from './pixels/bilinear.ts';
import { cutCentre, toTensor } from './pixels/centre.ts';
import { fitImage } from './pixels/fit.ts';
import { fromLetterbox, type Letterbox, type Size } from './pixels/letterbox.ts';
import { createLevels } from './pixels/levels.ts';
import type { TensorPool } from './pixels/tensors.ts';

export interface FindParts {
  readonly engine: InferenceEngine;
  readonly tensors: TensorPool;
}

export interface Classification {
  readonly class_name: string;
  readonly class_id: number;
  readonly confidence: number;
}

/**
 * A file is decoded whole and sampled as the model's training did. Letting the decoder shrink it would take half the time, but it smooths:
 * on generated surfaces of 1600 pixels the defect model's recall fell from .286 to .247.
 */
export async function findObjects(
  opened: OpenedImage,
  model: UsableModel,
  limits: BoxLimits,
  transform: Transform,
  parts: FindParts,
  signal: AbortSignal,
): Promise<readonly Detection[]> {
  const { contract } = model;
  const pixels = await readPixels(opened);
  signal.throwIfAborted();
  const { tensor, plan } = fitImage(pixels, contract.input, levelsOf(contract), parts.tensors);
  if (opened.pixels === undefined) releasePixels(pixels);
  const kind = contract.layout === 'end_to_end' ? 'end_to_end' : 'raw';
  const values = await run(model, tensor, plan, { kind, limits }, parts, signal);
  return toDetections(values, plan, opened, contract.classNames, transform);
}

/** Probabilities of all classes, best first. */
export async function classify(
  opened: OpenedImage,
  model: UsableModel,
  parts: FindParts,
  signal: AbortSignal,
): Promise<readonly Classification[]> {
  const { contract } = model;
  const pixels = await cutCentre(opened, contract);
  signal.throwIfAborted();
  const tensor = toTensor(pixels, contract, levelsOf(contract), parts.tensors);
  const scores = await run(model, tensor, pixels, { kind: 'scores' }, parts, signal);
  const confidences = contract.layout === 'logits' ? softmax(scores) : scores;
  return rank(confidences).map((classId) => ({
    class_name: nameOf(contract.classNames, classId),
    class_id: classId,
    confidence: confidences[classId] ?? 0,
  }));
}

async function run(
  model: UsableModel,
  tensor: Plane,
  size: Size,
  reduce: RunJob['reduce'],
  parts: FindParts,
  signal: AbortSignal,
): Promise<Float32Array> {
  const { input, outputName } = model.contract;
  const file: ModelFile = { path: model.path, sha256: model.sha256, isPinned: model.origin === 'shipped' };
  const job: RunJob = {
    kind: 'run',
    model: file,
    inputName: input.name,
    outputName,
    type: input.type,
    width: size.width,
    height: size.height,
    input: tensor.buffer as ArrayBuffer,
    reduce,
  };
  const answer = await parts.engine.perform(job, signal);
  parts.tensors.give(answer.input);
  return answer.values;
}

function toDetections(
  values: Float32Array,
  plan: Letterbox,
  image: Size,
  classNames: readonly string[],
  transform: Transform,
): readonly Detection[] {
  const detections: Detection[] = [];
  for (let at = 0; at < values.length; at += boxFields) {
    const [x1 = 0, y1 = 0, x2 = 0, y2 = 0, confidence = 0, classId = 0] = values.subarray(at, at + boxFields);
    const bbox = fromLetterbox(plan, image, [x1, y1, x2, y2]);
    if (bbox === undefined) continue;
    detections.push({
      class_name: nameOf(classNames, classId),
      class_id: classId,
      confidence: Math.min(confidence, 1),
      bbox,
      bbox_original: toOriginalBox(transform, bbox),
    });
  }
  return detections;
}

function nameOf(names: readonly string[], classId: number): string {
  return names[classId] ?? `class_${classId}`;
}

const tables = new Map<string, LevelTables>();

function levelsOf(contract: ModelContract): LevelTables {
  const key = `${contract.preparation} ${contract.input.type}`;
  const levels = tables.get(key) ?? createLevels(contract.preparation, contract.input.type);
  tables.set(key, levels);
  return levels;
}
