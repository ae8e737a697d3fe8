/** Images for classifiers: short side resized (smoothed, as Pillow's bilinear), centre cut out, as a tensor. */
import { type OpenedImage, toPixels } from '../../../image/open.ts';
import type { Pixels } from '../../../image/source.ts';
import type { ModelContract } from '../models/contract.ts';
import { type LevelTables, type Plane, scaleIntoPlanes } from './bilinear.ts';
import type { Size } from './letterbox.ts';
import type { TensorPool } from './tensors.ts';

export async function cutCentre(opened: OpenedImage, contract: ModelContract): Promise<Pixels> {
  const { width, height } = contract.input;
  const resized = resizedTo(opened, contract.resizeSide);
  const area = { left: Math.round((resized.width - width) / 2), top: Math.round((resized.height - height) / 2), width, height };
  // Smoothing is right here, so the decoder may shrink while it decodes.
  const image = opened.image.resize(resized.width, resized.height, { fit: 'fill', kernel: 'linear' }).extract(area);
  return toPixels(image, opened.format);
}

export function toTensor(pixels: Pixels, contract: ModelContract, levels: LevelTables, pool: TensorPool): Plane {
  const { width, height } = pixels;
  const tensor = pool.take(contract.input.type, width * height * 3);
  scaleIntoPlanes(pixels, { width, height, inner: { width, height }, left: 0, top: 0, gainX: 1, gainY: 1 }, tensor, levels);
  return tensor;
}

/** The short side becomes `side`, the long one follows, rounded down. */
function resizedTo(image: Size, side: number): Size {
  if (image.width <= image.height) return { width: side, height: Math.floor((side * image.height) / image.width) };
  return { width: Math.floor((side * image.width) / image.height), height: side };
}
