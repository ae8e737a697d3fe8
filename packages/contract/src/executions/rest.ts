/** Executions: a pipeline run on images. */
import { z } from 'zod';
import { defineRoute } from '../define.ts';
import { file } from '../files/rest.ts';
import { pageOf, pageQuery } from '../page.ts';

const timestamp = z.iso.datetime({ offset: true });
const executionStatus = z.enum(['pending', 'running', 'completed', 'failed', 'cancelled']);
const stepStatus = z.enum(['pending', 'running', 'completed', 'failed', 'skipped', 'cancelled']);
/** What a progress message is about. */
export const progressStatus = z.enum(['queued', 'processing', 'completed', 'retrying', 'failed', 'skipped', 'cancelling', 'requeued']);
export const runMode = z.enum(['direct_grpc', 'kafka_queue', 'kafka_fallback']);
export const priority = z.enum(['low', 'normal', 'high']);

const box = z
  .object({ x: z.number(), y: z.number(), width: z.number(), height: z.number() })
  .meta({ id: 'BoundingBox', description: 'Pixels' });

const detection = z
  .object({
    class_name: z.string(),
    class_id: z.int(),
    confidence: z.number(),
    bbox: box.meta({ description: 'Pixels of the image it was found in' }),
    bbox_original: box.meta({ description: 'Pixels of the upright original' }),
  })
  .meta({ id: 'Detection' });

const model = z.object({ name: z.string(), sha256: z.string(), license: z.string(), adapter: z.string() }).meta({ id: 'ModelIdentity' });

const fault = z
  .object({
    code: z.string().meta({ examples: ['STEP_TIMEOUT'] }),
    message: z.string(),
    retryable: z.boolean(),
    retry_after: z.number().nullable().meta({ description: 'Seconds after which another try can help' }),
    step_id: z.string().nullable(),
  })
  .meta({ id: 'ExecutionFault' });

const executionStep = z
  .object({
    step_id: z.string(),
    input: z.int().meta({ description: 'Index of the input file, from 0' }),
    component: z.string().meta({ examples: ['ResizeService.Resize'] }),
    status: stepStatus,
    attempts: z.int(),
    instance_id: z.string().nullable().meta({ description: 'The service instance that did it' }),
    started_at: timestamp.nullable(),
    finished_at: timestamp.nullable(),
    processing_time_ms: z.number().nullable().meta({ description: 'Of the last attempt, as the engine saw it' }),
    service_time_ms: z.number().nullable().meta({ description: 'Within the service' }),
    parameters: z.record(z.string(), z.unknown()).meta({ description: 'As used' }),
    output_file_id: z.uuid().nullable().meta({ description: 'The encoded image, when it leaves the pipeline here' }),
    image_file_id: z.uuid().nullable().meta({ description: 'The lossless image it handed to later steps, as long as it is kept' }),
    detections: z.array(detection).meta({ description: 'All after this step: those handed in and its own' }),
    measures: z.record(z.string(), z.number()),
    model: model.nullable(),
    attributes: z.record(z.string(), z.unknown()),
    error: fault.nullable(),
  })
  .meta({ id: 'ExecutionStep' });

const progress = z
  .object({
    percentage: z.number().meta({ description: '0 to 100' }),
    completed_steps: z.int(),
    total_steps: z.int(),
    current_step: z.string().nullable(),
    elapsed_time_ms: z.number(),
    estimated_remaining_ms: z.number().nullable(),
  })
  .meta({ id: 'ExecutionProgress' });

const outputFile = z
  .object({
    file_id: z.uuid(),
    filename: z.string(),
    content_type: z.string(),
    size_bytes: z.int(),
    width: z.int().nullable(),
    height: z.int().nullable(),
    input: z.int(),
    step_id: z.string(),
    download_url: z.string().meta({ examples: ['/api/v1/files/0199…/download'] }),
  })
  .meta({ id: 'OutputFile' });

const summary = {
  execution_id: z.uuid(),
  pipeline_id: z.string().meta({ description: 'The readable id', examples: ['quality-inspection-v1'] }),
  pipeline_version: z.int(),
  status: executionStatus,
  execution_mode: runMode,
  priority,
  processing_time_ms: z.number().nullable().meta({ description: 'From the first step’s start to the end' }),
  error: fault.nullable(),
  created_by: z.uuid().nullable(),
  created_at: timestamp,
  started_at: timestamp.nullable(),
  finished_at: timestamp.nullable(),
};

