/** Images for detectors: letterboxed, as a tensor. */
import type { Pixels } from '../../../image/source.ts';
import type { ModelInput } from '../models/contract.ts';
import { type LevelTables, type Plane, scaleIntoPlanes } from './bilinear.ts';
import { type Letterbox, padValue, planLetterbox } from './letterbox.ts';
import type { TensorPool } from './tensors.ts';

export interface FittedImage {
  readonly tensor: Plane;
  readonly plan: Letterbox;
}

export function fitImage(pixels: Pixels, input: ModelInput, levels: LevelTables, pool: TensorPool): FittedImage {
  const plan = planLetterbox(pixels, input, input.isDynamic ? input.stride : undefined);
  const tensor = pool.take(input.type, plan.width * plan.height * 3);
  if (plan.inner.width < plan.width || plan.inner.height < plan.height) fillWithGrey(tensor, levels);
  scaleIntoPlanes(pixels, plan, tensor, levels);
  return { tensor, plan };
}

/** The whole tensor: 0.2 ms for 640 × 640, and the image is written over it. */
function fillWithGrey(tensor: Plane, levels: LevelTables): void {
  const plane = tensor.length / 3;
  levels.forEach((table, channel) => {
    tensor.fill(table[padValue] ?? 0, channel * plane, (channel + 1) * plane);
  });
}
