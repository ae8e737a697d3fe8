/** Pipelines: every change is a new immutable version; executions and verdicts pin the one they used. */
import type { Tables } from '@imageflow/adapters/database';
import { AppError, type Clock, type Ids, type PipelineDefinition, type ValidationFault } from '@imageflow/core';
import type { Kysely, Transaction } from 'kysely';
import type { Caller } from '../../doors/caller.ts';
import { requireMatch } from '../../doors/etag.ts';
import { decodeCursor, type Page, toPage, uuidPattern } from '../../doors/page.ts';
import {
  hasUnfinishedExecutions,
  insertPipeline,
  insertVersion,
  lockPipeline,
  markDeleted,
  type PipelineRow,
  selectPipeline,
  selectPipelines,
  selectVersion,
  selectVersions,
  setCurrentVersion,
  type VersionRow,
} from './pipelines.queries.ts';

/** Faults of a definition against the components known now; none: it can run. */
export type CheckDefinition = (definition: PipelineDefinition) => readonly ValidationFault[];

export interface PipelinesService {
  list(filter: { limit: number; cursor: string | undefined; search: string | undefined }): Promise<Page<PipelineRow>>;
  /** `key` is the UUID or the readable id, here and below. @throws AppError NOT_FOUND */
  get(key: string): Promise<PipelineRow>;
  /** @throws AppError PIPELINE_INVALID, CONFLICT when the readable id is taken */
  create(definition: PipelineDefinition, caller: Caller): Promise<PipelineRow>;
  /** @throws AppError NOT_FOUND, PRECONDITION_REQUIRED, PRECONDITION_FAILED, PIPELINE_INVALID */
  update(key: string, definition: PipelineDefinition, ifMatch: string | undefined, caller: Caller): Promise<PipelineRow>;
  /** @throws AppError NOT_FOUND, CONFLICT while executions of it wait or run, PRECONDITION_FAILED when `ifMatch` is given and stale */
  remove(key: string, ifMatch: string | undefined): Promise<PipelineRow>;
  versions(key: string, page: { limit: number; cursor: string | undefined }): Promise<{ pipeline: PipelineRow; page: Page<VersionRow> }>;
  /** @throws AppError NOT_FOUND */
  version(key: string, number: number): Promise<{ pipeline: PipelineRow; version: VersionRow }>;
  check(definition: PipelineDefinition): readonly ValidationFault[];
}

export interface PipelinesNeeds {
  readonly db: Kysely<Tables>;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly check: CheckDefinition;
}

export function createPipelinesService({ db, clock, ids, check }: PipelinesNeeds): PipelinesService {
  const get = async (key: string): Promise<PipelineRow> => (await selectPipeline(db, key)) ?? unknownPipeline(key);
  return {
    get,
    check,
    async list({ limit, cursor, search }) {
      const beforeId = cursor === undefined ? undefined : decodeCursor(cursor, uuidPattern);
      return toPage(await selectPipelines(db, { limit, beforeId, search }), limit, (pipeline) => pipeline.id);
    },
    async create(definition, caller) {
      refuseInvalid(check(definition));
      refuseUuid(definition.pipeline_id);
      const id = ids.next();
      try {
        await db.transaction().execute((transaction) => insertPipeline(transaction, { id, createdBy: caller.userId, definition }));
      } catch (error) {
        throw isUniqueViolation(error) ? idTaken(definition.pipeline_id) : error;
      }
      return get(id);
    },
    async update(key, definition, ifMatch, caller) {
      const { id } = await get(key);
      // Before the lock: checking takes no part in the race.
      const faults = check(definition);
      await db.transaction().execute(async (transaction) => {
        const current = (await lockPipeline(transaction, id)) ?? unknownPipeline(key);
        requireMatch(ifMatch, current.current_version);
        refuseRename(current.pipeline_id, definition.pipeline_id);
        refuseInvalid(faults);
        await addVersion(transaction, {
          id,
          number: current.current_version + 1,
          definition,
          by: caller.userId,
          now: new Date(clock.now()),
        });
      });
      return get(id);
    },
    async remove(key, ifMatch) {
      const pipeline = await get(key);
      await db.transaction().execute(async (transaction) => {
        const current = (await lockPipeline(transaction, pipeline.id)) ?? unknownPipeline(key);
        if (ifMatch !== undefined) requireMatch(ifMatch, current.current_version);
        if (await hasUnfinishedExecutions(transaction, pipeline.id)) throw inUse(pipeline.pipeline_id);
        await markDeleted(transaction, pipeline.id, new Date(clock.now()));
      });
      return pipeline;
    },
    async versions(key, { limit, cursor }) {
      const pipeline = await get(key);
      const before = cursor === undefined ? undefined : Number(decodeCursor(cursor, /^[1-9]\d{0,8}$/));
      const rows = await selectVersions(db, pipeline.id, limit, before);
      return { pipeline, page: toPage(rows, limit, (version) => String(version.number)) };
    },
    async version(key, number) {
      const pipeline = await get(key);
      return { pipeline, version: (await selectVersion(db, pipeline.id, number)) ?? unknownVersion(key, number) };
    },
  };
}

