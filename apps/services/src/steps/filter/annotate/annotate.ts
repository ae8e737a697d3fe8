/** Draws the detections' boxes and labels. */
import { type Box, classColour, type Detection, mapBox, textColour } from '@imageflow/core';
import { labelled } from '@imageflow/schema';
import { z } from 'zod';
import type { Pixels } from '../../../image/source.ts';
import { defineFilter, type FilterInput } from '../filter.ts';
import { drawMask, fillRectangle, strokeRectangle } from './draw.ts';
import { renderText, type TextMask } from './label.ts';

const parameters = z.strictObject({
  show_labels: z
    .boolean()
    .default(true)
    .meta(labelled({ en: 'Labels', ja: 'ラベル' }, { en: 'Write the class beside each box', ja: '各枠にクラス名を書きます' })),
  show_confidence: z
    .boolean()
    .default(true)
    .meta(
      labelled({ en: 'Confidence', ja: '信頼度' }, { en: 'Write the confidence behind the class', ja: 'クラス名の後に信頼度を書きます' }),
    ),
  min_confidence: z
    .number()
    .min(0)
    .max(1)
    .default(0)
    .meta(
      labelled({ en: 'Minimum confidence', ja: '最小の信頼度' }, { en: 'Boxes below it are not drawn', ja: 'これより低い枠は描きません' }),
    ),
  line_width: z
    .int()
    .min(0)
    .max(100)
    .default(0)
    .meta(
      labelled(
        { en: 'Line width', ja: '線の太さ' },
        { en: 'Pixels; 0 = by the size of the image', ja: 'ピクセル数。0 は画像の大きさに合わせます' },
      ),
    ),
  font_size: z
    .int()
    .min(0)
    .max(400)
    .default(0)
    .meta(
      labelled(
        { en: 'Font size', ja: '文字の大きさ' },
        { en: 'Pixels; 0 = by the size of the image', ja: 'ピクセル数。0 は画像の大きさに合わせます' },
      ),
    ),
});

type Style = z.output<typeof parameters>;

export const annotate = defineFilter({
  name: 'annotate',
  label: { ja: '検出結果を描く', en: 'Draw detections' },
  parameters,
  apply: async (input, style) => ({ pixels: await draw(input, style) }),
});

/** Enough to see what was found; a thousand labels would hide the image and take seconds. */
const mostLabels = 200;

/** The weakest first, so that the strongest lie on top; boxes come from the original's pixels, whatever steps lie between. */
async function draw({ pixels, detections, transform }: FilterInput, style: Style): Promise<Pixels> {
  const drawn = { ...pixels, data: Buffer.from(pixels.data) };
  const shown = detections
    .filter((detection) => detection.confidence >= style.min_confidence)
    .sort((left, right) => left.confidence - right.confidence);
  const line = style.line_width === 0 ? autoLine(pixels) : style.line_width;
  const placed = shown.map((detection) => ({ detection, box: mapBox(transform, detection.bbox_original) }));
  for (const { detection, box } of placed) {
    const [right, bottom] = [box.x + box.width, box.y + box.height];
    strokeRectangle(drawn, box.x, box.y, right, bottom, line, classColour(detection.class_name));
  }
  if (style.show_labels) for (const { detection, box } of placed.slice(-mostLabels)) await drawLabel(drawn, detection, box, style);
  return drawn;
}

async function drawLabel(drawn: Pixels, detection: Detection, box: Box, style: Style): Promise<void> {
  const colour = classColour(detection.class_name);
  const percent = style.show_confidence ? ` ${Math.round(detection.confidence * 100)}%` : '';
  const number = detection.track_id === undefined ? '' : ` #${detection.track_id}`;
  const mask = await renderText(`${detection.class_name}${number}${percent}`, style.font_size === 0 ? autoFont(drawn) : style.font_size);
  const padding = Math.max(2, Math.round(mask.height / 6));
  const { left, top } = placeLabel(drawn, box, mask, padding);
  fillRectangle(drawn, left, top, left + mask.width + 2 * padding, top + mask.height + 2 * padding, colour);
  drawMask(drawn, mask, left + padding, top + padding, textColour(colour));
}

/** Above the box where there is room, else inside it at its top; pushed back into the image at the right. */
function placeLabel(image: Pixels, box: Box, mask: TextMask, padding: number): { left: number; top: number } {
  const [width, height] = [mask.width + 2 * padding, mask.height + 2 * padding];
  const left = Math.round(Math.max(0, Math.min(box.x, image.width - width)));
  const above = Math.round(box.y) - height;
  return { left, top: above >= 0 ? above : Math.round(Math.max(0, Math.min(box.y, image.height - height))) };
}

function autoLine(image: Pixels): number {
  return Math.min(12, Math.max(1, Math.round(Math.min(image.width, image.height) / 240)));
}

function autoFont(image: Pixels): number {
  return Math.min(72, Math.max(11, Math.round(Math.min(image.width, image.height) / 36)));
}
