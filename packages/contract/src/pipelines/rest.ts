/**
 * Pipelines. Bodies are loose here: the core's `parseDefinition` reads them, so that server, canvas and CLI name the same
 * faults at the same places.
 */
import { z } from 'zod';
import { defineRoute } from '../define.ts';
import { pageOf, pageQuery } from '../page.ts';

const timestamp = z.iso.datetime({ offset: true });
const executionMode = z.enum(['direct_grpc', 'kafka_queue', 'hybrid']);

const step = z
  .object({
    step_id: z.string(),
    service: z.string().meta({ examples: ['ResizeService'] }),
    method: z.string().meta({ examples: ['Resize'] }),
    depends_on: z.array(z.string()),
    input_from: z.string().optional().meta({ description: 'The step whose image is used; "$input" is the execution’s own' }),
    input_schema: z.record(z.string(), z.string()).optional(),
    parameters: z.record(z.string(), z.unknown()).meta({ description: 'Defaults; an execution may override them' }),
    timeout_ms: z.int().optional(),
    retry_count: z.int().optional(),
  })
  .meta({ id: 'Step' });

const definition = {
  pipeline_id: z.string().meta({ description: 'The readable id', examples: ['quality-inspection-v1'] }),
  name: z.string(),
  version: z.string().meta({ description: 'The author’s own text', examples: ['1.0.0'] }),
  description: z.string(),
  execution_mode: executionMode,
};

const whole = {
  ...definition,
  steps: z.array(step),
  error_handling: z.object({
    strategy: z.enum(['fail_fast', 'continue']),
    rollback_enabled: z.boolean(),
    notification_on_failure: z.boolean(),
    notification_url: z.string().optional(),
  }),
  output: z.object({ format: z.enum(['jpeg', 'png', 'webp', 'avif', 'tiff']).optional(), quality: z.number().optional() }),
  layout: z
    .record(z.string(), z.object({ x: z.number(), y: z.number() }))
    .optional()
    .meta({ description: 'Where an editor shows each step' }),
};

const record = {
  id: z.uuid(),
  current_version: z.int().meta({ description: 'The newest immutable version, from 1' }),
  created_by: z.uuid().nullable(),
  created_at: timestamp,
  updated_at: timestamp,
};

const pipeline = z.object({ ...whole, ...record }).meta({ id: 'Pipeline' });

const pipelineSummary = z
  .object({ ...definition, ...record, step_count: z.int() })
  .meta({ id: 'PipelineSummary', description: 'A pipeline without its steps' });

const pipelineVersion = z
  .object({ ...whole, id: z.uuid(), number: z.int(), created_by: z.uuid().nullable(), created_at: timestamp })
  .meta({ id: 'PipelineVersion', description: 'One immutable version' });

const versionSummary = z
  .object({ number: z.int(), version: z.string(), step_count: z.int(), created_by: z.uuid().nullable(), created_at: timestamp })
  .meta({ id: 'PipelineVersionSummary' });

const validation = z
  .object({
    valid: z.boolean(),
    validation_errors: z.array(
      z.object({
        field: z.string().meta({ description: 'Place in the definition', examples: ['steps[1].depends_on[0]'] }),
        message: z.string(),
        value: z.unknown().optional(),
      }),
    ),
  })
  .meta({ id: 'PipelineValidation' });

/** Design §8.1.2, as printed there. */
const example = {
  pipeline_id: 'quality-inspection-v1',
  name: '品質検査パイプライン',
  version: '1.0.0',
  description: 'AI による欠陥検出と品質評価',
  execution_mode: 'direct_grpc',
  steps: [
    {
      step_id: 'resize',
      service: 'ResizeService',
      method: 'Resize',
      input_schema: { width: 'integer', height: 'integer', maintain_aspect_ratio: 'boolean' },
      timeout_ms: 5000,
      retry_count: 3,
    },
    {
      step_id: 'ai_detection',
      service: 'AIDetectionService',
      method: 'DetectDefects',
      depends_on: ['resize'],
      input_schema: { model_name: 'string', confidence_threshold: 'float' },
      timeout_ms: 30000,
      retry_count: 2,
    },
    {
      step_id: 'quality_filter',
      service: 'FilterService',
      method: 'ApplyQualityFilter',
      depends_on: ['ai_detection'],
      input_schema: { filter_type: 'enum', parameters: 'object' },
      timeout_ms: 10000,
      retry_count: 3,
    },
  ],
  error_handling: { strategy: 'fail_fast', rollback_enabled: true, notification_on_failure: true },
};

const pipelineBody = z.record(z.string(), z.unknown()).meta({
  id: 'PipelineDefinition',
  description:
    'A pipeline definition (design §8.1.2). What a GET adds (id, current_version, created_by, created_at, updated_at) may be sent back and is ignored.',
  examples: [example],
});

const tag = 'pipelines';
const params = z.object({
  id: z
    .string()
    .min(1)
    .max(100)
    .meta({ description: 'The UUID or the readable pipeline_id', examples: ['quality-inspection-v1'] }),
});
const etag = { ETag: 'The version, for If-Match and If-None-Match' };
const ifMatch = z.string().max(500).optional();

