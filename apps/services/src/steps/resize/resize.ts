/** ResizeService.Resize as a component. */
import { composeTransform, identityTransform } from '@imageflow/core';
import type { Sharp } from 'sharp';
import { z } from 'zod';
import type { ImageLimits } from '../../image/limits.ts';
import { type MadeImage, madeBy, madeFromOpened } from '../../image/made.ts';
import { type OpenedImage, openImage } from '../../image/open.ts';
import type { ComponentInput, ComponentOutput, ServiceComponent } from '../../scaffold/component.ts';
import { planResize, type ResizeMode, type ResizePlan, type ResizeRequestSize } from './geometry.ts';
import { resizeModes, resizeSchema } from './schema.ts';

export function createResizeComponent(limits: ImageLimits): ServiceComponent {
  return {
    description: {
      method: 'Resize',
      label: { ja: 'リサイズ', en: 'Resize' },
      description: {
        ja: '画像の大きさを変えます。検出枠は元画像の座標に正しく対応づけられます。',
        en: 'Changes the size of the image. Detections stay traceable to the original pixels.',
      },
      parameters_schema: resizeSchema,
      produces_image: true,
      produces_detections: false,
      consumes_detections: false,
      streamable: true,
      category: 'geometry',
    },
    run: (input, signal) => runResize(input, limits, signal),
  };
}

/** The shape the schema has already promised. */
const parameterShape = z.object({
  target_width: z.number().optional(),
  target_height: z.number().optional(),
  width: z.number().optional(),
  height: z.number().optional(),
  resize_mode: z.enum(resizeModes).optional(),
  maintain_aspect_ratio: z.boolean().optional(),
});

async function runResize(input: ComponentInput, limits: ImageLimits, signal: AbortSignal): Promise<ComponentOutput> {
  const opened = await openImage(input.image, limits);
  const plan = planResize(opened, readWanted(input.parameters), limits.maxPixels);
  signal.throwIfAborted();
  const before = input.transform ?? identityTransform(opened.width, opened.height);
  return {
    image: scale(opened, plan),
    detections: input.detections,
    transform: composeTransform(before, plan.map),
    measures: {},
    model: undefined,
    attributes: {},
  };
}

function readWanted(parameters: Readonly<Record<string, unknown>>): ResizeRequestSize {
  const given = parameterShape.parse(parameters);
  return { width: given.target_width ?? given.width, height: given.target_height ?? given.height, mode: chooseMode(given) };
}

/** A named mode wins, except that keeping the ratio turns "stretch" into "fit"; without a name, not keeping it means "stretch". */
function chooseMode(given: z.infer<typeof parameterShape>): ResizeMode {
  const { resize_mode, maintain_aspect_ratio } = given;
  if (resize_mode === undefined) return maintain_aspect_ratio === false ? 'stretch' : 'fit';
  return resize_mode === 'stretch' && maintain_aspect_ratio === true ? 'fit' : resize_mode;
}

function scale(opened: OpenedImage, plan: ResizePlan): MadeImage {
  const { before, scaled, after } = plan;
  if (before === undefined && scaled === undefined && after === undefined) return madeFromOpened(opened);
  let image: Sharp = opened.image;
  if (before !== undefined) image = image.extract(before);
  if (scaled !== undefined) image = image.resize(scaled.width, scaled.height, { fit: 'fill' });
  if (after !== undefined) image = image.extract(after);
  return madeBy(image, plan.output, opened.format);
}
