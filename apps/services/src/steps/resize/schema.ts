/** The parameters of ResizeService.Resize. */
import type { JsonSchema, LocalizedText } from '@imageflow/core';
import { labelled } from '@imageflow/schema';

export const sizeLimit = 16_384;

export const resizeModes = ['fit', 'fill', 'stretch'] as const;
const resizeModeLabels = [
  { en: 'Fit', ja: '全体を収める' },
  { en: 'Fill', ja: '枠を埋める' },
  { en: 'Stretch', ja: '引き伸ばす' },
];

const side = (label: LocalizedText, description: LocalizedText): JsonSchema => ({
  type: 'integer',
  minimum: 1,
  maximum: sizeLimit,
  ...labelled(label, description, { unit: 'px' }),
});

export const resizeSchema: JsonSchema = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  type: 'object',
  ...labelled(
    { en: 'Resize', ja: 'リサイズ' },
    {
      en: 'With neither width nor height the size is kept; with one of them the other follows.',
      ja: '幅も高さも指定しないと大きさは変わりません。片方だけ指定すると、もう片方は縦横比に従います。',
    },
  ),
  properties: {
    target_width: side(
      { en: 'Width', ja: '幅' },
      { en: 'Width of the result. Absent: follows the height.', ja: '結果の幅。省略すると高さに従います。' },
    ),
    target_height: side(
      { en: 'Height', ja: '高さ' },
      { en: 'Height of the result. Absent: follows the width.', ja: '結果の高さ。省略すると幅に従います。' },
    ),
    width: side(
      { en: 'Width (short name)', ja: '幅 (別名)' },
      { en: 'The same as target_width, which wins.', ja: 'target_width の別名。両方あれば target_width を使います。' },
    ),
    height: side(
      { en: 'Height (short name)', ja: '高さ (別名)' },
      { en: 'The same as target_height, which wins.', ja: 'target_height の別名。両方あれば target_height を使います。' },
    ),
    resize_mode: {
      type: 'string',
      enum: resizeModes,
      ...labelled(
        { en: 'Mode', ja: '方式' },
        {
          en: 'fit: the whole image inside the size (default). fill: the size covered, the overhang cut off evenly. stretch: exactly the size, distorted.',
          ja: 'fit: 全体が収まる大きさ (既定)。fill: 枠を埋め、はみ出しを均等に切り取り。stretch: 縦横比を無視して指定の大きさ。',
        },
        { choices: resizeModeLabels },
      ),
    },
    maintain_aspect_ratio: {
      type: 'boolean',
      ...labelled(
        { en: 'Keep the aspect ratio', ja: '縦横比を保つ' },
        {
          en: 'true turns stretch into fit. false without a mode means stretch.',
          ja: 'true なら stretch は fit になります。方式なしで false なら stretch です。',
        },
      ),
    },
  },
  additionalProperties: false,
};
