/** Applies one filter as the component does. */
import { type Detection, identityTransform, type Transform } from '@imageflow/core';
import type { Pixels } from '../image/source.ts';
import type { FilterOutput } from '../steps/filter/filter.ts';
import { filterByName } from '../steps/filter/filters.ts';

export interface Circumstances {
  readonly detections?: readonly Detection[];
  readonly transform?: Transform;
  readonly maxPixels?: number;
}

export async function applyFilter(
  name: string,
  pixels: Pixels,
  parameters: Readonly<Record<string, unknown>> = {},
  { detections = [], transform = identityTransform(pixels.width, pixels.height), maxPixels = 1e8 }: Circumstances = {},
): Promise<FilterOutput> {
  const filter = filterByName.get(name);
  if (filter === undefined) throw new Error(`There is no filter ${name}`);
  return filter.apply({ pixels, detections, transform, maxPixels }, parameters);
}
