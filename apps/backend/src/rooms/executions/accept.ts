/** A wish to run a pipeline becomes an execution in the journal, once. */
import type { Tables } from '@imageflow/adapters/database';
import {
  AppError,
  assignParameters,
  type Catalogue,
  type Clock,
  checkPipeline,
  checkStill,
  type Ids,
  type PipelineDefinition,
  type RunMode,
  type SchemaCheck,
  type ValidationFault,
} from '@imageflow/core';
import type { Kysely } from 'kysely';
import type { Caller } from '../../doors/caller.ts';
import type { Hold } from '../../engine/engine.ts';
import type { Job } from '../../engine/job.ts';
import { selectFiles, selectJobs, toInput } from '../../engine/jobs.queries.ts';
import { type Acceptance, insertExecution, selectIdempotencyKey } from './accept.queries.ts';
import type { StartRequest } from './form.ts';

/** A pipeline with the version that is current now. */
export interface PinnedPipeline {
  readonly id: string;
  readonly current_version: number;
  readonly definition: PipelineDefinition;
}

export interface AcceptNeeds {
  readonly db: Kysely<Tables>;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly hold: (mode: RunMode) => Hold;
  readonly getPipeline: (key: string) => Promise<PinnedPipeline>;
  readonly catalogue: () => Catalogue;
  readonly checkSchema: SchemaCheck;
  /** Whether an execution could begin here at once. */
  readonly hasRoom: () => boolean;
}

export interface StartTerms {
  readonly idempotencyKey: string | undefined;
  readonly traceparent: string | undefined;
}

export interface Accepted {
  readonly job: Job;
  /** Undefined: the same request came before and this is its execution. */
  readonly hold: Hold | undefined;
}

/** @throws AppError NOT_FOUND, VALIDATION_ERROR, PIPELINE_INVALID, IDEMPOTENCY_MISMATCH */
export async function accept(request: StartRequest, caller: Caller, terms: StartTerms, needs: AcceptNeeds): Promise<Accepted> {
  const { idempotencyKey: key } = terms;
  if (key !== undefined) {
    const earlier = await findEarlier(caller.userId, key, request.fingerprint, needs);
    if (earlier !== undefined) return { job: earlier, hold: undefined };
  }
  const job = await createJob(request, caller, terms, needs);
  const claim = key === undefined ? undefined : { userId: caller.userId, key, requestHash: request.fingerprint };
  try {
    return { job, hold: await note({ job, claim, uploads: request.uploads }, needs) };
  } catch (error) {
    // The same key at the same moment: the other request was first.
    const earlier =
      key === undefined || !isUniqueViolation(error) ? undefined : await findEarlier(caller.userId, key, request.fingerprint, needs);
    if (earlier !== undefined) return { job: earlier, hold: undefined };
    throw error;
  }
}

/** @throws AppError NOT_FOUND when an input is gone */
export async function note(acceptance: Omit<Acceptance, 'runnerId'>, { db, hold }: Pick<AcceptNeeds, 'db' | 'hold'>): Promise<Hold> {
  const held = hold(acceptance.job.mode);
  try {
    if (!(await insertExecution(db, { ...acceptance, runnerId: held.runnerId }))) throw fileGone();
    return held;
  } catch (error) {
    held.release();
    throw error;
  }
}

/** @throws AppError IDEMPOTENCY_MISMATCH when the key was used with other content. */
async function findEarlier(userId: string, key: string, requestHash: string, { db }: AcceptNeeds): Promise<Job | undefined> {
  const known = await selectIdempotencyKey(db, userId, key);
  if (known === undefined) return undefined;
  if (known.request_hash !== requestHash) throw new AppError('IDEMPOTENCY_MISMATCH', { extensions: { execution_id: known.execution_id } });
  const [job] = await selectJobs(db, [known.execution_id]);
  return job;
}

async function createJob(request: StartRequest, caller: Caller, terms: StartTerms, needs: AcceptNeeds): Promise<Job> {
  const { clock, ids, hasRoom } = needs;
  const pipeline = await needs.getPipeline(request.pipeline);
  const { definition } = pipeline;
  refuseFaults(definition, request.parameters, needs);
  const now = clock.now();
  return {
    id: ids.next(),
    pipeline: pipeline.id,
    version: pipeline.current_version,
    definition,
    priority: request.priority,
    mode: modeOf(definition, hasRoom),
    parameters: request.parameters,
    inputs: await findInputs(request, needs),
    traceparent: terms.traceparent,
    createdBy: caller.userId,
    createdAt: now,
    rerunOf: undefined,
    cancelledBy: undefined,
    takeovers: 0,
    toldUpTo: 1,
    earlier: [{ kind: 'execution_accepted', sequence: 1, at: now }],
  };
}

export function modeOf({ execution_mode: wanted }: PipelineDefinition, hasRoom: () => boolean): RunMode {
  if (wanted === 'hybrid') return hasRoom() ? 'direct_grpc' : 'kafka_queue';
  return wanted;
}

async function findInputs(request: StartRequest, { db }: AcceptNeeds): Promise<Job['inputs']> {
  const uploaded = new Map(request.uploads.map((upload) => [upload.id, upload]));
  const stored = await selectFiles(
    db,
    request.fileIds.filter((id) => !uploaded.has(id)),
  );
  const known = new Map([...uploaded, ...stored.map((file) => [file.id, file] as const)]);
  return request.fileIds.map((id) => toInput(id, known.get(id) ?? unknownFile(id)));
}

/** Against the components known now. @throws AppError PIPELINE_INVALID, VALIDATION_ERROR */
export function refuseFaults(
  definition: PipelineDefinition,
  parameters: Readonly<Record<string, unknown>>,
  { catalogue, checkSchema }: Pick<AcceptNeeds, 'catalogue' | 'checkSchema'>,
): void {
  refuse('PIPELINE_INVALID', checkPipeline(definition, catalogue(), checkSchema));
  refuse('PIPELINE_INVALID', checkStill(definition, catalogue()));
  refuse('VALIDATION_ERROR', assignParameters(definition, parameters, catalogue(), checkSchema).faults);
}

function refuse(code: 'PIPELINE_INVALID' | 'VALIDATION_ERROR', faults: readonly ValidationFault[]): void {
  const [first] = faults;
  if (first === undefined) return;
  throw new AppError(code, {
    detail: { ja: `${first.field}: ${first.message.ja}`, en: `${first.field}: ${first.message.en}` },
    faults,
  });
}

/** SQLSTATE 23505. */
function isUniqueViolation(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === '23505';
}

function unknownFile(id: string): never {
  const message = { ja: `ファイル ${id} はありません`, en: `There is no file ${id}` };
  throw new AppError('NOT_FOUND', { detail: message, faults: [{ field: 'input_file_ids', message, value: id }] });
}

/** Between being looked up and being used. */
function fileGone(): AppError {
  const message = { ja: '入力ファイルが削除されました', en: 'An input file was deleted' };
  return new AppError('NOT_FOUND', { detail: message, faults: [{ field: 'input_file_ids', message }] });
}
