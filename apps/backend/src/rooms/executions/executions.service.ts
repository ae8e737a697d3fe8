/** Executions: accepted (journal first), found, listed, cancelled. Running them is the engine's. */
import { AppError, type ExecutionEvent, type ExecutionStatus, isTerminal, type ObjectStore } from '@imageflow/core';
import type { Caller } from '../../doors/caller.ts';
import { decodeCursor, type Page, toPage, uuidPattern } from '../../doors/page.ts';
import type { Engine, Hold, LiveExecution } from '../../engine/engine.ts';
import type { Forecast } from '../../engine/forecast.ts';
import type { Hub } from '../../engine/hub.ts';
import { foldJob, type Job } from '../../engine/job.ts';
import {
  type ExecutionRow,
  type FileRow,
  markCancelRequested,
  selectExecutions,
  selectJobs,
  selectOutputs,
} from '../../engine/jobs.queries.ts';
import { positionInCommon, takeOne } from '../../engine/shared-queue.queries.ts';
import { type Accepted, type AcceptNeeds, accept, note, type StartTerms } from './accept.ts';
import type { StartRequest } from './form.ts';
import type { Lookout } from './lookout.ts';
import { createRerun, type RerunRequest } from './rerun.ts';
import type { ExecutionView } from './view.ts';
import { waitFor } from './waiting.ts';

export interface ExecutionsService {
  /**
   * Holds a place in the queue, then reads the request, then notes the execution; what goes wrong leaves nothing behind.
   * @throws AppError QUEUE_FULL, NOT_FOUND, VALIDATION_ERROR, PIPELINE_INVALID, IDEMPOTENCY_MISMATCH
   */
  start(caller: Caller, terms: StartTerms, read: () => Promise<StartRequest>): Promise<Accepted>;
  /** @throws AppError NOT_FOUND, CONFLICT, VALIDATION_ERROR, PIPELINE_INVALID, QUEUE_FULL */
  rerun(id: string, request: RerunRequest, caller: Pick<Caller, 'userId'>, traceparent: string | undefined): Promise<Job>;
  /** False also for one that does not exist. */
  hasEnded(id: string): Promise<boolean>;
  /** @throws AppError NOT_FOUND */
  get(id: string): Promise<ExecutionView>;
  list(filter: ListFilter): Promise<Page<ExecutionRow>>;
  /** Answers when it has ended, or after a few seconds when another engine runs it. @throws AppError NOT_FOUND, CONFLICT */
  cancel(id: string, by: string): Promise<ExecutionView>;
  /** Resolves when it has ended; @throws AppError NOT_FOUND, CANCELLED when the signal aborts */
  whenEnded(id: string, signal: AbortSignal): Promise<ExecutionView>;
  /** All events so far, oldest first. */
  events(
    id: string,
  ): Promise<{ readonly job: Pick<Job, 'id' | 'definition' | 'inputs' | 'mode'>; readonly events: readonly ExecutionEvent[] }>;
}

export interface ListFilter {
  readonly limit: number;
  readonly cursor: string | undefined;
  readonly status: ExecutionStatus | undefined;
  /** UUID or readable id. */
  readonly pipeline: string | undefined;
  readonly createdFrom: Date | undefined;
  readonly createdTo: Date | undefined;
}

export interface ExecutionsNeeds extends AcceptNeeds {
  readonly runnerId: string;
  readonly objects: ObjectStore;
  readonly engine: Engine;
  readonly hub: Hub;
  readonly lookout: Lookout;
  readonly forecast: Forecast;
  /** Removes the content of uploads that belong to nothing. */
  readonly discard: (uploads: readonly FileRow[]) => Promise<void>;
}

