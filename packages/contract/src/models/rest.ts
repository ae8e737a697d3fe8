/** AI models: those shipped, and the user's own. */
import { z } from 'zod';
import { defineRoute } from '../define.ts';
import { pageOf } from '../page.ts';

const model = z
  .object({
    name: z.string().meta({ description: 'Used as model_name', examples: ['defect-yolo-320'] }),
    sha256: z.string().meta({ description: 'Of the model file' }),
    license: z.string(),
    adapter: z.string().meta({ description: '"yolo11" (detection) or "resnet50" (classification)' }),
    description: z.string(),
    task: z.string().meta({ examples: ['detect', 'classify'] }),
    class_names: z.array(z.string()),
    input_width: z.int().meta({ description: '0: any' }),
    input_height: z.int(),
    input_type: z.string(),
    end_to_end: z.boolean(),
    default_confidence_threshold: z.number(),
    default_iou_threshold: z.number(),
    origin: z.string().meta({ description: '"shipped" or "user"' }),
    size_bytes: z.int(),
    instances: z.array(
      z.object({
        instance_id: z.string(),
        loaded: z.boolean(),
        fault: z.string().nullable().meta({ description: 'Why this instance cannot use it' }),
      }),
    ),
  })
  .meta({ id: 'Model' });

const tag = 'models';
const name = z.string().regex(/^[a-z0-9][a-z0-9._-]{0,63}$/);
const params = z.object({ name: z.string().min(1).max(100) });

export const modelRoutes = {
  listModels: defineRoute({
    operationId: 'listModels',
    method: 'GET',
    path: '/models',
    tag,
    summary: { ja: 'AI モデルの一覧を取得します。', en: 'List models' },
    description: 'As the instances of AIDetectionService have them. By name; always one page.',
    action: 'models:read',
    responses: { 200: { description: 'The models', schema: pageOf(model) } },
    errors: ['AI_SERVICE_UNAVAILABLE'],
  }),
  getModel: defineRoute({
    operationId: 'getModel',
    method: 'GET',
    path: '/models/{name}',
    tag,
    summary: { ja: 'AI モデルの詳細を取得します。', en: 'Get a model' },
    description: 'Its identity, classes and input.',
    action: 'models:read',
    params,
    responses: { 200: { description: 'The model', schema: model } },
    errors: ['NOT_FOUND', 'AI_SERVICE_UNAVAILABLE'],
  }),
  addModel: defineRoute({
    operationId: 'addModel',
    method: 'POST',
    path: '/models',
    tag,
    summary: { ja: 'AI モデル（ONNX）を追加します。使えないものは理由を示して拒否します。', en: 'Add a model' },
    description:
      'An ONNX file (YOLO11 or ResNet-50 layout), checked by every instance before it is used; refused with the reasons when it cannot be. 409 when the name is in use.',
    action: 'models:write',
    body: {
      kind: 'multipart',
      schema: z.object({
        name: name.optional().meta({ description: 'Default: the file’s name without its ending' }),
        labels: z
          .string()
          .max(1_000_000)
          .optional()
          .meta({ description: 'One label a line, or a JSON array; when the file holds no names' }),
        license: z.string().max(1_000).optional().meta({ description: 'SPDX id or a sentence' }),
        file: z.string().meta({ description: 'The .onnx file', format: 'binary' }),
      }),
    },
    responses: { 201: { description: 'Added', schema: model, headers: { Location: 'Address of the model' } } },
    errors: ['MODEL_INVALID', 'TOO_LARGE', 'UNSUPPORTED_MEDIA', 'CONFLICT', 'AI_SERVICE_UNAVAILABLE'],
  }),
  deleteModel: defineRoute({
    operationId: 'deleteModel',
    method: 'DELETE',
    path: '/models/{name}',
    tag,
    summary: { ja: '追加した AI モデルを削除します。', en: 'Remove a model' },
    description: 'Of the user’s own; shipped ones stay.',
    action: 'models:write',
    params,
    responses: { 204: { description: 'Removed' } },
    errors: ['NOT_FOUND', 'CONFLICT', 'AI_SERVICE_UNAVAILABLE'],
  }),
} as const;
