/** AIDetectionService's two components. */
import { identityTransform } from '@imageflow/core';
import type { ImageLimits } from '../../image/limits.ts';
import { openImage } from '../../image/open.ts';
import type { ComponentDescription, ComponentInput, ComponentOutput, ServiceComponent } from '../../scaffold/component.ts';
import { type Classification, classify, type FindParts, findObjects } from './findings.ts';
import { identify, type UsableModel } from './models/model.ts';
import type { ModelRegistry } from './models/registry.ts';
import { type DetectionParameters, defaultMaxClasses, parseDetectionParameters, toBoxLimits, wantedClasses } from './parameters.ts';
import { detectionSchema } from './schema.ts';

export interface DetectionParts extends FindParts {
  readonly registry: ModelRegistry;
  readonly limits: ImageLimits;
}

export function createDetect(parts: DetectionParts): ServiceComponent {
  return createComponent(parts, {
    method: 'Detect',
    label: { ja: 'AI 検出', en: 'AI detection' },
    description: {
      ja: '物体を検出します。分類モデルを選ぶと、検出の代わりに確からしい順のクラス (attributes.classifications) を返します。',
      en: 'Finds objects. With a classification model it answers the ranked classes (attributes.classifications) instead.',
    },
  });
}

export function createDetectDefects(parts: DetectionParts): ServiceComponent {
  return createComponent(parts, {
    method: 'DetectDefects',
    label: { ja: 'AI 欠陥検出', en: 'AI defect detection' },
    description: {
      ja: '傷・汚れ・変形などの欠陥を検出します。既定は合成デモモデルです。実際の検査には自分のモデルを追加してください。',
      en: 'Finds defects such as scratches, contamination and deformation. The default is a synthetic demo model; add your own for real inspection.',
    },
  });
}

type Naming = Pick<ComponentDescription, 'method' | 'label' | 'description'>;

function createComponent(parts: DetectionParts, naming: Naming): ServiceComponent {
  return {
    description: {
      ...naming,
      parameters_schema: detectionSchema,
      produces_image: false,
      produces_detections: true,
      consumes_detections: false,
      streamable: true,
      category: 'detection',
    },
    run: (input, signal) => runDetection(naming.method, input, parts, signal),
  };
}

async function runDetection(method: string, input: ComponentInput, parts: DetectionParts, signal: AbortSignal): Promise<ComponentOutput> {
  const asked = parseDetectionParameters(input.parameters);
  const model = await parts.registry.resolve(asked.model_name, method);
  signal.throwIfAborted();
  return model.contract.task === 'detect' ? detect(asked, model, input, parts, signal) : rankClasses(asked, model, input, parts, signal);
}

async function detect(
  asked: DetectionParameters,
  model: UsableModel,
  input: ComponentInput,
  parts: DetectionParts,
  signal: AbortSignal,
): Promise<ComponentOutput> {
  const limits = toBoxLimits(asked, model);
  const opened = await openImage(input.image, parts.limits);
  const transform = input.transform ?? identityTransform(opened.width, opened.height);
  const found = await findObjects(opened, model, limits, transform, parts, signal);
  return toOutput([...input.detections, ...found], transform, model, {});
}

async function rankClasses(
  asked: DetectionParameters,
  model: UsableModel,
  input: ComponentInput,
  parts: DetectionParts,
  signal: AbortSignal,
): Promise<ComponentOutput> {
  const wanted = wantedClasses(asked.target_classes ?? [], model);
  const opened = await openImage(input.image, parts.limits);
  const transform = input.transform ?? identityTransform(opened.width, opened.height);
  const ranked = await classify(opened, model, parts, signal);
  const lowest = asked.confidence_threshold ?? 0;
  const isKept = (each: Classification) => each.confidence >= lowest && (wanted === undefined || wanted[each.class_id] === 1);
  const classifications = ranked.filter(isKept).slice(0, asked.max_detections ?? defaultMaxClasses);
  return toOutput(input.detections, transform, model, { classifications });
}

function toOutput(
  detections: ComponentOutput['detections'],
  transform: ComponentOutput['transform'],
  model: UsableModel,
  attributes: ComponentOutput['attributes'],
): ComponentOutput {
  return { image: undefined, detections, transform, measures: {}, model: identify(model), attributes };
}
