/** The parameters of ResizeService.Resize. */
import type { JsonSchema } from '@imageflow/core';

export const sizeLimit = 16_384;

export const resizeModes = ['fit', 'fill', 'stretch'] as const;

const side = (title: string, labelJa: string, description: string, descriptionJa: string): JsonSchema => ({
  type: 'integer',
  minimum: 1,
  maximum: sizeLimit,
  title,
  'x-label-ja': labelJa,
  description,
  'x-description-ja': descriptionJa,
  'x-unit': 'px',
});

export const resizeSchema: JsonSchema = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  type: 'object',
  title: 'Resize',
  'x-label-ja': 'リサイズ',
  description: 'With neither width nor height the size is kept; with one of them the other follows.',
  'x-description-ja': '幅も高さも指定しないと大きさは変わりません。片方だけ指定すると、もう片方は縦横比に従います。',
  properties: {
    target_width: side('Width', '幅', 'Width of the result. Absent: follows the height.', '結果の幅。省略すると高さに従います。'),
    target_height: side('Height', '高さ', 'Height of the result. Absent: follows the width.', '結果の高さ。省略すると幅に従います。'),
    width: side(
      'Width (short name)',
      '幅 (別名)',
      'The same as target_width, which wins.',
      'target_width の別名。両方あれば target_width を使います。',
    ),
    height: side(
      'Height (short name)',
      '高さ (別名)',
      'The same as target_height, which wins.',
      'target_height の別名。両方あれば target_height を使います。',
    ),
    resize_mode: {
      type: 'string',
      enum: resizeModes,
      title: 'Mode',
      'x-label-ja': '方式',
      description:
        'fit: the whole image inside the size (default). fill: the size covered, the overhang cut off evenly. stretch: exactly the size, distorted.',
      'x-description-ja':
        'fit: 全体が収まる大きさ (既定)。fill: 枠を埋め、はみ出しを均等に切り取り。stretch: 縦横比を無視して指定の大きさ。',
      'x-enum-labels-ja': ['全体を収める', '枠を埋める', '引き伸ばす'],
    },
    maintain_aspect_ratio: {
      type: 'boolean',
      title: 'Keep the aspect ratio',
      'x-label-ja': '縦横比を保つ',
      description: 'true turns stretch into fit. false without a mode means stretch.',
      'x-description-ja': 'true なら stretch は fit になります。方式なしで false なら stretch です。',
    },
  },
  additionalProperties: false,
};