const executionSummary = z.object({ ...summary, input_count: z.int() }).meta({ id: 'ExecutionSummary' });

export const execution = z
  .object({
    ...summary,
    sequence: z.int().meta({ description: 'Of its last event; /ws/execution/{id}?last_sequence= goes on from here' }),
    parameters: z.record(z.string(), z.unknown()),
    queue_position: z.int().nullable().meta({ description: 'How many run before it; null when it does not wait' }),
    rerun_of: z.uuid().nullable(),
    progress,
    steps: z.array(executionStep),
    input_files: z.array(file),
    output_files: z.array(outputFile),
  })
  .meta({ id: 'Execution' });

const accepted = z
  .object({
    execution_id: z.uuid(),
    status: executionStatus,
    execution_mode: runMode,
    pipeline_id: z.string(),
    pipeline_version: z.int(),
    input_files: z.array(z.object({ file_id: z.uuid(), filename: z.string() })),
    created_at: timestamp,
  })
  .meta({ id: 'ExecutionAccepted' });

const parametersText = z
  .string()
  .max(1_000_000)
  .optional()
  .meta({
    description:
      'JSON object. Keyed by step_id ({"resize":{"target_width":640}}); other keys go to every step whose component knows them. Overrides the pipeline’s defaults.',
    examples: ['{"ai_detection":{"confidence_threshold":0.5}}'],
  });

const tag = 'executions';
const params = z.object({ id: z.uuid() });
const location = { Location: 'Address of the execution' };