export function createExecutionsService(needs: ExecutionsNeeds): ExecutionsService {
  const { db, engine } = needs;
  const get = async (id: string): Promise<ExecutionView> => {
    const live = engine.find(id);
    return live === undefined ? viewStored(id, needs) : viewLive(live, needs);
  };
  const launch = async (job: Job, hold: Hold): Promise<void> => {
    if (hold.runnerId === null) engine.leave();
    else if (job.mode === 'kafka_queue') await engine.offer(job);
    else engine.start(job);
    hold.release();
  };
  /** While it runs here, the end is announced here: nothing to look for. */
  const lookForEnd = async (id: string): Promise<ExecutionView | undefined> => {
    const view = await get(id);
    return isTerminal(view.state.status) ? view : undefined;
  };
  /** One that nobody holds is ended here; else whoever holds it hears of it, by the bus or at his next heartbeat. */
  const passOnCancel = async (id: string, by: string): Promise<void> => {
    if (!(await takeOne(db, id, needs.runnerId))) return needs.hub.requestCancel(id, by);
    for (const job of await selectJobs(db, [id])) engine.resume(job);
    engine.cancel(id, by);
  };
  const whenEnded = (id: string, signal: AbortSignal) => waitFor(id, () => lookForEnd(id), needs, signal);
  return {
    async start(caller, terms, read) {
      await engine.reserve();
      let accepted: Accepted | undefined;
      let uploads: readonly FileRow[] = [];
      try {
        const request = await read();
        ({ uploads } = request);
        accepted = await accept(request, caller, terms, needs);
        return accepted;
      } finally {
        if (accepted?.hold !== undefined) await launch(accepted.job, accepted.hold);
        else {
          engine.unreserve();
          await needs.discard(uploads);
        }
      }
    },
    async rerun(id, request, caller, traceparent) {
      await engine.reserve();
      let started: { readonly job: Job; readonly hold: Hold } | undefined;
      try {
        const [old] = await selectJobs(db, [id]);
        if (old === undefined) throw unknownExecution(id);
        const made = await createRerun(old, request, caller, traceparent, needs);
        started = { job: made, hold: await note({ job: made, claim: undefined, uploads: [] }, needs) };
        return made;
      } finally {
        if (started === undefined) engine.unreserve();
        else await launch(started.job, started.hold);
      }
    },
    async hasEnded(id) {
      const [job] = await selectJobs(db, [id]);
      return job !== undefined && isTerminal(foldJob(job, job.earlier).status);
    },
    get,
    async list({ cursor, pipeline, status, ...filter }) {
      const beforeId = cursor === undefined ? undefined : decodeCursor(cursor, uuidPattern);
      const uuid = pipeline === undefined ? undefined : (await needs.getPipeline(pipeline)).id;
      const rows = await selectExecutions(db, { ...filter, beforeId, status: status === undefined ? undefined : [status], pipeline: uuid });
      return toPage(rows, filter.limit, (row) => row.id);
    },
    async cancel(id, by) {
      if (!engine.cancel(id, by)) {
        const { state } = await get(id);
        if (state.status === 'cancelled') return get(id);
        if (isTerminal(state.status)) throw hasEnded(id, state.status);
        if (await markCancelRequested(db, id, by)) await passOnCancel(id, by);
      }
      const view = await whenEnded(id, AbortSignal.timeout(cancelWaitMs)).catch(() => get(id));
      if (view.state.status === 'completed' || view.state.status === 'failed') throw hasEnded(id, view.state.status);
      return view;
    },
    whenEnded,
    async events(id) {
      const live = engine.find(id);
      if (live !== undefined) return { job: live.job, events: [...live.events] };
      const [job] = await selectJobs(db, [id]);
      if (job === undefined) throw unknownExecution(id);
      return { job, events: job.earlier };
    },
  };
}

const cancelWaitMs = 3_000;

function viewLive({ job, state, files, queuePosition }: LiveExecution, needs: ExecutionsNeeds): ExecutionView {
  return { job, state, files, queuePosition, expectedMs: needs.forecast.expectedMs(job), now: needs.clock.now() };
}

async function viewStored(id: string, needs: ExecutionsNeeds): Promise<ExecutionView> {
  const [job] = await selectJobs(needs.db, [id]);
  if (job === undefined) throw unknownExecution(id);
  const state = foldJob(job, job.earlier);
  const files = isTerminal(state.status) ? await selectOutputs(needs.db, id) : [];
  const queuePosition = state.status === 'pending' ? await positionInCommon(needs.db, id) : undefined;
  return { job, state, files, queuePosition, expectedMs: undefined, now: needs.clock.now() };
}

function hasEnded(id: string, status: ExecutionStatus): AppError {
  const words = status === 'completed' ? { ja: '完了', en: 'completed' } : { ja: '失敗', en: 'failed' };
  return new AppError('CONFLICT', {
    detail: { ja: `実行 ${id} はすでに${words.ja}しています`, en: `The execution ${id} has already ${words.en}` },
    extensions: { execution_id: id, execution_status: status },
  });
}

function unknownExecution(id: string): AppError {
  return new AppError('NOT_FOUND', { detail: { ja: `実行 ${id} はありません`, en: `There is no execution ${id}` } });
}
