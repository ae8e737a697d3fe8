/** What each 8-bit level becomes in a model's input: a look-up does the division, the mean and the 16-bit rounding at once. */
import { toFloat16 } from '../inference/float16.ts';
import type { TensorType } from '../inference/messages.ts';
import type { Preparation } from '../models/contract.ts';
import type { LevelTables, Plane } from './bilinear.ts';

/** Of torchvision's ImageNet models, for red, green, blue. */
const imageNetMean = [0.485, 0.456, 0.406] as const;
const imageNetDeviation = [0.229, 0.224, 0.225] as const;

export function createLevels(preparation: Preparation, type: TensorType): LevelTables {
  if (preparation === 'imagenet') {
    const channel = (index: 0 | 1 | 2) => createTable(type, (value) => (value - imageNetMean[index]) / imageNetDeviation[index]);
    return [channel(0), channel(1), channel(2)];
  }
  const table = createTable(type, (value) => value);
  return [table, table, table];
}

function createTable(type: TensorType, map: (value: number) => number): Plane {
  const values = Array.from({ length: 256 }, (_, level) => map(level / 255));
  return type === 'float16' ? Uint16Array.from(values, toFloat16) : Float32Array.from(values);
}
