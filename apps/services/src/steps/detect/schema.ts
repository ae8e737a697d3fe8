/** The parameters of Detect and DetectDefects. */
import type { JsonSchema, LocalizedText } from '@imageflow/core';
import { labelled } from '@imageflow/schema';

const maxDetectionsLimit = 3000;

const share = (label: LocalizedText, description: LocalizedText): JsonSchema => ({
  type: 'number',
  minimum: 0,
  maximum: 1,
  ...labelled(label, description),
});

export const detectionSchema: JsonSchema = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  type: 'object',
  ...labelled({ en: 'Detection', ja: '検出' }),
  properties: {
    model_name: {
      type: 'string',
      minLength: 1,
      maxLength: 64,
      ...labelled(
        { en: 'Model', ja: 'モデル' },
        {
          en: 'A model\'s name, or a type: "yolo11" (detection) or "resnet50" (classification) means your own model of that type, else the shipped one. Absent: the default model.',
          ja: 'モデルの名前、または種類名。「yolo11」(検出) と「resnet50」(分類) は、その種類の自分のモデル、なければ同梱モデルを意味します。省略すると既定のモデルを使います。',
        },
        { optionsFrom: 'models' },
      ),
    },
    confidence_threshold: share(
      { en: 'Confidence threshold', ja: '信頼度のしきい値' },
      {
        en: "Findings above this confidence are kept. Absent: the model's own default.",
        ja: 'この信頼度を超える結果だけを残します。省略するとモデルの既定値です。',
      },
    ),
    iou_threshold: share(
      { en: 'Overlap threshold (IoU)', ja: '重なりのしきい値 (IoU)' },
      {
        en: "Of boxes of one class that overlap more than this, the best is kept. Absent: the model's own default.",
        ja: '同じクラスの枠の重なりがこれを超えると、最も確かな枠だけを残します。省略するとモデルの既定値です。',
      },
    ),
    max_detections: {
      type: 'integer',
      minimum: 1,
      maximum: maxDetectionsLimit,
      ...labelled(
        { en: 'Most findings', ja: '最大件数' },
        {
          en: 'The best ones are kept. Absent: 300 boxes, or the 5 best classes of a classifier.',
          ja: '確かな順に残します。省略すると検出は 300 件、分類は上位 5 クラスです。',
        },
      ),
    },
    target_classes: {
      type: 'array',
      items: { type: 'string', minLength: 1 },
      ...labelled(
        { en: 'Classes', ja: '対象クラス' },
        { en: 'Names of the classes to keep. Absent or empty: all of them.', ja: '残すクラスの名前。省略または空ならすべて残します。' },
      ),
    },
  },
  additionalProperties: false,
};
