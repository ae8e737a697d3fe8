/** Streams: what clients may do with them. */
import type { Tables } from '@imageflow/adapters/database';
import { archiveSettings, type StreamChange, type StreamInput } from '@imageflow/contract';
import { AppError, type Catalogue, checkStreamable, type Ids } from '@imageflow/core';
import type { Kysely } from 'kysely';
import type { VideoConfig } from '../../config.ts';
import type { Caller } from '../../doors/caller.ts';
import { decodeCursor, type Page, toPage, uuidPattern } from '../../doors/page.ts';
import type { PipelinesService } from '../pipelines/pipelines.service.ts';
import type { Relays } from './relay/relays.ts';
import type { Runner } from './runner.ts';
import { parseSource } from './source-input.ts';
import { changeStream, deleteStream, insertStream, type StreamRow, selectStream, selectStreams } from './streams.queries.ts';
import type { Supervisor } from './supervisor.ts';
import type { Vault } from './vault.ts';
import type { Watched } from './watched.ts';

export interface StreamView {
  readonly row: StreamRow;
  /** Undefined when another backend runs it, or none. */
  readonly runner: Runner | undefined;
}

export interface StreamsService {
  list(page: { readonly limit: number; readonly cursor: string | undefined }): Promise<Page<StreamView>>;
  /** @throws AppError NOT_FOUND */
  get(id: string): Promise<StreamView>;
  create(input: StreamInput, caller: Caller): Promise<StreamView>;
  update(id: string, change: StreamChange): Promise<StreamView>;
  remove(id: string): Promise<void>;
  setEnabled(id: string, isEnabled: boolean): Promise<StreamView>;
  restart(id: string): Promise<StreamView>;
  /** Wherever it runs. @throws AppError NOT_FOUND, CONFLICT when it is stopped, SERVICE_UNAVAILABLE when its backend cannot be reached */
  watched(id: string): Promise<Watched>;
}

export interface StreamsServiceNeeds {
  readonly db: Kysely<Tables>;
  readonly ids: Ids;
  readonly video: VideoConfig;
  readonly vault: Vault;
  readonly supervisor: Supervisor;
  readonly relays: Pick<Relays, 'open'>;
  readonly pipelines: Pick<PipelinesService, 'get'>;
  readonly catalogue: () => Catalogue;
  /** Deletes what a stream has kept. */
  readonly discard: (streamId: string) => Promise<void>;
}

export function createStreamsService(needs: StreamsServiceNeeds): StreamsService {
  const { db, ids, video, vault, supervisor } = needs;
  const view = (row: StreamRow): StreamView => ({ row, runner: supervisor.find(row.id) });
  const get = async (id: string): Promise<StreamView> => view((await selectStream(db, id)) ?? unknown(id));
  const change = async (id: string, values: Parameters<typeof changeStream>[2], opensAnew: boolean): Promise<StreamView> => {
    const row = await changeStream(db, id, values, opensAnew).catch(refuseName);
    if (row === undefined) unknown(id);
    await supervisor.settle();
    return get(id);
  };

  return {
    get,
    async list({ limit, cursor }) {
      const beforeId = cursor === undefined ? undefined : decodeCursor(cursor, uuidPattern);
      const { items, nextCursor } = toPage(await selectStreams(db, limit, beforeId), limit, (row) => row.id);
      return { items: items.map(view), nextCursor };
    },
    async create(input, caller) {
      const { source, credentials } = parseSource(input.source, video);
      await requireStreamable(input.pipeline_id, needs);
      const id = ids.next();
      const row = await insertStream(db, {
        id,
        name: input.name,
        source: JSON.stringify(source),
        credentials: credentials === undefined ? null : vault.seal(id, credentials),
        pipeline_id: input.pipeline_id,
        parameters: JSON.stringify(input.parameters),
        max_fps: input.max_fps,
        archive: JSON.stringify(input.archive),
        enabled: input.enabled,
        runner_id: null,
        lease_until: null,
        status: null,
        created_by: caller.userId,
      }).catch(refuseName);
      await supervisor.settle();
      return view(row);
    },
    async update(id, wished) {
      const { row } = await get(id);
      if (wished.pipeline_id !== undefined) await requireStreamable(wished.pipeline_id, needs);
      const { source: input, parameters, archive, ...plain } = wished;
      const opensAnew = input !== undefined || (wished.max_fps !== undefined && wished.max_fps !== row.max_fps);
      const given = Object.fromEntries(Object.entries(plain).filter(([, value]) => value !== undefined));
      const values = {
        ...given,
        ...(parameters !== undefined && { parameters: JSON.stringify(parameters) }),
        ...(archive !== undefined && { archive: JSON.stringify(archive) }),
        ...(input !== undefined && sourceColumns(id, input, needs)),
      };
      return change(id, values, opensAnew);
    },
    async remove(id) {
      await get(id);
      await change(id, { enabled: false }, false);
      await needs.discard(id);
      if (!(await deleteStream(db, id))) unknown(id);
    },
    setEnabled: (id, enabled) => change(id, { enabled }, false),
    restart: (id) => change(id, { enabled: true }, true),
    async watched(id) {
      const { row, runner } = await get(id);
      if (runner !== undefined) return runner;
      if (row.enabled) return needs.relays.open(id);
      throw new AppError('CONFLICT', {
        detail: { ja: 'このストリームは停止しています。開始してください', en: 'This stream is stopped. Start it' },
      });
    },
  };
}

function sourceColumns(id: string, input: StreamInput['source'], { video, vault }: StreamsServiceNeeds) {
  const { source, credentials } = parseSource(input, video);
  return { source: JSON.stringify(source), credentials: credentials === undefined ? null : vault.seal(id, credentials) };
}

/** @throws AppError UNPROCESSABLE, PIPELINE_INVALID */
async function requireStreamable(pipelineId: string, { pipelines, catalogue }: StreamsServiceNeeds): Promise<void> {
  const pipeline = await pipelines.get(pipelineId).catch((error: unknown) => {
    if (!(error instanceof AppError && error.code === 'NOT_FOUND')) throw error;
    throw new AppError('UNPROCESSABLE', {
      detail: error.detail,
      faults: [{ field: 'pipeline_id', message: error.detail, value: pipelineId }],
    });
  });
  const faults = checkStreamable(pipeline.definition, catalogue());
  if (faults.length > 0) throw new AppError('PIPELINE_INVALID', { faults });
}

/** The settings are checked again: an earlier version may have written them. */
export function archiveOf(row: StreamRow) {
  return archiveSettings.parse(row.archive);
}

function refuseName(error: unknown): never {
  const isTaken = error instanceof Error && /streams_name/.test(`${error.message} ${String(error.cause)}`);
  if (!isTaken) throw error;
  throw new AppError('CONFLICT', {
    detail: { ja: 'この名前のストリームは既にあります', en: 'There is a stream of this name already' },
    cause: error,
  });
}

function unknown(id: string): never {
  throw new AppError('NOT_FOUND', { detail: { ja: `ストリーム ${id} はありません`, en: `There is no stream ${id}` } });
}