export const executionRoutes = {
  createExecution: defineRoute({
    operationId: 'createExecution',
    method: 'POST',
    path: '/executions',
    tag,
    summary: { ja: '画像を送ってパイプラインを実行します。すぐに応答し、受け付けた実行は失われません。', en: 'Run a pipeline on images' },
    description:
      'Answers at once; the execution is stored before and will not be lost. Follow it at /ws/execution/{execution_id} or by GET. Images come as input_files, or as input_file_ids of files uploaded before.',
    action: 'executions:run',
    headers: z.object({
      'idempotency-key': z
        .string()
        .min(1)
        .max(200)
        .optional()
        .meta({ description: 'Makes a retry safe: the same key and request give the same execution' }),
    }),
    body: {
      kind: 'multipart',
      schema: z.strictObject({
        pipeline_id: z
          .string()
          .min(1)
          .max(100)
          .meta({ description: 'UUID or readable id', examples: ['quality-inspection-v1'] }),
        input_files: z
          .array(z.string().meta({ format: 'binary' }))
          .optional()
          .meta({ description: 'One or more images' }),
        input_file_ids: z.string().max(10_000).optional().meta({ description: 'Ids of stored files, separated by commas' }),
        parameters: parametersText,
        priority: priority.optional().meta({ description: 'Default: normal' }),
        output_format: z
          .enum(['jpeg', 'png', 'webp', 'avif', 'tiff'])
          .optional()
          .meta({ description: 'Default: as the pipeline or the input says' }),
      }),
    },
    responses: { 202: { description: 'Accepted', schema: accepted, headers: location } },
    errors: [
      'NOT_FOUND',
      'TOO_LARGE',
      'UNSUPPORTED_MEDIA',
      'IMAGE_BROKEN',
      'PIPELINE_INVALID',
      'IDEMPOTENCY_MISMATCH',
      'CONFLICT',
      'QUEUE_FULL',
      'SERVICE_UNAVAILABLE',
      'STORE_FULL',
    ],
  }),
  listExecutions: defineRoute({
    operationId: 'listExecutions',
    method: 'GET',
    path: '/executions',
    tag,
    summary: { ja: '実行の一覧を新しい順に取得します。', en: 'List executions' },
    description: 'Newest first.',
    action: 'executions:read',
    query: pageQuery.extend({
      status: executionStatus.optional(),
      pipeline_id: z.string().min(1).max(100).optional().meta({ description: 'UUID or readable id' }),
      created_from: timestamp.optional().meta({ description: 'Accepted at or after' }),
      created_to: timestamp.optional().meta({ description: 'Accepted before' }),
    }),
    responses: {
      200: { description: 'A page of executions', schema: pageOf(executionSummary), headers: { Link: 'The next page, rel="next"' } },
    },
    errors: ['NOT_FOUND'],
  }),
  getExecution: defineRoute({
    operationId: 'getExecution',
    method: 'GET',
    path: '/executions/{id}',
    tag,
    summary: { ja: '実行の状況・進捗・各ステップ・出力ファイルを取得します。', en: 'Get an execution' },
    description: 'Its state, progress, steps and outputs.',
    action: 'executions:read',
    params,
    responses: { 200: { description: 'The execution', schema: execution } },
    errors: ['NOT_FOUND'],
  }),
  cancelExecution: defineRoute({
    operationId: 'cancelExecution',
    method: 'POST',
    path: '/executions/{id}/cancel',
    tag,
    summary: { ja: '実行を中止します。処理中の呼び出しを止め、以降のステップは始めません。', en: 'Cancel an execution' },
    description:
      'Stops running calls and lets no further step begin. Doing it again changes nothing; an execution that has ended otherwise is 409.',
    action: 'executions:cancel',
    params,
    responses: { 200: { description: 'Cancelled', schema: execution } },
    errors: ['NOT_FOUND', 'CONFLICT'],
  }),
  rerunExecution: defineRoute({
    operationId: 'rerunExecution',
    method: 'POST',
    path: '/executions/{id}/rerun',
    tag,
    summary: { ja: '実行をやり直します。同じ入力・同じ版で、全体または指定したステップから実行します。', en: 'Run an execution again' },
    description:
      'A new execution with the same inputs and the version that the old one is pinned to. From a step: what came before it is taken from the old one as far as its images are still kept.',
    action: 'executions:run',
    params,
    body: {
      kind: 'json',
      schema: z
        .object({
          from_step: z.string().max(64).optional().meta({ description: 'Only this step and what depends on it' }),
          parameters: z.record(z.string(), z.unknown()).optional().meta({ description: 'Default: those of the old execution' }),
          priority: priority.optional().meta({ description: 'Default: that of the old execution' }),
        })
        .prefault({})
        .meta({ id: 'RerunRequest' }),
    },
    responses: { 202: { description: 'Accepted', schema: accepted, headers: location } },
    errors: ['NOT_FOUND', 'CONFLICT', 'PIPELINE_INVALID', 'QUEUE_FULL', 'SHUTTING_DOWN'],
  }),
  executePipeline: defineRoute({
    operationId: 'executePipeline',
    method: 'POST',
    path: '/pipelines/{id}/execute',
    tag,
    summary: { ja: 'パイプラインを実行し、終わるまで待って結果を返します。', en: 'Run a pipeline and wait' },
    description:
      'Answers when the execution has ended. Its failure is a problem document whose member "error" has type, message and pipeline_id. A client that goes away does not stop the execution.',
    action: 'executions:run',
    params: z.object({
      id: z
        .string()
        .min(1)
        .max(100)
        .meta({ examples: ['quality-inspection-v1'] }),
    }),
    body: {
      kind: 'json',
      schema: z
        .object({
          input_data: z.object({
            file_id: z.uuid().meta({ description: 'A file uploaded before' }),
            parameters: z.record(z.string(), z.unknown()).optional(),
          }),
          priority: priority.optional(),
        })
        .meta({ id: 'PipelineExecutionRequest' }),
    },
    responses: {
      200: {
        description: 'Completed',
        schema: z
          .object({
            success: z.literal(true),
            execution_id: z.uuid(),
            status: z.literal('completed'),
            results: z.record(z.string(), executionStep).meta({ description: 'By step_id' }),
            execution_time_ms: z.number(),
          })
          .meta({ id: 'PipelineExecutionResult' }),
      },
    },
    errors: [
      'NOT_FOUND',
      'CONFLICT',
      'PIPELINE_INVALID',
      'IMAGE_BROKEN',
      'QUALITY_REJECTED',
      'UNPROCESSABLE',
      'QUEUE_FULL',
      'SERVICE_FAULT',
      'SERVICE_UNAVAILABLE',
      'AI_SERVICE_UNAVAILABLE',
      'STEP_TIMEOUT',
    ],
  }),
} as const;
