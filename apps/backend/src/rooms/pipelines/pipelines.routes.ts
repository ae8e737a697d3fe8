/** Pipelines over REST. */
import { pipelineRoutes } from '@imageflow/contract';
import { AppError, type PipelineDefinition, parseDefinition, type ValidationFault } from '@imageflow/core';
import type { FastifyInstance } from 'fastify';
import { isFresh, versionTag } from '../../doors/etag.ts';
import type { Language } from '../../doors/language.ts';
import { linkHeaders } from '../../doors/page.ts';
import { languageOf } from '../../doors/request-context.ts';
import { register } from '../../doors/rest.ts';
import type { PipelineRow, VersionRow } from './pipelines.queries.ts';
import type { PipelinesService } from './pipelines.service.ts';

export interface PipelineRouteNeeds {
  readonly pipelines: PipelinesService;
}

export function registerPipelineRoutes(app: FastifyInstance, { pipelines }: PipelineRouteNeeds): void {
  registerReading(app, pipelines);
  registerWriting(app, pipelines);
}

function registerReading(app: FastifyInstance, pipelines: PipelinesService): void {
  register(app, pipelineRoutes.listPipelines, async ({ query, request }) => {
    const page = await pipelines.list({ limit: query.limit, cursor: query.cursor, search: query.search });
    const body = { items: page.items.map(toWireSummary), next_cursor: page.nextCursor ?? null };
    return { status: 200, headers: linkHeaders(request.url, page.nextCursor), body };
  });
  register(app, pipelineRoutes.getPipeline, async ({ params, headers }) => {
    const pipeline = await pipelines.get(params.id);
    if (isFresh(headers['if-none-match'], pipeline.current_version)) return { status: 304, headers: tagOf(pipeline.current_version) };
    return { status: 200, headers: tagOf(pipeline.current_version), body: toWirePipeline(pipeline) };
  });
  register(app, pipelineRoutes.listPipelineVersions, async ({ params, query, request }) => {
    const { page } = await pipelines.versions(params.id, { limit: query.limit, cursor: query.cursor });
    const body = { items: page.items.map(toWireVersionSummary), next_cursor: page.nextCursor ?? null };
    return { status: 200, headers: linkHeaders(request.url, page.nextCursor), body };
  });
  register(app, pipelineRoutes.getPipelineVersion, async ({ params }) => {
    const { version } = await pipelines.version(params.id, params.number);
    return { status: 200, headers: tagOf(version.number), body: toWireVersion(version) };
  });
  register(app, pipelineRoutes.validatePipeline, async ({ body, request }) => {
    const faults = faultsOf(body, pipelines);
    return { status: 200, body: { valid: faults.length === 0, validation_errors: toWireFaults(faults, languageOf(request)) } };
  });
}

function registerWriting(app: FastifyInstance, pipelines: PipelinesService): void {
  register(app, pipelineRoutes.createPipeline, async ({ body, caller, note }) => {
    const pipeline = await pipelines.create(parseBody(body), caller);
    note(pipeline.id, { pipeline_id: pipeline.pipeline_id, version: pipeline.current_version });
    const headers = { ...tagOf(pipeline.current_version), location: `/api/v1/pipelines/${pipeline.id}` };
    return { status: 201, headers, body: toWirePipeline(pipeline) };
  });
  register(app, pipelineRoutes.updatePipeline, async ({ params, headers, body, caller, note }) => {
    const pipeline = await pipelines.update(params.id, parseBody(body), headers['if-match'], caller);
    note(pipeline.id, { pipeline_id: pipeline.pipeline_id, version: pipeline.current_version });
    return { status: 200, headers: tagOf(pipeline.current_version), body: toWirePipeline(pipeline) };
  });
  register(app, pipelineRoutes.deletePipeline, async ({ params, headers, note }) => {
    const pipeline = await pipelines.remove(params.id, headers['if-match']);
    note(pipeline.id, { pipeline_id: pipeline.pipeline_id });
    return { status: 204 };
  });
}

/** What a GET adds to the definition: an editor sends back what it read. */
const addedByGet = ['id', 'current_version', 'created_by', 'created_at', 'updated_at'] as const;

function parseBody(body: Readonly<Record<string, unknown>>): PipelineDefinition {
  const definition = { ...body };
  for (const name of addedByGet) delete definition[name];
  return parseDefinition(definition);
}

function faultsOf(body: Readonly<Record<string, unknown>>, pipelines: PipelinesService): readonly ValidationFault[] {
  try {
    return pipelines.check(parseBody(body));
  } catch (error) {
    if (error instanceof AppError && error.faults.length > 0) return error.faults;
    throw error;
  }
}

function toWireFaults(faults: readonly ValidationFault[], language: Language) {
  return faults.map(({ field, message, value }) => ({ field, message: message[language], ...(value !== undefined && { value }) }));
}

function tagOf(version: number): { etag: string } {
  return { etag: versionTag(version) };
}

/** A definition as JSON; the schema's arrays are writable, the core's are not. */
function toWireDefinition({ steps, error_handling, output, ...rest }: PipelineDefinition) {
  const copied = steps.map((step) => ({ ...step, depends_on: [...step.depends_on] }));
  return { ...rest, steps: copied, error_handling, output };
}

function recordOf(pipeline: PipelineRow) {
  return {
    id: pipeline.id,
    current_version: pipeline.current_version,
    created_by: pipeline.created_by,
    created_at: pipeline.created_at.toISOString(),
    updated_at: pipeline.updated_at.toISOString(),
  };
}

function toWirePipeline(pipeline: PipelineRow) {
  return { ...toWireDefinition(pipeline.definition), ...recordOf(pipeline) };
}

function toWireSummary(pipeline: PipelineRow) {
  const { pipeline_id, name, version, description, execution_mode, steps } = pipeline.definition;
  return { pipeline_id, name, version, description, execution_mode, step_count: steps.length, ...recordOf(pipeline) };
}

function toWireVersion({ pipeline, number, definition, created_by, created_at }: VersionRow) {
  return { ...toWireDefinition(definition), id: pipeline, number, created_by, created_at: created_at.toISOString() };
}

function toWireVersionSummary({ number, definition, created_by, created_at }: VersionRow) {
  const { version, steps } = definition;
  return { number, version, step_count: steps.length, created_by, created_at: created_at.toISOString() };
}