export const pipelineRoutes = {
  listPipelines: defineRoute({
    operationId: 'listPipelines',
    method: 'GET',
    path: '/pipelines',
    tag,
    summary: { ja: 'パイプラインの一覧を新しい順に取得します。', en: 'List pipelines' },
    description: 'Newest first.',
    action: 'pipelines:read',
    query: pageQuery.extend({
      search: z.string().min(1).max(100).optional().meta({ description: 'Part of the id, the name or the description' }),
    }),
    responses: {
      200: { description: 'A page of pipelines', schema: pageOf(pipelineSummary), headers: { Link: 'The next page, rel="next"' } },
    },
    errors: [],
  }),
  createPipeline: defineRoute({
    operationId: 'createPipeline',
    method: 'POST',
    path: '/pipelines',
    tag,
    summary: { ja: 'パイプラインを登録します。実行できない定義は、誤りの箇所をすべて示して拒否します。', en: 'Create a pipeline' },
    description: 'Stores version 1. A definition that cannot run is refused with every fault and its place.',
    action: 'pipelines:write',
    body: { kind: 'json', schema: pipelineBody },
    responses: { 201: { description: 'Created', schema: pipeline, headers: { ...etag, Location: 'Address of the pipeline' } } },
    errors: ['PIPELINE_INVALID', 'CONFLICT'],
  }),
  validatePipeline: defineRoute({
    operationId: 'validatePipeline',
    method: 'POST',
    path: '/pipelines/validate',
    tag,
    summary: { ja: '定義を登録せずに検査します。', en: 'Check a definition' },
    description: 'The same check as when a pipeline is stored; stores nothing.',
    action: 'pipelines:read',
    body: { kind: 'json', schema: pipelineBody },
    responses: { 200: { description: 'The faults, if any', schema: validation } },
    errors: [],
  }),
  getPipeline: defineRoute({
    operationId: 'getPipeline',
    method: 'GET',
    path: '/pipelines/{id}',
    tag,
    summary: { ja: 'パイプラインの最新版を取得します。', en: 'Get a pipeline' },
    description: 'Its newest version.',
    action: 'pipelines:read',
    params,
    headers: z.object({ 'if-none-match': z.string().max(500).optional() }),
    responses: {
      200: { description: 'The pipeline', schema: pipeline, headers: etag },
      304: { description: 'Not changed', headers: etag },
    },
    errors: ['NOT_FOUND'],
  }),
  updatePipeline: defineRoute({
    operationId: 'updatePipeline',
    method: 'PUT',
    path: '/pipelines/{id}',
    tag,
    summary: { ja: 'パイプラインを新しい版として更新します。If-Match が必要です。', en: 'Change a pipeline' },
    description:
      'Stores the whole definition as a new version; running and finished executions keep theirs. If-Match with the ETag you read is required: 428 without it, 412 when someone else has changed the pipeline since.',
    action: 'pipelines:write',
    params,
    headers: z.object({ 'if-match': ifMatch }),
    body: { kind: 'json', schema: pipelineBody },
    responses: { 200: { description: 'Stored', schema: pipeline, headers: etag } },
    errors: ['NOT_FOUND', 'PIPELINE_INVALID', 'PRECONDITION_FAILED', 'PRECONDITION_REQUIRED'],
  }),
  deletePipeline: defineRoute({
    operationId: 'deletePipeline',
    method: 'DELETE',
    path: '/pipelines/{id}',
    tag,
    summary: { ja: 'パイプラインを削除します。過去の実行は引き続き参照できます。', en: 'Delete a pipeline' },
    description: 'Its executions stay readable. Refused while executions of it wait or run.',
    action: 'pipelines:write',
    params,
    headers: z.object({ 'if-match': ifMatch }),
    responses: { 204: { description: 'Deleted' } },
    errors: ['NOT_FOUND', 'CONFLICT', 'PRECONDITION_FAILED'],
  }),
  listPipelineVersions: defineRoute({
    operationId: 'listPipelineVersions',
    method: 'GET',
    path: '/pipelines/{id}/versions',
    tag,
    summary: { ja: '版の一覧を新しい順に取得します。', en: 'List versions' },
    description: 'Newest first.',
    action: 'pipelines:read',
    params,
    query: pageQuery,
    responses: {
      200: { description: 'A page of versions', schema: pageOf(versionSummary), headers: { Link: 'The next page, rel="next"' } },
    },
    errors: ['NOT_FOUND'],
  }),
  getPipelineVersion: defineRoute({
    operationId: 'getPipelineVersion',
    method: 'GET',
    path: '/pipelines/{id}/versions/{number}',
    tag,
    summary: { ja: '指定した版（不変）を取得します。', en: 'Get a version' },
    description: 'One immutable version.',
    action: 'pipelines:read',
    params: params.extend({ number: z.coerce.number().int().min(1).max(999_999_999) }),
    responses: { 200: { description: 'The version', schema: pipelineVersion, headers: etag } },
    errors: ['NOT_FOUND'],
  }),
} as const;
