/** The parameters of Detect and DetectDefects. */
import type { JsonSchema } from '@imageflow/core';

export const maxDetectionsLimit = 3000;

const share = (title: string, labelJa: string, description: string, descriptionJa: string): JsonSchema => ({
  type: 'number',
  minimum: 0,
  maximum: 1,
  title,
  'x-label-ja': labelJa,
  description,
  'x-description-ja': descriptionJa,
});

export const detectionSchema: JsonSchema = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  type: 'object',
  title: 'Detection',
  'x-label-ja': '検出',
  properties: {
    model_name: {
      type: 'string',
      minLength: 1,
      maxLength: 64,
      title: 'Model',
      'x-label-ja': 'モデル',
      description:
        'A model\'s name, or a type: "yolo11" (detection) or "resnet50" (classification) means your own model of that type, else the shipped one. Absent: the default model.',
      'x-description-ja':
        'モデルの名前、または種類名。「yolo11」(検出) と「resnet50」(分類) は、その種類の自分のモデル、なければ同梱モデルを意味します。省略すると既定のモデルを使います。',
      'x-options': 'models',
    },
    confidence_threshold: share(
      'Confidence threshold',
      '信頼度のしきい値',
      "Findings above this confidence are kept. Absent: the model's own default.",
      'この信頼度を超える結果だけを残します。省略するとモデルの既定値です。',
    ),
    iou_threshold: share(
      'Overlap threshold (IoU)',
      '重なりのしきい値 (IoU)',
      "Of boxes of one class that overlap more than this, the best is kept. Absent: the model's own default.",
      '同じクラスの枠の重なりがこれを超えると、最も確かな枠だけを残します。省略するとモデルの既定値です。',
    ),
    max_detections: {
      type: 'integer',
      minimum: 1,
      maximum: maxDetectionsLimit,
      title: 'Most findings',
      'x-label-ja': '最大件数',
      description: 'The best ones are kept. Absent: 300 boxes, or the 5 best classes of a classifier.',
      'x-description-ja': '確かな順に残します。省略すると検出は 300 件、分類は上位 5 クラスです。',
    },
    target_classes: {
      type: 'array',
      items: { type: 'string', minLength: 1 },
      title: 'Classes',
      'x-label-ja': '対象クラス',
      description: 'Names of the classes to keep. Absent or empty: all of them.',
      'x-description-ja': '残すクラスの名前。省略または空ならすべて残します。',
    },
  },
  additionalProperties: false,
};
