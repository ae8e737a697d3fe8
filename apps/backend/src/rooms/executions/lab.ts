/** A service for tests of executions, whole on the wire: its steps sleep, fail and store what they are told to. */
import type { ServerUnaryCall } from '@grpc/grpc-js';
import { status as codes } from '@grpc/grpc-js';
import { AppError, type ObjectStore } from '@imageflow/core';
import { type ProcessRequest__Output, type ProcessResponse, toGrpcError } from '@imageflow/grpc';
import type { FastifyInstance } from 'fastify';
import { openTestService, type TestService } from '../../testing/service.ts';

export interface Lab extends TestService {
  /** Of every attempt that arrived, in order: "<step>/<attempt>". */
  readonly calls: string[];
  /** Attempts that the caller stopped. */
  readonly stopped: string[];
  running: number;
  /** Has the last word over a step: "unavailable" fails it. */
  judge: (step: string) => 'unavailable' | undefined;
}

const parameters = {
  type: 'object',
  properties: {
    sleep_ms: { type: 'integer', minimum: 0 },
    /** Attempts that fail before one succeeds. */
    failures: { type: 'integer', minimum: 0 },
    fault: { type: 'string', enum: ['unavailable', 'broken'] },
  },
  additionalProperties: false,
};

interface Wish {
  readonly sleep_ms?: number;
  readonly failures?: number;
  readonly fault?: 'unavailable' | 'broken';
}

export async function openLab(objects: ObjectStore): Promise<Lab> {
  const seen: Omit<Lab, keyof TestService> = { calls: [], stopped: [], running: 0, judge: () => undefined };
  const components = [
    { method: 'Make', parameters, producesImage: true },
    { method: 'Look', parameters, producesImage: false },
  ];
  const service = await openTestService('LabService', components, (call, callback) => {
    const name = `${call.request.step_id}/${call.request.attempt}`;
    seen.calls.push(name);
    seen.running += 1;
    work(call, objects, seen.judge)
      .then(
        (response) => callback(null, response),
        (error: unknown) => {
          if (call.cancelled) seen.stopped.push(name);
          callback(error instanceof AppError ? toGrpcError(error) : { code: codes.INTERNAL, details: String(error) });
        },
      )
      .finally(() => {
        seen.running -= 1;
      });
  });
  return Object.assign(seen, service);
}

async function work(
  call: ServerUnaryCall<ProcessRequest__Output, ProcessResponse>,
  objects: ObjectStore,
  judge: Lab['judge'],
): Promise<ProcessResponse> {
  const { request } = call;
  if (judge(request.step_id) !== undefined) throw new AppError('SERVICE_FAULT');
  const wish: Wish = JSON.parse(request.parameters_json || '{}');
  await pause(wish.sleep_ms ?? 0, call);
  if (request.attempt <= (wish.failures ?? 0)) throw new AppError(wish.fault === 'broken' ? 'IMAGE_BROKEN' : 'SERVICE_FAULT');
  const store = async (target: ProcessRequest__Output['output'], contentType: string) => {
    if (target === null) return null;
    const body = Buffer.from(`made by ${request.step_id}`);
    await objects.put(target.object_key, body, { contentType, maxBytes: 1000, durable: true });
    const size = { size_bytes: body.length, width: 4, height: 4 };
    return { bucket: objects.bucket, object_key: target.object_key, content_type: contentType, ...size };
  };
  const makes = request.component === 'LabService.Make';
  return {
    result: {
      status: 'PROCESSING_STATUS_COMPLETED',
      output_image: makes ? await store(request.output, 'image/png') : null,
      processing_time_seconds: 0.001,
    },
    handover_image: makes ? await store(request.handover, 'image/x-portable-pixmap') : null,
    detections: request.detections,
    transform: { a: 1, b: 0, tx: 0, c: 0, d: 1, ty: 0, original_width: 4, original_height: 4 },
    measures: { seen: 1 },
    attributes_json: '{}',
  };
}

function pause(ms: number, call: ServerUnaryCall<unknown, unknown>): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, ms);
    call.once('cancelled', () => {
      clearTimeout(timer);
      reject(new AppError('CANCELLED'));
    });
  });
}

/** 4 × 4 pixels, PNG. */
export const tinyPng = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAQAAAAECAIAAAAmkwkpAAAAEElEQVR4nGOo6TKCIwZSOABDNBNhfKfLhgAAAABJRU5ErkJggg==',
  'base64',
);

export interface Step {
  readonly step_id: string;
  readonly method?: 'Make' | 'Look';
  readonly depends_on?: readonly string[];
  readonly parameters?: object;
  readonly timeout_ms?: number;
  readonly retry_count?: number;
}

let pipelines = 0;

/** Stores a pipeline of LabService steps; answers its readable id. */
export async function storePipeline(app: FastifyInstance, headers: object, steps: readonly Step[], rest: object = {}): Promise<string> {
  pipelines += 1;
  const pipeline_id = `lab-${process.pid}-${pipelines}`;
  const definition = { pipeline_id, steps: steps.map((step) => ({ service: 'LabService', method: 'Make', ...step })), ...rest };
  const answer = await app.inject({ method: 'POST', url: '/api/v1/pipelines', headers: { ...headers }, payload: definition });
  if (answer.statusCode !== 201) throw new Error(answer.body);
  return pipeline_id;
}

/** A form as a request body. */
export async function toPayload(
  fields: Readonly<Record<string, string>>,
  images: readonly (readonly [string, Uint8Array])[] = [['photo.png', tinyPng]],
): Promise<{ readonly payload: Buffer; readonly headers: { readonly 'content-type': string } }> {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) form.append(name, value);
  for (const [name, bytes] of images) form.append('input_files', new Blob([new Uint8Array(bytes)]), name);
  const response = new Response(form);
  return {
    payload: Buffer.from(await response.arrayBuffer()),
    headers: { 'content-type': response.headers.get('content-type') ?? '' },
  };
}
