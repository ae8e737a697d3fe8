/** FilterService's two components. */
import { AppError, composeTransform, identityTransform, type Measures } from '@imageflow/core';
import type { ImageLimits } from '../../image/limits.ts';
import { madeOf } from '../../image/made.ts';
import { openImage, readPixels } from '../../image/open.ts';
import { releasePixels } from '../../image/release.ts';
import type { Pixels } from '../../image/source.ts';
import type { ComponentInput, ComponentOutput, ServiceComponent } from '../../scaffold/component.ts';
import type { FilterOutput } from './filter.ts';
import { filterByName } from './filters.ts';
import { measureQuality } from './measures.ts';
import { judgeQuality, parseQualityLimits, type QualityFault, rejectPhoto } from './quality.ts';
import { applyFilterSchema, applyQualityFilterSchema } from './schema.ts';

export function createApplyFilter(limits: ImageLimits): ServiceComponent {
  return {
    description: {
      method: 'ApplyFilter',
      label: { ja: 'フィルタ', en: 'Filter' },
      description: {
        ja: 'ぼかし、シャープ、二値化、切り抜き、回転、検出結果の描画などを行います。',
        en: 'Blurs, sharpens, thresholds, crops, rotates, draws detections and more.',
      },
      parameters_schema: applyFilterSchema,
      produces_image: true,
      produces_detections: false,
      consumes_detections: true,
      streamable: true,
      category: 'filter',
    },
    async run(input, signal) {
      const pixels = await readPixels(await openImage(input.image, limits));
      const made = await applyFilter(input, pixels, limits, signal);
      return finish(input, pixels, made, {}, {});
    },
  };
}

export function createApplyQualityFilter(limits: ImageLimits): ServiceComponent {
  return {
    description: {
      method: 'ApplyQualityFilter',
      label: { ja: '画質評価フィルタ', en: 'Quality filter' },
      description: {
        ja: '鮮明度、露出、ノイズを測り、基準外の写真を報告または不合格にします。フィルタも適用できます。',
        en: 'Measures sharpness, exposure and noise, reports or refuses photos beyond the limits, and can apply a filter.',
      },
      parameters_schema: applyQualityFilterSchema,
      produces_image: true,
      produces_detections: false,
      consumes_detections: true,
      streamable: true,
      category: 'quality',
    },
    run: (input, signal) => runQuality(input, limits, signal),
  };
}

/** Measures what came in, before the filter changes it. */
async function runQuality(input: ComponentInput, limits: ImageLimits, signal: AbortSignal): Promise<ComponentOutput> {
  const wanted = parseQualityLimits(input.parameters);
  const pixels = await readPixels(await openImage(input.image, limits));
  const measures = measureQuality(pixels);
  const faults = judgeQuality(measures, wanted);
  if (faults.length > 0 && wanted.on_fail === 'fail') throw rejectPhoto(measures, faults);
  const made = await applyFilter(input, pixels, limits, signal);
  return finish(input, pixels, made, { ...measures }, qualityAttributes(faults));
}

async function applyFilter(input: ComponentInput, pixels: Pixels, limits: ImageLimits, signal: AbortSignal): Promise<FilterOutput> {
  const { filter_type = 'none', parameters = {} } = input.parameters;
  const filter = filterByName.get(String(filter_type));
  // The schema has checked both; a caller that skipped it is at fault itself.
  if (filter === undefined || typeof parameters !== 'object' || parameters === null) throw new AppError('INTERNAL');
  signal.throwIfAborted();
  const transform = input.transform ?? identityTransform(pixels.width, pixels.height);
  return filter.apply({ pixels, detections: input.detections, transform, maxPixels: limits.maxPixels }, { ...parameters });
}

function finish(
  input: ComponentInput,
  before: Pixels,
  made: FilterOutput,
  measures: Measures,
  attributes: Readonly<Record<string, unknown>>,
): ComponentOutput {
  const transform = input.transform ?? identityTransform(before.width, before.height);
  if (made.pixels.data !== before.data && input.image.kind === 'encoded') releasePixels(before);
  return {
    image: madeOf(made.pixels),
    detections: input.detections,
    transform: made.map === undefined ? transform : composeTransform(transform, made.map),
    measures,
    model: undefined,
    attributes,
  };
}

function qualityAttributes(faults: readonly QualityFault[]): Record<string, unknown> {
  return { quality: { passed: faults.length === 0, faults } };
}
