/** Executions over REST. */
import { executionRoutes } from '@imageflow/contract';
import { AppError, catalogue, type ErrorCode } from '@imageflow/core';
import type { FastifyInstance } from 'fastify';
import type { Language } from '../../doors/language.ts';
import { linkHeaders } from '../../doors/page.ts';
import { languageOf } from '../../doors/request-context.ts';
import { register } from '../../doors/rest.ts';
import { cancelledText } from '../../engine/announcement.ts';
import type { Job } from '../../engine/job.ts';
import type { FileRow } from '../../engine/jobs.queries.ts';
import { type FormNeeds, readUploadForm } from '../files/upload-form.ts';
import type { ExecutionsService } from './executions.service.ts';
import { fingerprint, type StartRequest, toStartRequest } from './form.ts';
import { type ExecutionView, toWireExecution, toWireStep, toWireSummary } from './view.ts';

/** Below the time after which the server closes a connection that is silent. */
const waitLimitMs = 100_000;

export interface ExecutionRouteNeeds {
  readonly executions: ExecutionsService;
  readonly form: FormNeeds;
}

export function registerExecutionRoutes(app: FastifyInstance, { executions, form }: ExecutionRouteNeeds): void {
  register(app, executionRoutes.createExecution, async ({ caller, headers, request, signal }) => {
    const terms = { idempotencyKey: headers['idempotency-key'], traceparent: request.trace.traceparent };
    const { job } = await executions.start(caller, terms, async () => {
      const { fields, files } = await readUploadForm(request, form, caller.userId, signal);
      return readForm(fields, files, form);
    });
    return { status: 202, headers: { location: `/api/v1/executions/${job.id}` }, body: toWireAccepted(job) };
  });
  register(app, executionRoutes.listExecutions, async ({ query, request }) => {
    const { limit, cursor, status, pipeline_id: pipeline, created_from: from, created_to: to } = query;
    const page = await executions.list({ limit, cursor, status, pipeline, createdFrom: dateOf(from), createdTo: dateOf(to) });
    const items = page.items.map((row) => toWireSummary(row, languageOf(request)));
    return { status: 200, headers: linkHeaders(request.url, page.nextCursor), body: { items, next_cursor: page.nextCursor ?? null } };
  });
  register(app, executionRoutes.getExecution, async ({ params, request }) => {
    return { status: 200, body: toWireExecution(await executions.get(params.id), languageOf(request)) };
  });
  register(app, executionRoutes.cancelExecution, async ({ params, caller, request }) => {
    return { status: 200, body: toWireExecution(await executions.cancel(params.id, caller.userId), languageOf(request)) };
  });
  register(app, executionRoutes.rerunExecution, async ({ params, body, caller, request }) => {
    const job = await executions.rerun(params.id, body, caller, request.trace.traceparent);
    return { status: 202, headers: { location: `/api/v1/executions/${job.id}` }, body: toWireAccepted(job) };
  });
  register(app, executionRoutes.executePipeline, async ({ params, body, caller, request, signal }) => {
    const terms = { idempotencyKey: undefined, traceparent: request.trace.traceparent };
    const wish = toWish(params.id, body);
    const { job } = await executions.start(caller, terms, async () => wish);
    const limit = AbortSignal.timeout(waitLimitMs);
    const view = await executions.whenEnded(job.id, AbortSignal.any([signal, limit])).catch((error: unknown) => {
      throw limit.aborted ? stillUnderWay(job) : error;
    });
    if (view.state.status !== 'completed') throw executionError(view);
    return { status: 200, body: toWireResult(view, languageOf(request)) };
  });
}

async function readForm(fields: ReadonlyMap<string, string>, files: readonly FileRow[], form: FormNeeds): Promise<StartRequest> {
  try {
    return toStartRequest(fields, files);
  } catch (error) {
    await form.files.discard(files);
    throw error;
  }
}

/** As at the moment of acceptance: a repeated request gets the same answer, whatever has happened since. */
function toWireAccepted(job: Job) {
  return {
    execution_id: job.id,
    status: 'pending' as const,
    execution_mode: job.mode,
    pipeline_id: job.definition.pipeline_id,
    pipeline_version: job.version,
    input_files: job.inputs.map(({ id, filename }) => ({ file_id: id, filename })),
    created_at: new Date(job.createdAt).toISOString(),
  };
}

interface ExecuteBody {
  readonly input_data: { readonly file_id: string; readonly parameters?: Readonly<Record<string, unknown>> | undefined };
  readonly priority?: 'low' | 'normal' | 'high' | undefined;
}

function toWish(pipeline: string, { input_data, priority = 'normal' }: ExecuteBody): StartRequest {
  const { file_id: fileId, parameters = {} } = input_data;
  const content = fingerprint([pipeline, fileId, parameters, priority]);
  return { pipeline, fileIds: [fileId.toLowerCase()], uploads: [], parameters, priority, fingerprint: content };
}

function toWireResult(view: ExecutionView, language: Language) {
  const { job, state, files } = view;
  const results = [...state.steps.values()].map((step) => [step.step_id, toWireStep(step, job, files, language)] as const);
  return {
    success: true as const,
    execution_id: job.id,
    status: 'completed' as const,
    results: Object.fromEntries(results),
    execution_time_ms: (state.finishedAt ?? 0) - (state.startedAt ?? 0),
  };
}

/** It may wait for a service that is away: nobody keeps a connection open for that. */
function stillUnderWay(job: Job): AppError {
  const detail = {
    ja: `実行 ${job.id} はまだ終わっていません。処理は続いています。GET /api/v1/executions/${job.id} で結果を確認してください`,
    en: `The execution ${job.id} has not ended yet. It goes on: look at GET /api/v1/executions/${job.id}`,
  };
  const error = { type: 'pipeline_execution_pending', message: detail.en, pipeline_id: job.definition.pipeline_id };
  return new AppError('SERVICE_UNAVAILABLE', { detail, retryAfterSeconds: 10, extensions: { error, execution_id: job.id } });
}

/** The failed execution's own fault, with the member `error` that clients of /execute read. */
function executionError({ job, state }: ExecutionView): AppError {
  const code = state.status === 'cancelled' ? 'CANCELLED' : codeOf(state.fault?.code);
  const detail = state.status === 'cancelled' ? cancelledText : (state.fault?.message ?? catalogue[code].title);
  const error = { type: 'pipeline_execution_error', message: detail.en, pipeline_id: job.definition.pipeline_id };
  return new AppError(code, {
    detail,
    extensions: { error, execution_id: job.id, ...(state.faultStep !== undefined && { step_id: state.faultStep }) },
    ...(state.fault?.retry_after !== undefined && { retryAfterSeconds: state.fault.retry_after }),
  });
}

/** Services of others may use codes that this catalogue does not have. */
function codeOf(code: string | undefined): ErrorCode {
  return code !== undefined && Object.hasOwn(catalogue, code) ? (code as ErrorCode) : 'SERVICE_FAULT';
}

function dateOf(text: string | undefined): Date | undefined {
  return text === undefined ? undefined : new Date(text);
}
