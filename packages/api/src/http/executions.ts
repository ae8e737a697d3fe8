/** Executions (design §3, §8.1.3). */
import { z } from 'zod';
import { pageOf, pageQuery } from './page.ts';
import { defineRoute } from './route.ts';

const timestamp = z.iso.datetime({ offset: true });
const executionStatus = z.enum(['pending', 'running', 'completed', 'failed', 'cancelled']);
const stepStatus = z.enum(['pending', 'running', 'completed', 'failed', 'skipped', 'cancelled']);
const priority = z.enum(['low', 'normal', 'high']);
const mode = z
  .enum(['direct_grpc', 'kafka_queue', 'kafka_fallback'])
  .meta({ description: 'How it was run; kafka_fallback: the direct way failed and the queue took over' });

const box = z.object({ x: z.number(), y: z.number(), width: z.number(), height: z.number() });

const detection = z
  .object({
    class_name: z.string(),
    class_id: z.int(),
    confidence: z.number().meta({ description: '0 to 1' }),
    bbox: box.meta({ description: 'Pixels of the image it was found in' }),
    bbox_original: box.meta({ description: 'Pixels of the upright original' }),
  })
  .meta({ id: 'Detection' });

const fault = z
  .object({
    code: z.string().meta({ examples: ['STEP_TIMEOUT'] }),
    message: z.string(),
    step_id: z.string().optional(),
    retry_after: z.number().optional().meta({ description: 'Seconds after which another try can help' }),
  })
  .meta({ id: 'ExecutionFault' });

const outputFile = z
  .object({
    file_id: z.uuid(),
    filename: z.string(),
    content_type: z.string(),
    size_bytes: z.int(),
    width: z.int().nullable(),
    height: z.int().nullable(),
    input: z.int().meta({ description: 'Index of the input file it was made of, from 0' }),
    step_id: z.string(),
    download_url: z.string(),
  })
  .meta({ id: 'OutputFile' });

const stepState = z
  .object({
    step_id: z.string(),
    input: z.int().meta({ description: 'Index of the input file, from 0' }),
    component: z.string().meta({ examples: ['ResizeService.Resize'] }),
    depends_on: z.array(z.string()),
    status: stepStatus,
    attempts: z.int(),
    started_at: timestamp.nullable(),
    finished_at: timestamp.nullable(),
    processing_time_ms: z.number().nullable().meta({ description: 'Of the last attempt, as the engine saw it' }),
    service_time_ms: z.number().nullable().meta({ description: 'Of it, inside the service' }),
    instance_id: z.string().nullable(),
    parameters: z.record(z.string(), z.unknown()).nullable().meta({ description: 'As used' }),
    output_file_id: z.uuid().nullable().meta({ description: 'The encoded image, when this step’s leaves the pipeline' }),
    image_file_id: z.uuid().nullable().meta({ description: 'The lossless image it handed to later steps' }),
    detections: z.array(detection),
    measures: z.record(z.string(), z.number()),
    model: z.object({ name: z.string(), sha256: z.string(), license: z.string(), adapter: z.string() }).nullable(),
    attributes: z.record(z.string(), z.unknown()),
    error: fault.nullable(),
  })
  .meta({ id: 'ExecutionStep' });

const progress = z.object({
  percent: z.number().meta({ description: '0 to 100' }),
  completed_steps: z.int(),
  total_steps: z.int(),
  current_steps: z.array(z.string()),
  elapsed_time_ms: z.number(),
  estimated_remaining_ms: z.number().nullable(),
  queue_position: z.int().nullable().meta({ description: 'How many are run before it; null when it does not wait' }),
});

const summary = {
  execution_id: z.uuid(),
  pipeline_id: z.string(),
  pipeline_uuid: z.uuid(),
  pipeline_version: z.int().meta({ description: 'The immutable version that it uses' }),
  status: executionStatus,
  execution_mode: mode,
  priority,
  processing_time_ms: z.number().nullable().meta({ description: 'From its start to its end' }),
  error: fault.nullable(),
  input_file_ids: z.array(z.uuid()),
  rerun_of: z.uuid().nullable(),
  created_by: z.uuid().nullable(),
  created_at: timestamp,
  started_at: timestamp.nullable(),
  finished_at: timestamp.nullable(),
};

export const executionSummary = z.object(summary).meta({ id: 'ExecutionSummary' });

export const execution = z
  .object({
    ...summary,
    sequence: z.int().meta({ description: 'Of its last event; /ws/execution/{id}?last_sequence= goes on from here' }),
    parameters: z.record(z.string(), z.unknown()),
    progress,
    steps: z.array(stepState),
    output_files: z.array(outputFile),
  })
  .meta({ id: 'Execution' });

const accepted = z
  .object({ execution_id: z.uuid(), status: executionStatus, execution_mode: mode, pipeline_id: z.string(), pipeline_version: z.int() })
  .meta({ id: 'ExecutionAccepted' });