async function addVersion(
  transaction: Transaction<Tables>,
  change: { id: string; number: number; definition: PipelineDefinition; by: string; now: Date },
): Promise<void> {
  await insertVersion(transaction, { id: change.id, number: change.number, createdBy: change.by, definition: change.definition });
  await setCurrentVersion(transaction, change.id, change.number, change.definition, change.now);
}

function refuseInvalid(faults: readonly ValidationFault[]): void {
  const [first] = faults;
  if (first === undefined) return;
  throw new AppError('PIPELINE_INVALID', {
    detail: { ja: `${first.field}: ${first.message.ja}`, en: `${first.field}: ${first.message.en}` },
    faults,
  });
}

/** Paths take either id; one that looks like the other could not be told apart. */
function refuseUuid(pipelineId: string): void {
  if (!uuidPattern.test(pipelineId)) return;
  const message = { ja: 'pipeline_id には UUID の形を使えません', en: 'A pipeline_id must not look like a UUID' };
  throw new AppError('PIPELINE_INVALID', { detail: message, faults: [{ field: 'pipeline_id', message, value: pipelineId }] });
}

function refuseRename(current: string, wanted: string): void {
  if (current === wanted) return;
  const message = {
    ja: `pipeline_id は変更できません（現在: ${current}）。別の名前で新しく作成してください`,
    en: `A pipeline_id cannot be changed (it is ${current}). Create a new pipeline under the other name`,
  };
  throw new AppError('PIPELINE_INVALID', { detail: message, faults: [{ field: 'pipeline_id', message, value: wanted }] });
}

/** SQLSTATE 23505. */
function isUniqueViolation(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === '23505';
}

function idTaken(pipelineId: string): AppError {
  const message = {
    ja: `pipeline_id「${pipelineId}」は使われています。別の名前にするか、PUT で更新してください`,
    en: `The pipeline_id "${pipelineId}" is taken. Choose another, or update it with PUT`,
  };
  return new AppError('CONFLICT', { detail: message, faults: [{ field: 'pipeline_id', message, value: pipelineId }] });
}

function inUse(pipelineId: string): AppError {
  return new AppError('CONFLICT', {
    detail: {
      ja: `パイプライン「${pipelineId}」には終わっていない実行があります。終了を待つか、キャンセルしてください`,
      en: `The pipeline "${pipelineId}" has executions that are not finished. Wait for them or cancel them`,
    },
  });
}

function unknownPipeline(key: string): never {
  throw new AppError('NOT_FOUND', { detail: { ja: `パイプライン ${key} はありません`, en: `There is no pipeline ${key}` } });
}

function unknownVersion(key: string, number: number): never {
  throw new AppError('NOT_FOUND', {
    detail: { ja: `パイプライン ${key} にバージョン ${number} はありません`, en: `The pipeline ${key} has no version ${number}` },
  });
}
