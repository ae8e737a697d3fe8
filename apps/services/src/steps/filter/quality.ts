/** Limits on the quality measures, and what a photo beyond them gets. */
import { AppError, type LocalizedText } from '@imageflow/core';
import { labelled } from '@imageflow/schema';
import { z } from 'zod';
import type { QualityMeasures } from './measures.ts';

const limit = (maximum: number, label: LocalizedText, description: LocalizedText) =>
  z.number().min(0).max(maximum).optional().meta(labelled(label, description));

export const qualityLimits = {
  min_sharpness: limit(
    100_000,
    { en: 'Minimum sharpness', ja: '鮮明度の下限' },
    { en: 'Variance of the Laplacian; below it the photo is blurred', ja: 'ラプラシアンの分散。下回るとぼけていると判断します' },
  ),
  min_exposure: limit(255, { en: 'Minimum exposure', ja: '露出の下限' }, { en: 'Mean brightness, 0 to 255', ja: '平均の明るさ (0〜255)' }),
  max_exposure: limit(255, { en: 'Maximum exposure', ja: '露出の上限' }, { en: 'Mean brightness, 0 to 255', ja: '平均の明るさ (0〜255)' }),
  max_clipped_dark: limit(
    1,
    { en: 'Maximum black share', ja: '黒つぶれの上限' },
    { en: 'Share of black pixels, 0 to 1', ja: '黒つぶれした画素の割合 (0〜1)' },
  ),
  max_clipped_bright: limit(
    1,
    { en: 'Maximum white share', ja: '白とびの上限' },
    { en: 'Share of white pixels, 0 to 1', ja: '白とびした画素の割合 (0〜1)' },
  ),
  max_noise: limit(
    255,
    { en: 'Maximum noise', ja: 'ノイズの上限' },
    { en: 'Standard deviation of the noise, grey levels', ja: 'ノイズの標準偏差 (階調)' },
  ),
  on_fail: z
    .enum(['report', 'fail'])
    .default('report')
    .meta(
      labelled(
        { en: 'On a bad photo', ja: '不良な写真の扱い' },
        { en: 'report: only say so in the result. fail: the step fails', ja: 'report: 結果に記すだけ。fail: ステップを失敗にします' },
      ),
    ),
};

const limitsShape = z.object(qualityLimits);
export type QualityLimits = z.output<typeof limitsShape>;

export function parseQualityLimits(parameters: Readonly<Record<string, unknown>>): QualityLimits {
  return limitsShape.parse(parameters);
}

export interface QualityFault {
  readonly measure: keyof QualityMeasures;
  readonly value: number;
  readonly limit: number;
  readonly message: LocalizedText;
}

export function judgeQuality(measures: QualityMeasures, limits: QualityLimits): readonly QualityFault[] {
  const { sharpness, exposure_mean, clipped_dark, clipped_bright, noise_sigma } = measures;
  const faults = [
    below('sharpness', sharpness, limits.min_sharpness, 'ピントが合っていません', 'blurred'),
    below('exposure_mean', exposure_mean, limits.min_exposure, '暗すぎます', 'too dark'),
    above('exposure_mean', exposure_mean, limits.max_exposure, '明るすぎます', 'too bright'),
    above('clipped_dark', clipped_dark, limits.max_clipped_dark, '黒つぶれが多すぎます', 'too much black'),
    above('clipped_bright', clipped_bright, limits.max_clipped_bright, '白とびが多すぎます', 'too much white'),
    above('noise_sigma', noise_sigma, limits.max_noise, 'ノイズが多すぎます', 'too noisy'),
  ];
  return faults.filter((fault) => fault !== undefined);
}

/** The same photo stays bad, so this is not retryable. */
export function rejectPhoto(measures: QualityMeasures, faults: readonly QualityFault[]): AppError {
  const line = (language: 'ja' | 'en') => faults.map((fault) => fault.message[language]).join('; ');
  return new AppError('QUALITY_REJECTED', {
    detail: { ja: `写真の品質が基準外です: ${line('ja')}。撮り直してください`, en: `The photo is ${line('en')}. Take it again` },
    extensions: { measures, quality_faults: faults },
  });
}

function below(measure: keyof QualityMeasures, value: number, least: number | undefined, ja: string, en: string): QualityFault | undefined {
  if (least === undefined || value >= least) return undefined;
  const numbers = `${measure} ${round(value)} < ${round(least)}`;
  return { measure, value, limit: least, message: { ja: `${ja} (${numbers})`, en: `${en} (${numbers})` } };
}

function above(measure: keyof QualityMeasures, value: number, most: number | undefined, ja: string, en: string): QualityFault | undefined {
  if (most === undefined || value <= most) return undefined;
  const numbers = `${measure} ${round(value)} > ${round(most)}`;
  return { measure, value, limit: most, message: { ja: `${ja} (${numbers})`, en: `${en} (${numbers})` } };
}

function round(value: number): string {
  return String(Number(value.toPrecision(4)));
}