const startForm = z
  .object({
    pipeline_id: z
      .string()
      .min(1)
      .max(100)
      .meta({ description: 'The UUID or the readable id', examples: ['quality-inspection-v1'] }),
    input_files: z
      .array(z.unknown().meta({ override: { type: 'string', format: 'binary' } }))
      .optional()
      .meta({ description: 'One part for each image' }),
    input_file_ids: z
      .string()
      .optional()
      .meta({ description: 'JSON array of the ids of uploaded files; may be given besides or instead of input_files' }),
    parameters: z
      .string()
      .optional()
      .meta({
        description:
          'JSON object. An object under a step_id belongs to that step; "output" sets format and quality of the results; other names go to every step that knows them',
        examples: ['{"resize": {"target_width": 640}, "output": {"format": "png"}}'],
      }),
    priority: priority.optional().meta({ description: 'Default: normal' }),
  })
  .meta({ id: 'StartExecution' });

const executeBody = z
  .object({
    input_data: z
      .strictObject({
        file_ids: z.array(z.uuid()).min(1).max(1000).meta({ description: 'Files uploaded before (POST /files)' }),
        parameters: z.record(z.string(), z.unknown()).optional(),
      })
      .meta({ description: 'What the pipeline works on' }),
    priority: priority.optional(),
  })
  .meta({ id: 'ExecutePipeline' });

const executed = z
  .object({
    success: z.literal(true),
    execution_id: z.uuid(),
    status: z.literal('completed'),
    results: z.record(z.string(), z.array(stepState)).meta({ description: 'By step_id; one entry for each input file, in their order' }),
    output_files: z.array(outputFile),
    execution_time_ms: z.number(),
  })
  .meta({ id: 'PipelineExecuted' });

const cancelled = z.object({ execution_id: z.uuid(), status: executionStatus }).meta({ id: 'ExecutionCancelled' });

const tag = 'executions';
const params = z.object({ id: z.uuid().meta({ description: 'execution_id' }) });
const idempotencyKey = z
  .string()
  .min(1)
  .max(200)
  .regex(/^[\x21-\x7e]+$/)
  .optional()
  .meta({ description: 'Makes a retry safe: the same key and content get the same answer, other content 422' });
const startErrors = [
  'NOT_FOUND',
  'TOO_LARGE',
  'UNSUPPORTED_MEDIA',
  'UNPROCESSABLE',
  'IMAGE_BROKEN',
  'IDEMPOTENCY_MISMATCH',
  'QUEUE_FULL',
  'STORE_FULL',
  'SHUTTING_DOWN',
] as const;

export const executionRoutes = {
  startExecution: defineRoute({
    operationId: 'startExecution',
    method: 'POST',
    path: '/executions',
    tag,
    summary: 'Run a pipeline on images',
    description:
      'Answers as soon as the execution is safely noted; it then runs to its end whatever happens to this connection. Follow it with GET or on /ws/execution/{id}.',
    action: 'executions:run',
    headers: z.object({ 'idempotency-key': idempotencyKey }),
    body: { kind: 'multipart', schema: startForm },
    responses: { 202: { description: 'Accepted', schema: accepted, headers: { Location: 'Address of the execution' } } },
    errors: startErrors,
  }),
  listExecutions: defineRoute({
    operationId: 'listExecutions',
    method: 'GET',
    path: '/executions',
    tag,
    summary: 'List executions',
    description: 'Newest first.',
    action: 'executions:read',
    query: pageQuery.extend({
      status: z
        .string()
        .regex(/^(pending|running|completed|failed|cancelled)(,(pending|running|completed|failed|cancelled))*$/)
        .optional()
        .meta({ description: 'One or several, separated by commas', examples: ['failed,cancelled'] }),
      pipeline_id: z.string().min(1).max(100).optional().meta({ description: 'The UUID or the readable id' }),
      created_from: timestamp.optional().meta({ description: 'Inclusive' }),
      created_to: timestamp.optional().meta({ description: 'Exclusive' }),
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
    summary: 'Get an execution',
    description: 'Its state, steps, findings and files (design §3.2).',
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
    summary: 'Cancel an execution',
    description: 'Stops running calls and lets no further step begin. Repeating it is harmless; one that has ended otherwise answers 409.',
    action: 'executions:cancel',
    params,
    responses: {
      200: { description: 'It is cancelled', schema: cancelled },
      202: { description: 'Whoever runs it has been told', schema: cancelled },
    },
    errors: ['NOT_FOUND', 'CONFLICT'],
  }),
  executePipeline: defineRoute({
    operationId: 'executePipeline',
    method: 'POST',
    path: '/pipelines/{id}/execute',
    tag,
    summary: 'Run a pipeline and wait for its results',
    description:
      'Design §8.1.3. Answers when the execution has ended. A failure is a problem document whose member `error` has type, message, pipeline_id and execution_id.',
    action: 'executions:run',
    params: z.object({ id: z.string().min(1).max(100).meta({ description: 'The UUID or the readable pipeline_id' }) }),
    headers: z.object({ 'idempotency-key': idempotencyKey }),
    body: { kind: 'json', schema: executeBody },
    responses: { 200: { description: 'It completed', schema: executed } },
    errors: [
      ...startErrors,
      'CANCELLED',
      'QUALITY_REJECTED',
      'SERVICE_FAULT',
      'SERVICE_UNAVAILABLE',
      'AI_SERVICE_UNAVAILABLE',
      'STEP_TIMEOUT',
    ],
  }),
} as const;
